import BSON
import Fleet
import FleetStore
import MongoDB
import Testing

/// What the ingest tells the leader: facts of agents, and since when it serves.
struct AgentTests {
    @Test func `facts replace what stood there, and those that changed since are told`() async throws {
        try await MongoDatabases.withDatabase { database in
            let (store, other) = (database.store, database.other)
            let hardware = FoundHardware(cores: 8, memoryBytes: 16 << 30, storageBytes: nil)
            var one = AgentFacts(nodeID: "node_one", intervalSeconds: 15, hardware: hardware, drained: noon)
            let odd = AgentFacts(nodeID: "$x", intervalSeconds: 300, hardware: FoundHardware())
            try await store.put([one, odd])
            let all = try await other.agentFacts(since: nil)
            #expect(Set(all.facts) == [one, odd])
            #expect(try await other.agentFacts(since: all.now.advanced(seconds: 1)).facts == [])

            one.drained = nil
            one.hardware = FoundHardware(storageBytes: 5)
            try await store.put([one])
            let changed = try await other.agentFacts(since: all.now)
            #expect(changed.facts.contains(one) && changed.now >= all.now)
            #expect(Set(try await other.agentFacts(since: nil).facts) == [one, odd])
            try await store.put([])
        }
    }

    @Test func `an ingest serves since it began, and anew after a gap`() async throws {
        try await MongoDatabases.withDatabase { database in
            let (store, other) = (database.store, database.other)
            #expect(try await store.ingestSince() == nil)
            let start = try await store.serverTime()
            try await store.ingestServes("one", lapse: 10)
            let since = try #require(try await other.ingestSince())
            #expect(since >= start)
            try await store.ingestServes("one", lapse: 10)
            #expect(try await other.ingestSince() == since)

            // Silent for 11 seconds: none lives, and nobody can be judged by what did not arrive.
            try await database.shift("ingest/one", seconds: -11)
            let now = try await store.serverTime()
            let silent = try #require(try await other.ingestSince())
            #expect(silent >= now)
            // Back again: it serves from now on.
            try await store.ingestServes("one", lapse: 10)
            let again = try #require(try await other.ingestSince())
            #expect(again >= now)
            try await database.shift("ingest/one", seconds: -9)
            try await store.ingestServes("one", lapse: 10)
            #expect(try await other.ingestSince() == again.advanced(seconds: -9))
        }
    }

    @Test func `of several ingests the latest start counts, of those that live`() async throws {
        try await MongoDatabases.withDatabase { database in
            let store = database.store
            try await store.ingestServes("one", lapse: 60)
            try await database.shift("ingest/one", seconds: -50)
            let first = try #require(try await store.ingestSince())
            try await store.ingestServes("$two", lapse: 60)
            let second = try #require(try await store.ingestSince())
            #expect(second > first)
            try await database.shift("ingest/$two", seconds: -100)
            #expect(try await store.ingestSince() == first)
            // Those that were taken out of service a day ago count no more.
            try await database.shift("ingest/one", seconds: -90_000)
            try await database.shift("ingest/$two", seconds: -90_000)
            #expect(try await store.ingestSince() == nil)
            // The leader's lease is no ingest, and no ingest is a lease.
            _ = try await store.lead()
            #expect(try await store.ingestSince() == nil)
        }
    }
}

extension MongoDatabases.Database {
    /// Moves an ingest's times.
    fileprivate func shift(_ id: String, seconds: Int64) async throws {
        let stage: Document = [
            "$set": [
                "since": ["$add": ["$since", .int64(seconds * 1000)]],
                "alive_at": ["$add": ["$alive_at", .int64(seconds * 1000)]],
            ]
        ]
        let operation = WriteOperation.updateOne(
            filter: ["_id": ["$eq": .string(id)]], update: Document([("0", .document(stage))]))
        let namespace = Namespace(name, "leases")
        let matched = try await client.run { try $0.bulkWrite(namespace, [operation]).matched }
        #expect(matched == 1)
    }
}
