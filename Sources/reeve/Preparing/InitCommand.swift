import ArgumentParser
import Fleet
import FleetStore
import MongoDB

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Prepare a database: collections, indexes, validators.",
        discussion: """
            Does what is missing and tells each step; a second run finds everything there and changes nothing. When \
            stored documents stand against an index, nothing at all is changed, and what blocks is told.

            With --print-roles nothing is connected to: it prints MongoDB roles for all who work on the database, each \
            with the least that its work takes, as a script for mongosh or, with -o json, as the commands themselves.

            Examples:
              reeve init
              reeve init --print-roles --database fleet > roles.js
              reeve init --uri mongodb://db1,db2,db3/?replicaSet=rs0 --database fleet

            Exit codes: 4 when stored documents are in the way.
            """)

    /// An index over many documents takes its time to be built.
    private static let patience = Duration.seconds(3600)

    @Flag(help: "Print roles for the database's users, and do nothing else.")
    var printRoles = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        if printRoles { return try showRoles() }
        let address = try global.address()
        let connection = try address.connectionString()
        let options = ClientOptions(appName: "reeve/init", threads: 2, socketTimeout: Self.patience)
        let client = try Client(connection, options: options, logger: global.logger)
        let result = await prepare(client, address.database)
        await client.close()
        let steps: [Preparation.Step]
        do throws(StoreError) { steps = try result.get() } catch { throw CommandFailure(error, at: connection) }
        PreparationReport(steps: steps, database: address.database).print(to: global.terminal)
        if steps.contains(where: \.isBlocked) { throw ExitStatus.conflict }
    }

    private func showRoles() throws {
        let roles = RoleScript(database: try global.databaseName())
        Terminal.standardOutput(try global.output == .json ? roles.json() : roles.script())
    }

    private func prepare(_ client: Client, _ database: String) async -> Result<[Preparation.Step], StoreError> {
        do throws(StoreError) {
            return .success(try await Preparation.run(on: client, database: database))
        } catch {
            return .failure(error)
        }
    }
}

/// What `init` found and did.
struct PreparationReport {
    var steps: [Preparation.Step]
    var database: String

    func print(to terminal: Terminal) {
        if terminal.isStructured { return terminal.value(value) }
        var present = 0
        var changed = 0
        for step in steps {
            switch step.outcome {
            case .present:
                present += 1
                if terminal.verbose { terminal.line("present  \(step.subject)") }
            case .created, .changed:
                changed += 1
                terminal.line("\(step.outcome.word.padded(to: 8)) \(step.subject)", .green)
            case .blocked(let reason): terminal.note("error: \(step.subject): \(reason)".printable)
            case .warning(let message): terminal.note("warning: \(step.subject): \(message)".printable)
            }
        }
        if steps.contains(where: \.isBlocked) {
            terminal.note("nothing was changed in the database \(database)")
        } else if changed == 0 {
            terminal.line("the database \(database) is prepared already: \(present) things looked at, nothing to do")
        } else {
            let rest = present == 0 ? "" : ", \(present) were there already"
            terminal.line("the database \(database) is prepared: \(changed) things done\(rest)")
        }
    }

    /// `{"steps":[{"subject","outcome","message"}]}`
    private var value: FieldValue {
        let steps = steps.map { step -> FieldValue in
            .members([
                ("subject", .string(step.subject)), ("outcome", .string(step.outcome.word)),
                ("message", step.outcome.message.map { .string($0) }),
            ])
        }
        return .members([("database", .string(database)), ("steps", .list(steps))])
    }
}

extension Preparation.Step.Outcome {
    fileprivate var word: String {
        switch self {
        case .created: "created"
        case .present: "present"
        case .changed: "changed"
        case .blocked: "blocked"
        case .warning: "warning"
        }
    }

    fileprivate var message: String? {
        switch self {
        case .blocked(let text), .warning(let text): text
        case .created, .present, .changed: nil
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
