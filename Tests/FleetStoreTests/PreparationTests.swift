import BSON
import FleetStore
import Foundation
import LocalMongo
import MongoDB
import Testing

@Suite(.serialized)
struct PreparationTests {
    @Test func `a new database gets everything, and a second run finds it there`() async throws {
        try await TestServer.withDatabase { client, database in
            let first = try await Preparation.run(on: client, database: database)
            #expect(first.allSatisfy { $0.outcome == .created })
            #expect(first.map(\.subject).contains("index nodes.pool_id_1_name_1"))
            let second = try await Preparation.run(on: client, database: database)
            #expect(second.map(\.subject) == first.map(\.subject))
            #expect(second.allSatisfy { $0.outcome == .present })
            try await Preparation.verify(on: client, database: database)
        }
    }

    @Test func `the indexes of the data model stand as it writes them, with unique ids`() async throws {
        let expected: [String: Set<String>] = [
            "nodes": [
                "node_id_1!", "status_1", "pool_id_1", "node_type_1", "last_heartbeat_1", "poot_score_-1",
                "location.country_1_location.region_1", "pool_id_1_name_1!",
            ],
            "node_pools": ["pool_id_1!", "name_1", "auto_scaling_1"],
            "poot_validations": [
                "validation_id_1!", "node_id_1_timestamp_-1", "output_hash_1", "is_valid_1_score_-1", "batch_id_1",
            ],
            "payouts": [
                "payout_id_1!", "node_id_1_created_at_-1", "status_1", "batch_id_1", "wallet_address_1",
                "transaction_hash_1", "scheduled_at_1",
            ],
            "resource_metrics": [
                "node_id_1_timestamp_-1", "timestamp_-1~2147483647", "node_id_1_cpu.usage_percent_1",
                "node_id_1_memory.used_bytes_1",
            ],
            "events": ["at_1~604800", "kind_1_id_1_at_-1"],
        ]
        try await TestServer.withDatabase { client, database in
            _ = try await Preparation.run(on: client, database: database)
            for (collection, names) in expected {
                let found = try await client.run { try indexNames($0, database, collection) }
                #expect(found == names, "\(collection)")
            }
        }
    }

    @Test func `seeds are the counter, sixteen fences and the version, and stay when they moved`() async throws {
        try await TestServer.withDatabase { client, database in
            _ = try await Preparation.run(on: client, database: database)
            _ = try await client.run { connection in
                try connection.bulkWrite(
                    Namespace(database, "revision"), [.updateOne(filter: [:], update: ["$set": ["value": 7]])])
            }
            _ = try await Preparation.run(on: client, database: database)
            let (revision, fences, schema) = try await client.run { connection in
                var fences: [Int64] = []
                try connection.find(Namespace(database, "fences")) { fence in
                    if fence["epoch"]?.int64Value == 0, fence["writes"]?.int64Value == 0 {
                        fences.append(fence["_id"]?.int64Value ?? -1)
                    }
                }
                return (
                    try connection.findOne(Namespace(database, "revision"))?["value"]?.int64Value, fences.sorted(),
                    try connection.findOne(Namespace(database, "schema_version"))
                )
            }
            #expect(revision == 7)
            #expect(fences == Array(0..<16))
            #expect(schema?["version"]?.int64Value == Preparation.version)
            #expect(schema?["lanes"]?.int64Value == 16)
        }
    }

    @Test func `a database that was never prepared is told so`() async throws {
        try await TestServer.withDatabase { client, database in
            let error = await storeError { try await Preparation.verify(on: client, database: database) }
            guard case .notPrepared(let reason)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("reeve init"))
        }
    }

    @Test func `a database of a newer version is refused by both, and of an older one is not verified`() async throws {
        try await TestServer.withDatabase { client, database in
            let schema = Namespace(database, "schema_version")
            _ = try await client.run { try $0.insert(schema, [["_id": "schema", "version": 3, "lanes": 16]]) }
            for _ in 0..<2 {
                #expect(await isNotPrepared { _ = try await Preparation.run(on: client, database: database) })
                #expect(await isNotPrepared { try await Preparation.verify(on: client, database: database) })
            }
            _ = try await client.run { connection in
                try connection.bulkWrite(schema, [.updateOne(filter: [:], update: ["$set": ["version": 0]])])
            }
            #expect(await isNotPrepared { try await Preparation.verify(on: client, database: database) })
        }
    }

    @Test func `a database of an older version is brought up to this one`() async throws {
        try await TestServer.withDatabase { client, database in
            let schema = Namespace(database, "schema_version")
            _ = try await client.run { try $0.insert(schema, [["_id": "schema", "version": 1, "lanes": 4]]) }
            let steps = try await Preparation.run(on: client, database: database)
            #expect(steps.first { $0.subject == "seed of schema_version" }?.outcome == .changed)
            try await Preparation.verify(on: client, database: database)
            let stored = try await client.run { try $0.findOne(schema) }
            #expect(stored?["lanes"]?.int64Value == 4)
        }
    }

    @Test func `documents that stand against an index are named, and nothing is changed`() async throws {
        try await TestServer.withDatabase { client, database in
            let nodes = Namespace(database, "nodes")
            let ids = [ObjectID(), ObjectID()]
            _ = try await client.run { connection in
                try connection.insert(
                    nodes, ids.map { ["_id": .objectID($0), "node_id": "node_twice", "name": .string($0.hex)] })
            }
            let steps = try await Preparation.run(on: client, database: database)
            let blocked = try #require(steps.first { $0.subject == "index nodes.node_id_1" })
            guard case .blocked(let reason) = blocked.outcome else {
                Issue.record("\(blocked)")
                return
            }
            #expect(reason.contains("node_twice"))
            for id in ids { #expect(reason.contains(id.hex)) }
            #expect(steps.filter(\.isBlocked) == steps)
            let collections = try await client.run { try collectionNames($0, database) }
            #expect(collections == ["nodes"])
            #expect(await isNotPrepared { try await Preparation.verify(on: client, database: database) })
        }
    }

    @Test func `nodes without a pool share one space of names`() async throws {
        try await TestServer.withDatabase { client, database in
            let nodes = Namespace(database, "nodes")
            _ = try await client.run { connection in
                try connection.insert(
                    nodes,
                    [
                        ["node_id": "node_a0", "name": "same"], ["node_id": "node_b0", "name": "same", "pool_id": nil],
                        ["node_id": "node_c0", "name": "same", "pool_id": "pool_one"],
                    ])
            }
            let steps = try await Preparation.run(on: client, database: database)
            #expect(steps.map(\.subject) == ["index nodes.pool_id_1_name_1"])
        }
    }

    @Test func `an index or a validator that differs is replaced`() async throws {
        try await TestServer.withDatabase { client, database in
            _ = try await client.run { connection in
                try connection.command(database, ["create": "nodes", "validator": ["old": ["$exists": true]]])
                try connection.command(
                    database, ["createIndexes": "nodes", "indexes": [["key": ["node_id": 1], "name": "mine"]]])
            }
            let steps = try await Preparation.run(on: client, database: database)
            #expect(steps.first { $0.subject == "validator of nodes" }?.outcome == .changed)
            #expect(steps.first { $0.subject == "index nodes.node_id_1" }?.outcome == .changed)
            let names = try await client.run { try indexNames($0, database, "nodes") }
            #expect(names.contains("node_id_1!"))
            #expect(!names.contains("mine"))
            let again = try await Preparation.run(on: client, database: database)
            #expect(again.allSatisfy { $0.outcome == .present })
        }
    }

    @Test func `a life of documents that differs is changed in place`() async throws {
        try await TestServer.withDatabase { client, database in
            _ = try await client.run { connection in
                try connection.command(
                    database,
                    [
                        "createIndexes": "events",
                        "indexes": [["key": ["at": 1], "name": "mine", "expireAfterSeconds": 60]],
                    ])
            }
            let steps = try await Preparation.run(on: client, database: database)
            #expect(steps.first { $0.subject == "index events.at_1" }?.outcome == .changed)
            let names = try await client.run { try indexNames($0, database, "events") }
            // Its name tells that it is the same one.
            #expect(names.contains("mine~604800"))
            let again = try await Preparation.run(on: client, database: database)
            #expect(again.allSatisfy { $0.outcome == .present })
        }
    }

    @Test func `a collection under another order of texts is refused`() async throws {
        try await TestServer.withDatabase { client, database in
            _ = try await client.run { connection in
                try connection.command(database, ["create": "nodes", "collation": ["locale": "en", "strength": 2]])
                try connection.command(database, ["create": "others", "collation": ["locale": "en"]])
            }
            let steps = try await Preparation.run(on: client, database: database)
            #expect(steps.map(\.subject) == ["collection nodes"])
            #expect(steps.filter(\.isBlocked) == steps)
            #expect(try await client.run { try collectionNames($0, database) } == ["nodes", "others"])
        }
    }

    @Test func `a long life of dead transactions is warned of`() async throws {
        try await TestServer.withDatabase { client, database in
            func setLimit(_ seconds: Int32) async throws {
                _ = try await client.run { connection in
                    try connection.command(
                        "admin", ["setParameter": 1, "transactionLifetimeLimitSeconds": .int32(seconds)])
                }
            }
            try await setLimit(60)
            let steps = try await Preparation.run(on: client, database: database)
            try await setLimit(10)
            guard case .warning(let text)? = steps.first?.outcome else {
                Issue.record("\(String(describing: steps.first))")
                return
            }
            #expect(text.contains("60"))
        }
    }

    @Test(arguments: [
        (true, "5.0.0", true), (true, "6.0.5", true), (true, "10.1", true),
        (true, "4.4.29", false), (true, "", false), (false, "6.0.5", false),
    ])
    func `servers without transactions or too old are refused`(isReplicaSet: Bool, version: String, isTaken: Bool) {
        #expect((Preparation.refusal(isReplicaSet: isReplicaSet, version: version) == nil) == isTaken)
    }
}

private func indexNames(_ connection: Connection, _ database: String, _ collection: String) throws -> Set<String> {
    let reply = try connection.command(database, ["listIndexes": .string(collection)])
    let indexes = reply["cursor"]?.documentValue?["firstBatch"]?.arrayValue ?? []
    let names = indexes.compactMap { index -> String? in
        guard let index = index.documentValue, let name = index["name"]?.stringValue, name != "_id_" else { return nil }
        let ttl = index["expireAfterSeconds"]?.int64Value.map { "~\($0)" } ?? ""
        return name + (index["unique"]?.boolValue == true ? "!" : "") + ttl
    }
    return Set(names)
}

private func collectionNames(_ connection: Connection, _ database: String) throws -> [String] {
    let reply = try connection.command(database, ["listCollections": 1, "nameOnly": true])
    let found = reply["cursor"]?.documentValue?["firstBatch"]?.arrayValue ?? []
    return found.compactMap { $0.documentValue?["name"]?.stringValue }.sorted()
}

/// What `body` threw, if that was the store's.
func storeError(_ body: () async throws -> Void) async -> StoreError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? StoreError
    }
}

private func isNotPrepared(_ body: () async throws -> Void) async -> Bool {
    if case .notPrepared? = await storeError(body) { true } else { false }
}
