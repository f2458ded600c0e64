import BSON
import FleetStore
import Foundation
import LocalMongo
import Logging
import MongoDB

/// The one MongoDB of a test process, killed when the process ends; each test works in a database of its own.
package enum Server {
    package static let shared = Task {
        var options = LocalServer.Options()
        options.lifetime = .thisProcess
        options.enableTestCommands = true
        return try await LocalServer.start(directory: newDirectory(), options: options)
    }

    package static func newDirectory() -> String { NSTemporaryDirectory() + "reeve-store-\(UUID().uuidString)" }

    package static func newDatabase() -> String { "test_\(UUID().uuidString.prefix(13))" }

    package static func client(_ uri: String? = nil, appName: String = "reeve/test") async throws -> Client {
        var text = try await shared.value.uri
        if let uri { text = uri }
        return try Client(
            ConnectionString(text), options: ClientOptions(appName: appName, threads: 2),
            logger: Logger(label: "test"))
    }

    /// A client of the shared server and a new database, for as long as `body` runs.
    package static func withDatabase<R>(_ body: (Client, String) async throws -> R) async throws -> R {
        let client = try await client()
        let database = newDatabase()
        do {
            let result = try await body(client, database)
            try await client.run { _ = try $0.command(database, ["dropDatabase": 1]) }
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }
}
