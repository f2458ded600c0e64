import ArgumentParser
import BSON
import Fleet
import FleetStore

struct TokenRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Take tokens back, for good.",
        discussion: """
            The ingest refuses them from its next look at revoked tokens on. Of several none is revoked when one is \
            not known.

            Examples:
              reeve token revoke 3f9a1c05be77
              reeve token revoke --node fra-01

            Exit codes: 1 there is no such token (nothing was changed), 2 several tokens begin like that.
            """)

    @Argument(help: ArgumentHelp("The tokens' IDs, as `reeve token list` shows them.", valueName: "id"))
    var ids: [String] = []

    @Option(help: ArgumentHelp("All tokens of this node.", valueName: "node"))
    var node: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard ids.isEmpty != (node == nil) else { throw ValidationError("Name either IDs or --node NODE.") }
        for id in ids {
            // So short a beginning names nobody on purpose.
            guard id.utf8.count >= 6, id.utf8.count <= 64, id.allSatisfy(\.isHexDigit) else {
                throw ValidationError("`\(id)` is no ID of a token: 6 to 64 hexadecimal digits.")
            }
        }
    }

    func run() async throws {
        let terminal = global.terminal
        let owner = try node.map(TokenOwner.key)
        let tokens = try await global.withStore { store in
            let all = try await store.tokens(of: owner?.id)
            if all.isEmpty { _ = try await store.lanes() }
            let named = owner == nil ? try TokenRevokeCommand.named(ids, among: all) : all
            try await store.revokeTokens(named.map(\.digest))
            return named
        }
        if terminal.isStructured { return terminal.value(report(tokens)) }
        for token in tokens {
            if terminal.format == .name {
                terminal.line(token.listed)
            } else {
                terminal.line("\(token.listed) of \(token.nodeID) \(word(token))".printable)
            }
        }
        if tokens.isEmpty, let owner { terminal.note("there are no tokens of \(owner)") }
    }

    /// The tokens that these IDs begin, each once.
    static func named(_ ids: [String], among tokens: [NodeToken]) throws -> [NodeToken] {
        var found: [NodeToken] = []
        for id in ids {
            let wanted = id.lowercased()
            let matches = tokens.filter { Hexadecimal.encode($0.digest).hasPrefix(wanted) }
            guard matches.count <= 1 else {
                throw ValidationError("\(matches.count) tokens begin with `\(id)`: give more digits.")
            }
            guard let token = matches.first else {
                throw CommandFailure(.differences, "there is no token \(id); nothing was changed")
            }
            if !found.contains(token) { found.append(token) }
        }
        return found
    }

    private func word(_ token: NodeToken) -> String { token.isGood ? "revoked" : "was revoked already" }

    /// `{"results":[{"id","node_id","result":"revoked|unchanged"}]}`
    private func report(_ tokens: [NodeToken]) -> FieldValue {
        let results = tokens.map { token -> FieldValue in
            .members([
                ("id", .string(token.shortID)), ("node_id", .string(token.nodeID)),
                ("result", .string(token.isGood ? "revoked" : "unchanged")),
            ])
        }
        return .members([("results", .list(results))])
    }
}
