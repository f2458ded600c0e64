import Foundation
import Glibc
import Synchronization

/// A private MongoDB of this machine: one member of a replica set of its own, on the loopback only.
///
/// stopped → running → stopped. One server serves one directory, which holds its data, its log and a record of the
/// process, so that any later command finds exactly that process again.
package struct LocalServer: Sendable {
    package struct Credentials: Sendable, Codable, Equatable {
        package var user: String
        package var password: String

        package init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    /// How long a server runs when nobody stops it.
    package enum Lifetime: Sendable {
        case untilStopped
        /// Killed, and its directory removed, when this process ends in whatever way: for tests.
        case thisProcess
    }

    package struct Options: Sendable {
        /// A free one if nil, kept for later starts of the same directory.
        package var port: Int?
        package var cacheGigabytes: Double
        /// `--auth`, with this user as root.
        package var authentication: Credentials?
        package var extraArguments: [String]
        /// Lets tests make the server fail (`failCommand`).
        package var enableTestCommands: Bool
        package var lifetime: Lifetime
        /// How long the server may take until it is the primary.
        package var timeout: Duration

        package init(
            port: Int? = nil, cacheGigabytes: Double = 0.5, authentication: Credentials? = nil,
            extraArguments: [String] = [], enableTestCommands: Bool = false, lifetime: Lifetime = .untilStopped,
            timeout: Duration = .seconds(60)
        ) {
            self.port = port
            self.cacheGigabytes = cacheGigabytes
            self.authentication = authentication
            self.extraArguments = extraArguments
            self.enableTestCommands = enableTestCommands
            self.lifetime = lifetime
            self.timeout = timeout
        }
    }

    package struct Status: Sendable {
        package var pid: Int32
        package var port: Int
        package var uri: String
    }

    /// Absolute, without a symbolic link in it.
    package let directory: String
    package let pid: Int32
    package let port: Int
    /// With the password, if there is one.
    package let uri: String
    let watchdog: Watchdog?

    init(_ record: ServerRecord, directory: String, watchdog: Watchdog? = nil) {
        self.directory = directory
        self.watchdog = watchdog
        pid = record.pid
        port = record.port
        uri = Self.uri(port: record.port, credentials: record.authentication)
    }

    static let setName = "reeve"

    static func uri(port: Int, credentials: Credentials?, options: String = "replicaSet=\(setName)") -> String {
        let user = credentials.map { "\(escape($0.user)):\(escape($0.password))@" } ?? ""
        return "mongodb://\(user)127.0.0.1:\(port)/?\(options)\(credentials == nil ? "" : "&authSource=admin")"
    }

    private static func escape(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }

    /// The server that runs on `directory`, if one does.
    package static func status(directory: String) -> Status? {
        let directory = absolute(directory)
        guard let record = ServerRecord.read(from: directory), record.isRunning(in: directory) else { return nil }
        let server = LocalServer(record, directory: directory)
        return Status(pid: server.pid, port: server.port, uri: server.uri)
    }

    /// The path of `mongod`: `REEVE_MONGOD`, then `PATH`, then where `examples/quickstart` puts it.
    package static func find(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(LocalServerError) -> String {
        if let path = environment["REEVE_MONGOD"], !path.isEmpty {
            guard access(path, X_OK) == 0 else { throw .notFound(lookedIn: ["REEVE_MONGOD=\(path)"]) }
            return path
        }
        let cache =
            environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(environment["HOME"] ?? "")/.cache"
        let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init) + ["\(cache)/reeve"]
        for folder in folders where access("\(folder)/mongod", X_OK) == 0 {
            return "\(folder)/mongod"
        }
        throw .notFound(lookedIn: ["REEVE_MONGOD", "PATH", "\(cache)/reeve/mongod"])
    }

    static func absolute(_ directory: String) -> String {
        guard let resolved = realpath(directory, nil) else {
            return URL(fileURLWithPath: directory).standardizedFileURL.path
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
