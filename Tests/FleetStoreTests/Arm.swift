import BSON
import Fleet
import FleetStore
import LocalMongo
import Logging
import MemoryStore
import MongoDB
import Testing

/// The two stores that pass the same laws.
enum Arm: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory
    case mongo

    var testDescription: String { rawValue }

    /// An empty database with two clients and a back door, for as long as `body` runs.
    func run(_ body: (Fixture) async throws -> Void) async throws {
        switch self {
        case .memory:
            let store = InMemoryStore()
            try await body(
                Fixture(store: store, other: store.another(), backdoor: MemoryBackdoor(store: store.another())))
        case .mongo: try await MongoDatabases.withDatabase { try await body($0.fixture) }
        }
    }
}

typealias WholeStore = ProviderStore & LeaseStore & PlanStore

struct Fixture: Sendable {
    let store: any WholeStore
    /// Another process.
    let other: any WholeStore
    let backdoor: any Backdoor
}

/// A few prepared databases with their clients: making them is what costs, so each is emptied and used again.
actor MongoDatabases {
    static let shared = MongoDatabases()

    struct Database: Sendable {
        let name: String
        let client: Client
        let store: MongoStore
        let other: MongoStore

        var fixture: Fixture {
            Fixture(store: store, other: other, backdoor: MongoBackdoor(client: client, database: name, store: other))
        }
    }

    /// An empty database, for as long as `body` runs.
    static func withDatabase(_ body: (Database) async throws -> Void) async throws {
        let database = try await shared.take()
        do {
            try await body(database)
        } catch {
            await shared.giveBack(database)
            throw error
        }
        await shared.giveBack(database)
    }

    private static let most = 4
    private var free: [Database] = []
    private var made = 0
    private var waiting: [CheckedContinuation<Database, any Error>] = []

    func take() async throws -> Database {
        do {
            guard made == Self.most else {
                made += 1
                return try await make()
            }
            let database: Database =
                if let unused = free.popLast() {
                    unused
                } else {
                    try await withCheckedThrowingContinuation { waiting.append($0) }
                }
            try await empty(database)
            return database
        } catch {
            // Whoever waits would wait for ever for what is not coming back.
            made = max(made - 1, 0)
            for each in waiting { each.resume(throwing: error) }
            waiting = []
            throw error
        }
    }

    private func make() async throws -> Database {
        let name = TestServer.newDatabase()
        let client = try await TestServer.client()
        _ = try await Preparation.run(on: client, database: name)
        let uri = try await ConnectionString(TestServer.shared.value.uri)
        func store(_ instance: String) throws -> MongoStore {
            try MongoStore(
                MongoStore.Settings(
                    uri: uri, database: name, role: "daemon", instance: "\(instance)-\(name)", threads: 2),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }
        return Database(name: name, client: client, store: try store("one"), other: try store("two"))
    }

    func giveBack(_ database: Database) {
        if waiting.isEmpty { free.append(database) } else { waiting.removeFirst().resume(returning: database) }
    }

    private func empty(_ database: Database) async throws {
        let name = database.name
        _ = try await database.client.run { connection in
            let collections =
                ["nodes", "node_pools", "desired", "desired_revisions", "status", "node_history", "events"]
                + ["tombstones", "decisions", "resource_metrics", "node_tokens", "agents"]
                + ["leases", "fences", "revision", "plans", "schema_version"]
            for collection in collections {
                try connection.bulkWrite(Namespace(name, collection), [.deleteMany(filter: [:])])
            }
        }
        _ = try await Preparation.run(on: database.client, database: name)
    }
}
