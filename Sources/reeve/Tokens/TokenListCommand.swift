import ArgumentParser
import Fleet
import FleetStore

struct TokenListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List tokens: whose they are, who made them, whether they are good.",
        discussion: """
            A token's ID is the beginning of its SHA-256.

            Examples:
              reeve token list
              reeve token list fra-01 -o json
            """)

    @Argument(help: ArgumentHelp("Only of this node.", valueName: "node"))
    var node: String?

    @Flag(help: "No line of column names.")
    var noHeaders = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = global.terminal
        let key = try node.map(TokenOwner.key)
        let tokens = try await global.withStore { store in
            let tokens = try await store.tokens(of: key?.id)
            if tokens.isEmpty { _ = try await store.lanes() }
            return tokens
        }
        switch terminal.format {
        case .json, .yaml: terminal.value(.members([("items", .list(tokens.map(\.value)))]))
        case .name: for token in tokens { terminal.line(token.listed) }
        case .table, .wide:
            if tokens.isEmpty {
                terminal.note("there are no tokens\(key.map { " of \($0)" } ?? "")")
            } else {
                terminal.table(NodeToken.table(tokens), headers: !noHeaders)
            }
        }
    }
}

extension NodeToken {
    var isGood: Bool { revokedAt == nil }
    var listed: String { "token/\(shortID)" }

    static func table(_ tokens: [NodeToken]) -> Table {
        var table = Table(["ID", "NODE", "CREATED", "BY", "STATUS"])
        for token in tokens {
            table.add([
                Table.Cell(token.shortID), Table.Cell(token.nodeID), Table.Cell(token.createdAt.wholeSeconds),
                Table.Cell(token.createdBy),
                token.revokedAt.map { Table.Cell("revoked \($0.wholeSeconds)", .yellow) } ?? Table.Cell("good", .green),
            ])
        }
        return table
    }

    /// `{"id","node_id","created_at","created_by","status":"good|revoked","revoked_at"}`
    var value: FieldValue {
        .members([
            ("id", .string(shortID)), ("node_id", .string(nodeID)), ("created_at", .timestamp(createdAt)),
            ("created_by", .string(createdBy)), ("status", .string(isGood ? "good" : "revoked")),
            ("revoked_at", revokedAt.map(FieldValue.timestamp) ?? .null),
        ])
    }
}

extension Timestamp {
    /// For people, whom milliseconds would only distract.
    fileprivate var wholeSeconds: String { Timestamp(milliseconds: milliseconds / 1000 * 1000).description }
}
