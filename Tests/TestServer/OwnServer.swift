import FleetStore
import Foundation
import Glibc
import LocalMongo
import Logging
import MongoDB

extension Server {
    /// A MongoDB of this test's own, to be mistreated; gone with its data when `body` ends.
    package static func withOwnServer<R>(
        authentication: LocalServer.Credentials? = nil, _ body: (LocalServer) async throws -> R
    ) async throws -> R {
        let directory = newDirectory()
        do {
            let server = try await start(directory, authentication)
            let result = try await body(server)
            try await LocalServer.reset(directory: directory)
            return result
        } catch {
            try? await LocalServer.reset(directory: directory)
            throw error
        }
    }

    /// Kills a server as `kill -9` does, and starts it again on its data and its port.
    package static func killAndRestart(_ server: LocalServer) async throws {
        kill(server.pid, SIGKILL)
        waitpid(server.pid, nil, 0)
        _ = try await start(server.directory, nil)
    }

    /// Freezes a server for a while.
    package static func freeze(_ server: LocalServer, for time: Duration) async throws {
        kill(server.pid, SIGSTOP)
        defer { kill(server.pid, SIGCONT) }
        try await ContinuousClock().sleep(for: time)
    }

    /// A store on a server; the caller closes it.
    package static func store(
        at uri: String, _ database: String, role: String = "daemon", instance: String = "test",
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) throws -> MongoStore {
        try MongoStore(
            MongoStore.Settings(uri: ConnectionString(uri), database: database, role: role, instance: instance),
            logger: logger)
    }

    private static func start(
        _ directory: String, _ authentication: LocalServer.Credentials?
    ) async throws -> LocalServer {
        var options = LocalServer.Options()
        options.lifetime = .thisProcess
        options.enableTestCommands = true
        options.authentication = authentication
        return try await LocalServer.start(directory: directory, options: options)
    }
}
