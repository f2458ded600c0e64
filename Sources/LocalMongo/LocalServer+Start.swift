import BSON
import Foundation
import Glibc
import MongoDB

extension LocalServer {
    /// Starts the server of `directory` and returns when it takes writes; one that runs already is returned as it is.
    ///
    /// A port that somebody else took in between is replaced, unless `options` names it. What was started is killed
    /// again when this throws.
    package static func start(directory: String, options: Options = Options()) async throws -> LocalServer {
        let mongod = try find()
        try makeDirectory(directory)
        let directory = absolute(directory)
        let lock = try DirectoryLock(directory)
        defer { lock.release() }
        let earlier = ServerRecord.read(from: directory)
        if let earlier, earlier.isRunning(in: directory) {
            return LocalServer(earlier, directory: directory)
        }
        try makeDirectory(ServerRecord.dataPath(in: directory))
        var options = options
        options.authentication = options.authentication ?? earlier?.authentication
        if options.authentication != nil { try writeKeyFile(in: directory) }

        let deadline = ContinuousClock.now + options.timeout
        var port = options.port ?? earlier?.port
        var attempt = 1
        while true {
            let launch = Launch(
                directory: directory, port: try port ?? ServerProcess.freePort(), options: options,
                earlier: earlier, deadline: deadline)
            do {
                return try await launch.run(mongod)
            } catch LocalServerError.portTaken where options.port == nil && attempt < 10 {
                port = nil
                attempt += 1
            }
        }
    }

    private static func makeDirectory(_ path: String) throws(LocalServerError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .system(what: "making \(path)", reason: error.localizedDescription)
        }
    }

    /// Members of a set that checks users know each other by a shared key.
    private static func writeKeyFile(in directory: String) throws(LocalServerError) {
        let path = directory + "/key"
        guard access(path, F_OK) != 0 else { return }
        let key = Data((0..<96).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedData()
        guard FileManager.default.createFile(atPath: path, contents: key, attributes: [.posixPermissions: 0o600]) else {
            throw .system(what: "writing \(path)", reason: String(cString: strerror(errno)))
        }
    }
}

/// Keeps two commands from starting or stopping the same server at once; the system frees it when a process dies.
struct DirectoryLock {
    private let descriptor: Int32

    init(_ directory: String) throws(LocalServerError) {
        descriptor = open(directory + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .system(what: "opening \(directory)/lock", reason: String(cString: strerror(errno)))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .busy(directory: directory)
        }
    }

    func release() {
        close(descriptor)
    }
}

/// One try to bring a server up on one port.
private struct Launch {
    var directory: String
    var port: Int
    var options: LocalServer.Options
    /// The last start that succeeded.
    var earlier: ServerRecord?
    var deadline: ContinuousClock.Instant

    /// mongod's status when it cannot have its port.
    private static let addressInUse: Int32 = 48

    /// The server has ended by itself, and its entry was collected.
    private struct Ended: Error {
        let reason: LocalServerError
    }

    private var logPath: String { directory + "/mongod.log" }
    private var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

    func run(_ mongod: String) async throws -> LocalServer {
        unlink(logPath)
        let pid = try ServerProcess.spawn(mongod, arguments, log: logPath)
        var watchdog: Watchdog?
        do {
            guard let startTime = ServerRecord.startTime(of: pid) else {
                throw LocalServerError.didNotStart(reason: "it ended at once", log: lastWords)
            }
            if options.lifetime == .thisProcess {
                watchdog = try Watchdog(over: pid, startTime: startTime, directory: directory)
            }
            try await becomePrimary(pid)
            let record = ServerRecord(
                pid: pid, port: port, startTime: startTime, boot: ServerRecord.currentBoot,
                authentication: options.authentication)
            try record.write(to: directory)
            return LocalServer(record, directory: directory, watchdog: watchdog)
        } catch let ended as Ended {
            // Its entry is gone, and the number may be somebody else's by now: no signal goes there.
            watchdog?.dismiss()
            throw ended.reason
        } catch {
            watchdog?.dismiss()
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            throw error
        }
    }

    private var arguments: [String] {
        var parameters = ["transactionLifetimeLimitSeconds=10", "diagnosticDataCollectionEnabled=false"]
        if options.enableTestCommands { parameters.append("enableTestCommands=1") }
        var arguments = [
            "--dbpath", ServerRecord.dataPath(in: directory), "--bind_ip", "127.0.0.1", "--port", "\(port)",
            "--replSet", LocalServer.setName, "--nounixsocket", "--wiredTigerCacheSizeGB", "\(options.cacheGigabytes)",
        ]
        for parameter in parameters { arguments += ["--setParameter", parameter] }
        if options.authentication != nil { arguments += ["--auth", "--keyFile", directory + "/key"] }
        return arguments + options.extraArguments
    }

    private func becomePrimary(_ pid: pid_t) async throws {
        // Before the first start there is no user; `hello` needs none.
        let credentials = earlier == nil ? nil : options.authentication
        let uri = try ConnectionString(
            LocalServer.uri(port: port, credentials: credentials, options: "directConnection=true" + tls))
        let client = try Client(uri, options: ClientOptions(appName: "reeve/local", threads: 2))
        do {
            try await waitUntilItAnswers(pid)
            if let earlier {
                if earlier.port != port { try await moveToPort(client) }
            } else {
                try await initiate(client)
            }
            while try await !client.run({ try $0.hello().isWritablePrimary }) {
                try await pause(pid)
            }
            if earlier == nil, let credentials = options.authentication {
                try await createUser(credentials, client)
            }
            await client.close()
        } catch {
            await client.close()
            throw error
        }
    }

    private var tls: String { options.extraArguments.contains("--tlsMode") ? "&tls=true&tlsInsecure=true" : "" }

    /// Until the process itself listens: whoever else may have the port is never spoken to.
    private func waitUntilItAnswers(_ pid: pid_t) async throws {
        while !ServerProcess.listens(pid, on: port) { try await pause(pid) }
    }

    /// A short wait; throws when the server has ended, or when the time is over.
    private func pause(_ pid: pid_t) async throws {
        if let status = ServerProcess.reap(pid) {
            if status == Self.addressInUse { throw Ended(reason: .portTaken(port)) }
            throw Ended(reason: .didNotStart(reason: "it ended with status \(status)", log: lastWords))
        }
        guard ContinuousClock.now < deadline else {
            throw LocalServerError.didNotStart(reason: "it took longer than \(options.timeout)", log: lastWords)
        }
        try await Task.sleep(for: .milliseconds(10))
    }

    private func initiate(_ client: Client) async throws {
        let settings = settings(version: 1)
        do {
            _ = try await client.run {
                try $0.command("admin", ["replSetInitiate": .document(settings)], inSession: false)
            }
        } catch let error as MongoError where error.code == 23 {
            // An earlier start initiated it, and ended before it was done.
            try await moveToPort(client)
        }
    }

    /// The set's configuration names its member by its port: with another one it would not know itself any more.
    private func moveToPort(_ client: Client) async throws {
        try await client.run { connection in
            let reply = try connection.command("admin", ["replSetGetConfig": 1], inSession: false)
            let version = reply["config"]?.documentValue?["version"]?.int64Value ?? 1
            let change: Document = [
                "replSetReconfig": .document(settings(version: Int32(version + 1))), "force": true,
            ]
            try connection.command("admin", change, inSession: false)
        }
    }

    private func settings(version: Int32) -> Document {
        let member: Document = ["_id": 0, "host": .string("127.0.0.1:\(port)")]
        return [
            "_id": .string(LocalServer.setName), "version": .int32(version), "members": [.document(member)],
        ]
    }

    /// Allowed without a user just once, from this machine.
    private func createUser(_ credentials: LocalServer.Credentials, _ client: Client) async throws {
        let command: Document = [
            "createUser": .string(credentials.user), "pwd": .string(credentials.password), "roles": ["root"],
        ]
        _ = try await client.run { try $0.command("admin", command, inSession: false) }
    }

    private var lastWords: String { log.split(separator: "\n").suffix(5).joined(separator: "\n") }
}

extension ServerProcess {
    /// Whether this very process has a listening socket on a port of the loopback.
    static func listens(_ pid: pid_t, on port: Int) -> Bool {
        let hexadecimal = String(port, radix: 16, uppercase: true)
        let address = "0100007F:" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
        let table = FileManager.default.contents(atPath: "/proc/net/tcp") ?? Data()
        let sockets = String(decoding: table, as: UTF8.self).split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            // Local address, state (0A: listening), and the number that names the socket.
            return fields.count > 9 && fields[1] == address && fields[3] == "0A" ? "socket:[\(fields[9])]" : nil
        }
        guard !sockets.isEmpty else { return false }
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []
        return descriptors.contains { descriptor in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\(descriptor)")
            return target.map(sockets.contains) ?? false
        }
    }
}
