import FleetStore
import LocalMongo
import Logging
import MongoDB

extension Server {
    /// A store on a database of its own that is prepared as `reeve init` does it, for as long as `body` runs.
    package static func withStore<R>(
        instance: String = "test", _ body: (MongoStore, _ database: String) async throws -> R
    ) async throws -> R {
        try await withDatabase { client, database in
            _ = try await Preparation.run(on: client, database: database)
            let store = try await store(database, instance: instance)
            do {
                let result = try await body(store, database)
                await store.close()
                return result
            } catch {
                await store.close()
                throw error
            }
        }
    }

    /// Another process' store on the same database; the caller closes it.
    package static func store(_ database: String, role: String = "daemon", instance: String) async throws -> MongoStore
    {
        let uri = try await ConnectionString(shared.value.uri)
        return try MongoStore(
            MongoStore.Settings(uri: uri, database: database, role: role, instance: instance),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}
