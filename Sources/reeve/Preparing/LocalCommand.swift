import ArgumentParser
import Fleet
import LocalMongo

struct LocalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "local", abstract: "A private MongoDB for this directory, on this machine alone.",
        discussion: """
            A replica set of one member that listens on the loopback only, with its data under .reeve/ in the working \
            directory. Commands that are told of no other MongoDB use it; none starts it unasked. `mongod` is found by \
            REEVE_MONGOD, on PATH, or in ~/.cache/reeve, where examples/quickstart puts it.

            Examples:
              reeve local start && reeve init
              reeve local status -o json
              reeve local reset --yes
            """,
        subcommands: [LocalStart.self, LocalStop.self, LocalStatus.self, LocalReset.self])
}

struct LocalStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start it and wait until it takes writes; one that runs is left as it is.")

    @Option(help: "The port, instead of a free one that is kept for later starts.")
    var port: Int?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if let port, !(1...65_535).contains(port) { throw ValidationError("--port is between 1 and 65535.") }
    }

    func run() async throws {
        let terminal = global.terminal
        let directory = ServerAddress.localDirectory
        let before = LocalServer.status(directory: directory)
        let server = try await LocalFailure.told {
            try await LocalServer.start(directory: directory, options: LocalServer.Options(port: port))
        }
        if terminal.isStructured {
            return terminal.value(LocalStatus.value(pid: server.pid, port: server.port, uri: server.uri))
        }
        terminal.line("\(before == nil ? "started" : "runs already"): \(server.uri)")
        terminal.note("data in \(directory); next: `reeve init` prepares its database")
    }
}

struct LocalStop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop it; its data stay.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = global.terminal
        let stopped = try await LocalFailure.told {
            try await LocalServer.stop(directory: ServerAddress.localDirectory)
        }
        if terminal.isStructured { return terminal.value(.members([("stopped", .bool(stopped))])) }
        terminal.line(stopped ? "stopped" : "it was not running")
    }
}

struct LocalStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say whether it runs, and where. Exit code 1 when it does not.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = global.terminal
        let directory = ServerAddress.localDirectory
        guard let status = LocalServer.status(directory: directory) else {
            if terminal.isStructured {
                terminal.value(.members([("running", .bool(false)), ("directory", .string(directory))]))
            } else {
                terminal.line("not running; `reeve local start` starts it")
            }
            throw ExitStatus.differences
        }
        if terminal.isStructured {
            return terminal.value(Self.value(pid: status.pid, port: status.port, uri: status.uri))
        }
        terminal.line("runs as process \(status.pid): \(status.uri)")
    }

    static func value(pid: Int32, port: Int, uri: String) -> FieldValue {
        .members([
            ("running", .bool(true)), ("pid", .int(Int64(pid))), ("port", .int(Int64(port))), ("uri", .string(uri)),
            ("directory", .string(ServerAddress.localDirectory)),
        ])
    }
}

struct LocalReset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Stop it and remove its data for good; needs --yes.")

    @Flag(help: "Yes, remove everything that is stored in it.")
    var yes = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let directory = ServerAddress.localDirectory
        guard yes else {
            throw ValidationError("This removes everything stored in \(directory) for good; say --yes to do it.")
        }
        try await LocalFailure.told { try await LocalServer.reset(directory: directory) }
        let terminal = global.terminal
        if terminal.isStructured { return terminal.value(.members([("removed", .string(directory))])) }
        terminal.line("removed \(directory)")
    }
}

/// What the private server's errors become.
enum LocalFailure {
    static func told<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as LocalServerError {
            throw CommandFailure(.unavailable, error.description)
        }
    }
}
