import ArgumentParser

@main
struct Reeve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reeve", abstract: "Keeps fleets of nodes as their owners declare them.")
}
