import ArgumentParser
import Fleet
import FleetStore

struct TokenCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Give a node a token, and print it: once, and nothing else.",
        discussion: """
            The token is the one line on standard output. Keep it where only the node's agent reads it.

            Examples:
              reeve token create fra-01 > /etc/reeve/token
              reeve token create node/fra-01 | ssh fra-01 'umask 077; cat > /etc/reeve/token'

            Exit codes: 1 the node is neither declared nor there.
            """)

    @Argument(help: ArgumentHelp("The node, with or without `node/` and `node_`.", valueName: "node"))
    var node: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = global.terminal
        let key = try TokenOwner.key(node)
        let token = TokenText.random()
        let stored = try await global.withStore { store in
            let view = try await store.read([key])
            guard view.desired[key] != nil || view.observed[key] != nil else {
                _ = try await store.lanes()
                let failure = try await NotFound.failure([key], in: store)
                throw CommandFailure(failure.status, failure.message + "\nDeclare it first: `reeve apply -f FILE`.")
            }
            return try await store.createToken(digest: token.digest, for: key.id, by: Person.name)
        }
        if terminal.isStructured {
            terminal.value(
                .members([
                    ("id", .string(stored.shortID)), ("node_id", .string(key.id)), ("token", .string(token.text)),
                ]))
        } else {
            terminal.line(token.text)
        }
        if terminal.isInteractive { terminal.note("this is shown once; its id is \(stored.shortID)") }
    }
}

/// How the commands for tokens name a node.
enum TokenOwner {
    static func key(_ word: String) throws(ValidationError) -> ResourceKey {
        let key = try word.contains("/") ? ObjectName.key(word) : ObjectName.key(.node, word)
        guard key.kind == .node else { throw ValidationError("Only nodes have tokens; `\(word)` is no node.") }
        return key
    }
}
