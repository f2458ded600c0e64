import ArgumentParser
import Glibc
import MongoDB

// How a command is added: an `AsyncParsableCommand` in a folder of its own beside `Frame`, with
// `@OptionGroup var global: GlobalOptions`, and one line in `subcommands` below. It reads and writes the fleet inside
// `try await global.withStore { store in … }` (the embedded default, time limits and errors of the database are dealt
// with there), names objects with `ObjectName`, prints through `global.terminal` (`line`, `note`, `table`, `value` for
// `-o json` and `-o yaml`, `report` for diagnostics), and ends by returning (exit 0), by throwing `ExitStatus` when
// everything was said already, by throwing `CommandFailure(status, message)` otherwise, or `ValidationError` for wrong
// usage (exit 2). No command calls `exit`, `print` or reads the environment itself.
struct Reeve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reeve", abstract: "Keeps fleets of nodes as their owners declare them.", version: version,
        groupedSubcommands: [
            CommandGroup(
                name: "Declaring",
                subcommands: [
                    ValidateCommand.self, PlanCommand.self, DiffCommand.self, ApplyCommand.self, DeleteCommand.self,
                    SyncCommand.self,
                ]),
            CommandGroup(
                name: "Looking",
                subcommands: [
                    GetCommand.self, DescribeCommand.self, TopCommand.self, EventsCommand.self, WaitCommand.self,
                ]),
            CommandGroup(name: "Taking over", subcommands: [AdoptCommand.self, ExportCommand.self]),
            CommandGroup(name: "Going back", subcommands: [HistoryCommand.self, UndoCommand.self]),
            CommandGroup(
                name: "Acting by hand",
                subcommands: [
                    CordonCommand.self, UncordonCommand.self, DrainCommand.self, SuspendCommand.self,
                    ResumeCommand.self,
                ]),
            CommandGroup(name: "Scaling", subcommands: [ScaleCommand.self, WhyCommand.self, SimulateCommand.self]),
            CommandGroup(name: "Reporting", subcommands: [TokenCommand.self]),
            CommandGroup(name: "Documenting", subcommands: [ExplainCommand.self, SchemaCommand.self]),
            CommandGroup(name: "Running", subcommands: [RunCommand.self, InitCommand.self, LocalCommand.self]),
            CommandGroup(name: "On a node's machine", subcommands: [AgentCommand.self, NodeCommand.self]),
        ])

    static let version = "0.1.0"
}

@main
enum Main {
    static func main() async {
        do {
            var command = try Reeve.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let status as ExitStatus {
            exit(status.rawValue)
        } catch let failure as CommandFailure {
            Terminal.standardError("error: \(failure.message)")
            exit(failure.status.rawValue)
        } catch let error as ValidationError {
            // Found wrong only by the command itself, which the parser's own message would not name.
            Terminal.standardError("error: \(error.message)")
            exit(ExitStatus.usage.rawValue)
        } catch {
            end(by: error)
        }
    }

    /// Help, the version and completion scripts come as errors, too: they go to standard output and are no failure.
    private static func end(by error: any Error) -> Never {
        let code = Reeve.exitCode(for: error)
        let text = Reeve.fullMessage(for: error)
        if code.isSuccess {
            if !text.isEmpty { Terminal.standardOutput(text + "\n") }
            exit(ExitStatus.done.rawValue)
        }
        let prefix = "Error: "
        Terminal.standardError(Redaction()(text.hasPrefix(prefix) ? "error: " + text.dropFirst(prefix.count) : text))
        // The parser's own code for wrong usage is 64; an error of any other type is none that a command meant.
        exit(code == .validationFailure ? ExitStatus.usage.rawValue : ExitStatus.incomplete.rawValue)
    }
}
