import BSON
import Fleet
import FleetStore
import LocalMongo
import Logging
import MongoDB
import Synchronization
import Testing

/// What only a real database can hold.
struct `The store beside odd documents` {
    private func withStore(_ body: (MongoStore, Client, String) async throws -> Void) async throws {
        try await TestServer.withDatabase { client, database in
            _ = try await Preparation.run(on: client, database: database)
            let settings = MongoStore.Settings(
                uri: try await ConnectionString(TestServer.shared.value.uri), database: database)
            let store = try MongoStore(settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            do {
                try await body(store, client, database)
                await store.close()
            } catch {
                await store.close()
                throw error
            }
        }
    }

    private func pool(_ id: String) -> Desired {
        let time = Timestamp(milliseconds: 5)
        return Desired(
            Declaration(key: ResourceKey(.nodePool, id), name: id, spec: Spec(.nodePool)), revision: 0,
            firstRevision: 0, manager: "test", createdAt: time, updatedAt: time)
    }

    @Test func `a malformed declaration holds up no other`() async throws {
        try await withStore { store, client, database in
            let revision = try await store.declare([.insert(pool("pool_a")), .insert(pool("pool_c"))], expecting: 0)
            try await client.run { connection in
                let odd: Document = ["_id": "NodePool/pool_b", "kind": "NodePool", "id": "pool_b"]
                try connection.command(
                    database,
                    ["insert": "desired", "documents": [.document(odd)], "bypassDocumentValidation": true])
            }
            let keys = ["pool_a", "pool_b", "pool_c"].map { ResourceKey(.nodePool, $0) }
            let view = try await store.read(keys)
            #expect(Set(view.desired.keys) == [keys[0], keys[2]])
            let reason = "desired/NodePool/pool_b: name: missing"
            #expect(view.unreadable == [keys[1]: reason])
            let parts = try await store.scan(.nodePool, into: { [String]() }) { rows, row in
                rows.append("\(row.key.id) \(row.desired?.revision ?? -1) \(row.unreadable ?? "")")
            }
            #expect(parts == [["pool_a \(revision) ", "pool_b -1 \(reason)", "pool_c \(revision) "]])
        }
    }

    @Test func `what a set owns and nobody can read counts, and is not ready`() async throws {
        try await withStore { store, client, database in
            try await client.run { connection in
                let odd: [Document] = [
                    ["_id": "NodePool/pool_b", "set": "site", "generation": "many", "first_revision": .int64(1)],
                    ["_id": "no key", "set": "site", "generation": .int64(1), "first_revision": .int64(1)],
                ]
                try connection.command(
                    database,
                    [
                        "insert": "desired", "documents": .array(odd.map { .document($0) }),
                        "bypassDocumentValidation": true,
                    ])
            }
            let tally = try await store.tallies(ofSets: ["site"])["site"]
            #expect(tally?.objects == 1)
            #expect(tally?.ready == 0)
            #expect(tally?.unready.map(\.description) == ["NodePool/pool_b"])
        }
    }

    @Test func `a status or a document that can't be read is not absent`() async throws {
        try await withStore { store, client, database in
            try await client.run { connection in
                let status: Document = ["_id": "NodePool/pool_a", "attempts": "many"]
                try connection.command(
                    database,
                    ["insert": "status", "documents": [.document(status)], "bypassDocumentValidation": true])
                let odd: Document = ["_id": "no ObjectId", "pool_id": "pool_b"]
                try connection.command(
                    database,
                    ["insert": "node_pools", "documents": [.document(odd)], "bypassDocumentValidation": true])
            }
            let keys = ["pool_a", "pool_b", "pool_c"].map { ResourceKey(.nodePool, $0) }
            let view = try await store.read(keys)
            #expect(Set(view.unreadable.keys) == [keys[0], keys[1]])
            let parts = try await store.scan(.nodePool, into: { [ResourceKey: String]() }) { found, row in
                found[row.key] = row.unreadable
            }
            #expect(parts == [view.unreadable])
        }
    }

    @Test func `a document whose id is no text ends no scan`() async throws {
        try await withStore { store, client, database in
            try await client.run { connection in
                let ids: [Value] = ["node_a", ["node_b"], .int32(5), "node_c", [["x"], "node_d"]]
                let documents = ids.map { id -> Value in ["_id": .objectID(ObjectID()), "node_id": id, "name": id] }
                try connection.command(
                    database,
                    ["insert": "nodes", "documents": .array(documents), "bypassDocumentValidation": true])
            }
            let parts = try await store.scan(.node, into: { [String]() }) { $0.append($1.key.id) }
            #expect(parts == [["node_a", "node_c"]])
        }
    }

    @Test(
        arguments: [
            .null, .undefined, .regex(pattern: "w.*", options: "i"), .minKey, .binary(Binary(bytes: [1])), ["worker"],
            ["a": 1], .double(.nan), "text", .int32(5), [],
        ] as [Value])
    func `compare-and-set holds for a value of any type`(found: Value) async throws {
        try await withStore { store, client, database in
            let id = ObjectID()
            let others: [Value] = [.null, "other", [["worker"]], [.null, "worker", 5, "text"], ["a": 1, "b": 2]]
            try await client.run { connection in
                let document: Document = ["_id": .objectID(id), "node_id": "node_a", "name": "n", "node_type": found]
                try connection.command(
                    database,
                    ["insert": "nodes", "documents": [.document(document)], "bypassDocumentValidation": true])
            }
            let lease = try #require(try await store.take(nil, as: "test"))
            try await store.raiseFences(to: lease)
            let key = ResourceKey(.node, "node_a")
            let observed = try #require(try await store.read([key]).observed[key])
            var change = ResourceChange(key)
            let guards = [PathGuard("node_type", observed.leaves["node_type"])]
            let fence = Fence(epoch: lease.epoch, lanes: [0])
            for other in others where other != found {
                try await set(other, client, database)
                change.document = .update(
                    id: observed.documentID, guards: guards, writes: [PathValue("node_type", .string("worker"))])
                guard case .conflict = try await store.commit([change], under: fence) else {
                    Issue.record("\(found) matched \(other)")
                    return
                }
            }
            try await set(found, client, database)
            #expect(try await store.commit([change], under: fence) == .committed)
            #expect(try await store.read([key]).observed[key]?.leaves["node_type"] == .string("worker"))
        }
    }

    private func set(_ value: Value, _ client: Client, _ database: String) async throws {
        try await client.run { connection in
            let update: Document = [
                "q": ["node_id": "node_a"], "u": [["$set": ["node_type": ["$literal": value]]]],
            ]
            try connection.command(
                database, ["update": "nodes", "updates": [.document(update)], "bypassDocumentValidation": true])
        }
    }

    @Test func `a record that stands already is kept and holds up nothing`() async throws {
        try await withStore { store, _, _ in
            let lease = try #require(try await store.take(nil, as: "test"))
            try await store.raiseFences(to: lease)
            let key = ResourceKey(.nodePool, "pool_a")
            let fence = Fence(epoch: lease.epoch, lanes: [0])
            func event(_ number: Int64, _ message: String) -> Event {
                Event(
                    key: key, firstRevision: 1, number: number, reason: "Test", message: message,
                    at: Timestamp(milliseconds: 32_472_144_000_000))
            }
            var change = ResourceChange(key)
            change.events = [event(1, "first")]
            #expect(try await store.commit([change], under: fence) == .committed)
            change.events = [event(1, "second"), event(2, "next")]
            #expect(try await store.commit([change], under: fence) == .committed)
            #expect(try await store.events(EventQuery(keys: [key])).map(\.message) == ["first", "next"])
        }
    }
}
