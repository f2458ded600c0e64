import BSON
import Foundation
import LocalMongo
import MongoDB
import Synchronization
import TestServer

/// One test's world: a database on the shared server, a folder, and the processes that it starts. Nothing of it is
/// left when the test ends, however it ends.
struct Sandbox: Sendable {
    let uri: String
    let database: String
    let folder: String
    let client: Client
    private let children = Children()

    /// - Parameters:
    ///   - prepared: whether `reeve init` has run.
    ///   - queued: whether it waits until fewer others are at work; without it, for tests that mostly wait themselves.
    @discardableResult
    static func run<Result>(
        prepared: Bool = true, queued: Bool = true, _ body: (Sandbox) async throws -> Result
    ) async throws -> Result {
        if queued { await Turns.shared.take() }
        do {
            let result = try await Server.withDatabase { client, database in
                try await run(client, database, prepared, body)
            }
            if queued { await Turns.shared.giveBack() }
            return result
        } catch {
            if queued { await Turns.shared.giveBack() }
            throw error
        }
    }

    private static func run<Result>(
        _ client: Client, _ database: String, _ prepared: Bool, _ body: (Sandbox) async throws -> Result
    ) async throws -> Result {
        let folder = try Undertaker.shared.get().folder + "/\(database)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let sandbox = Sandbox(
            uri: try await Server.shared.value.uri, database: database, folder: folder, client: client)
        do {
            if prepared { try await sandbox.reeve("init") }
            let result = try await body(sandbox)
            await sandbox.end()
            return result
        } catch {
            await sandbox.end()
            throw error
        }
    }

    private func end() async {
        await children.kill()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Writes a file into the folder and returns its path.
    func write(_ name: String, _ text: String) throws -> String {
        let path = "\(folder)/\(name)"
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }

    // MARK: Processes

    /// Runs `reeve` to its end, whatever that is.
    func run(
        _ arguments: [String], input: String? = nil, environment: [String: String] = [:],
        within limit: Duration = .seconds(90)
    ) async throws -> Outcome {
        let started = ContinuousClock.now
        let child = try start(arguments, input: input, environment: environment)
        let guardian = Task {
            try await ContinuousClock().sleep(for: limit)
            child.signal(SIGKILL)
        }
        let ending = await child.ended()
        guardian.cancel()
        return Outcome(
            arguments: arguments, ending: ending, output: child.output, errors: child.errors,
            elapsed: ContinuousClock.now - started)
    }

    /// Runs `reeve`, which must end with `status`; returns what it printed.
    @discardableResult
    func reeve(
        _ arguments: String..., input: String? = nil, environment: [String: String] = [:], exit status: Int32 = 0
    ) async throws -> Outcome {
        try await reeve(arguments, input: input, environment: environment, exit: status)
    }

    @discardableResult
    func reeve(
        _ arguments: [String], input: String? = nil, environment: [String: String] = [:], exit status: Int32 = 0
    ) async throws -> Outcome {
        let outcome = try await run(arguments, input: input, environment: environment)
        guard outcome.ending == .exited(status) else { throw Unexpected(outcome: outcome, wanted: status) }
        return outcome
    }

    /// Declares manifests.
    func apply(_ text: String) async throws { try await reeve("apply", "-f", "-", input: text) }

    /// Starts a daemon, which is killed when the test ends.
    func daemon(
        _ instance: String = "a", _ arguments: String..., killPoint: String? = nil, verbose: Bool = false,
        environment: [String: String] = [:]
    ) throws -> ChildProcess {
        try start(
            ["run", "--instance", instance] + arguments + (verbose ? ["--verbose"] : []), input: nil,
            environment: environment.merging(killPoint.map { ["REEVE_KILL_POINT": $0] } ?? [:]) { _, point in point })
    }

    /// Starts `reeve`, or another program, which is killed when the test ends.
    func start(
        program: String = Binary.path, _ arguments: [String], input: String? = nil, environment: [String: String] = [:]
    ) throws -> ChildProcess {
        var all = ["REEVE_MONGODB_URI": uri, "REEVE_DATABASE": database]
        for name in ["PATH", "HOME", "TMPDIR", "REEVE_MONGOD"] {
            all[name] = ProcessInfo.processInfo.environment[name]
        }
        all.merge(environment) { $1 }
        let child = try ChildProcess(program, arguments, environment: all, in: folder, input: input)
        children.add(child)
        return child
    }
}

/// What a command came to.
struct Outcome: Sendable {
    var arguments: [String]
    var ending: ChildProcess.Ending
    var output: String
    var errors: String
    var elapsed: Duration

    /// What it printed with `-o json`.
    var json: Value {
        get throws { .document(try ExtendedJSON.decode(output)) }
    }
}

/// A command that ended otherwise than it should.
struct Unexpected: Error, CustomStringConvertible {
    var outcome: Outcome
    var wanted: Int32

    var description: String {
        "`reeve \(outcome.arguments.joined(separator: " "))`: \(outcome.ending) instead of \(wanted)\n"
            + outcome.errors + outcome.output
    }
}

/// The command that was built with the tests, beside them.
enum Binary {
    static let path: String = {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let beside = own.deletingLastPathComponent().appending(path: "reeve").path
        if FileManager.default.isExecutableFile(atPath: beside) { return beside }
        // The tests run inside of a tool of the toolchain: then the bundle's own path is what the tool was given.
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? ""
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appending(path: "reeve").path
    }()
}

/// The repository that the tests stand in.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    static var manifests: String { root + "/manifests" }

    /// All of them but what is fetched or built.
    static func yamlFiles() throws -> [String] {
        guard let files = FileManager.default.enumerator(atPath: root) else { return [] }
        var found: [String] = []
        while let file = files.nextObject() as? String {
            // What Prometheus reads is YAML, too.
            if file.hasPrefix(".build") || file.hasPrefix(".git") || file == "examples/monitoring" {
                files.skipDescendants()
            } else if file.hasSuffix(".yaml") || file.hasSuffix(".yml") {
                found.append("\(root)/\(file)")
            }
        }
        return found.sorted()
    }
}

/// The processes of one test.
private final class Children: Sendable {
    private let all = Mutex<[ChildProcess]>([])

    func add(_ child: ChildProcess) { all.withLock { $0.append(child) } }

    func kill() async {
        for child in all.withLock(\.self) {
            child.signal(SIGKILL)
            await child.ended()
        }
    }
}

/// Lets only so many tests work at once: each brings daemons, and the machine may be small.
private actor Turns {
    static let shared = Turns()

    private var free = max(2, min(4, ProcessInfo.processInfo.activeProcessorCount))
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func giveBack() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
