import BSON
import Foundation
import LocalMongo
import Logging
import MongoDB

/// The servers of these tests: each is killed and its directory removed when the process ends, however it ends.
enum TestServer {
    /// The one that most tests share; each works in a database of its own.
    static let shared = Task { try await start() }

    static func start(_ options: LocalServer.Options = .init()) async throws -> LocalServer {
        var options = options
        options.lifetime = .thisProcess
        options.enableTestCommands = true
        let directory = newDirectory()
        do {
            return try await LocalServer.start(directory: directory, options: options)
        } catch {
            try? FileManager.default.removeItem(atPath: directory)
            throw error
        }
    }

    static let root = LocalServer.Credentials(user: "root", password: "s3cr:t/@%")
    /// One that asks for a user: `root`.
    static let secured = Task { try await start(.init(authentication: root)) }

    static func newDirectory() -> String {
        NSTemporaryDirectory() + "reeve-mongodb-\(UUID().uuidString)"
    }

    /// A client of the shared server for as long as `body` runs.
    @discardableResult
    static func withClient<R>(
        threads: Int = 2, appName: String = "reeve/test/\(UUID().uuidString)", options: String = "",
        _ body: (Client) async throws -> R
    ) async throws -> R {
        try await withClient(of: shared.value.uri + options, threads: threads, appName: appName, body)
    }

    @discardableResult
    static func withClient<R>(
        of uri: String, threads: Int = 2, appName: String = "reeve/test",
        configure: (inout ClientOptions) -> Void = { _ in }, _ body: (Client) async throws -> R
    ) async throws -> R {
        var options = ClientOptions(appName: appName, threads: threads)
        configure(&options)
        let client = try Client(ConnectionString(uri), options: options, logger: Logger(label: "test"))
        do {
            let result = try await body(client)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }

    /// A collection that no other test uses.
    static func newNamespace() -> Namespace {
        Namespace("test_\(UUID().uuidString.prefix(13))", "things")
    }

    /// Makes the next `times` of `commands` fail for the clients with this name only.
    static func fail(
        _ connection: Connection, _ commands: [String], times: Int, appName: String, _ how: Document
    ) throws {
        let data = Document { data in
            data.append("failCommands", commands)
            data.append("appName", appName)
            for (key, value) in (try? how.elements()) ?? [] { data.append(key, value) }
        }
        try connection.command(
            "admin",
            ["configureFailPoint": "failCommand", "mode": ["times": .int32(Int32(times))], "data": .document(data)])
    }

    static func stopFailing(_ connection: Connection) throws {
        try connection.command("admin", ["configureFailPoint": "failCommand", "mode": "off"])
    }

    /// Makes the collection, so that nothing has to make it inside of a transaction, and fills it.
    static func prepare(_ client: Client, _ things: Namespace, _ documents: [Document] = []) async throws {
        try await client.run { connection in
            try connection.command(things.database, ["create": .string(things.collection)])
            try connection.insert(things, documents)
        }
    }

    /// All that stands in a collection, by `_id`.
    static func documents(_ client: Client, _ things: Namespace) async throws -> [Document] {
        try await client.run { connection in
            var found: [Document] = []
            try connection.find(things, options: FindOptions(sort: ["_id": 1])) { found.append($0) }
            return found
        }
    }
}

/// Runs `body` and returns what it threw, if that was MongoDB's.
func mongoError(_ body: () async throws -> Void) async -> MongoError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? MongoError
    }
}
