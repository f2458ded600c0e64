import ArgumentParser

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Let nodes report: give them tokens, list them, take them back.",
        discussion: """
            A node's agent shows its token with every report; it is good for that node alone. Reeve stores the SHA-256 \
            of a token and nothing else, so what was not written down when it was created is lost.

            Any number of a node's tokens are good at once: to rotate without a gap, create the new one, give it to \
            the agent, then revoke the old one.
            """,
        subcommands: [TokenCreateCommand.self, TokenListCommand.self, TokenRevokeCommand.self])
}
