import BSON
import Foundation
import Glibc
import Logging
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
        // The set's configuration holds the port, so that a later start wants the same one.
        let wanted = options.port ?? earlier?.port
        var attempt = 0
        while true {
            attempt += 1
            let port = try wanted ?? ServerProcess.freePort()
            let launch = Launch(directory: directory, port: port, options: options, deadline: deadline)
            do {
                return try await launch.run(mongod)
            } catch LocalServerError.didNotStart where launch.portWasTaken && wanted == nil && attempt < 10 {
                continue
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
    var deadline: ContinuousClock.Instant

    private var logPath: String { directory + "/mongod.log" }
    private var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

    /// mongod's own code for an address that is in use.
    var portWasTaken: Bool {
        log.contains("\"codeName\":\"SocketException\"") || log.contains("Address already in use")
    }

    func run(_ mongod: String) async throws -> LocalServer {
        unlink(logPath)
        let pid = try ServerProcess.spawn(mongod, arguments, log: logPath)
        var watchdog: Watchdog?
        do {
            if options.lifetime == .thisProcess { watchdog = try Watchdog(over: pid, directory: directory) }
            guard let startTime = ServerRecord.startTime(of: pid) else {
                throw LocalServerError.didNotStart(reason: "it ended at once", log: lastWords)
            }
            try await becomePrimary(pid)
            let record = ServerRecord(
                pid: pid, port: port, startTime: startTime, boot: ServerRecord.currentBoot,
                authentication: options.authentication)
            try record.write(to: directory)
            return LocalServer(record, directory: directory, watchdog: watchdog)
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
        // Without a user: before the first start there is none, and `hello` needs none.
        let uri = try ConnectionString("mongodb://127.0.0.1:\(port)/?directConnection=true\(tls)")
        let client = try Client(
            uri, options: ClientOptions(appName: "reeve/local", threads: 2), logger: Logger(label: "local"))
        do {
            try await waitUntilItAnswers(pid)
            let hello = try await client.run { try $0.hello() }
            if hello.setName == nil { try await initiate(client) }
            while try await !client.run({ try $0.hello().isWritablePrimary }) {
                try await pause(pid)
            }
            if hello.setName == nil, let credentials = options.authentication {
                try await createUser(credentials, client)
            }
            await client.close()
        } catch {
            await client.close()
            throw error
        }
    }

    private var tls: String { options.extraArguments.contains("--tlsMode") ? "&tls=true&tlsInsecure=true" : "" }

    /// Knocks at the port, which costs nothing: the driver itself would wait half a second between two tries.
    private func waitUntilItAnswers(_ pid: pid_t) async throws {
        while !ServerProcess.accepts(port) { try await pause(pid) }
    }

    private func pause(_ pid: pid_t) async throws {
        if let status = ServerProcess.reap(pid) {
            throw LocalServerError.didNotStart(reason: "it ended with status \(status)", log: lastWords)
        }
        guard ContinuousClock.now < deadline else {
            throw LocalServerError.didNotStart(reason: "it took longer than \(options.timeout)", log: lastWords)
        }
        try await Task.sleep(for: .milliseconds(10))
    }

    private func initiate(_ client: Client) async throws {
        let member: Document = ["_id": 0, "host": .string("127.0.0.1:\(port)")]
        let members: Value = [.document(member)]
        let settings: Document = ["_id": .string(LocalServer.setName), "members": members]
        _ = try await client.run { try $0.command("admin", ["replSetInitiate": .document(settings)], inSession: false) }
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
    /// Whether somebody listens on a port of the loopback.
    static func accepts(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
