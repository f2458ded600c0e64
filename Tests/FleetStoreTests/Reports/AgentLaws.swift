import BSON
import Fleet
import FleetStore
import Testing

/// What the ingest tells the leader, for both stores: facts of agents, and whether it serves.
struct AgentLaws {
    @Test(arguments: Arm.allCases)
    func `facts replace what stood there, and those that changed since are told`(arm: Arm) async throws {
        try await arm.run { fixture in
            let (store, backdoor) = (fixture.store, fixture.backdoor)
            let hardware = FoundHardware(cores: 8, memoryBytes: 16 << 30, storageBytes: nil)
            var one = AgentFacts(nodeID: "node_one", intervalSeconds: 15, hardware: hardware, drained: noon)
            let odd = AgentFacts(nodeID: "$x", intervalSeconds: 300, hardware: FoundHardware())
            try await backdoor.learn([one, odd])
            let all = try await store.agentFacts(since: nil)
            #expect(Set(all.facts) == [one, odd])
            #expect(try await store.agentFacts(since: all.now.advanced(seconds: 1)).facts == [])

            one.drained = nil
            one.hardware = FoundHardware(storageBytes: 5)
            try await backdoor.learn([one])
            let changed = try await store.agentFacts(since: all.now)
            #expect(changed.facts.contains(one) && changed.now >= all.now)
            #expect(Set(try await store.agentFacts(since: nil).facts) == [one, odd])
            try await backdoor.learn([])
        }
    }

    @Test(arguments: Arm.allCases)
    func `an ingest serves since it began, and anew after a gap`(arm: Arm) async throws {
        try await arm.run { fixture in
            let (store, backdoor) = (fixture.store, fixture.backdoor)
            #expect(try await store.ingestService() == .none)
            let start = try await store.serverTime()
            try await backdoor.ingestServes("one", lapse: 10)
            let first = try #require(try await serving(store))
            #expect(first.since >= start)
            // Before the first one ages counted, too.
            #expect(first.countedUntil == first.since)
            try await backdoor.ingestServes("one", lapse: 10)
            #expect(try await serving(store)?.since == first.since)

            // Silent for longer than its lapse: none lives. It served too briefly to let anybody be lost.
            try await backdoor.ageIngests(seconds: 60)
            #expect(try await store.ingestService() == .away(countedUntil: first.since.advanced(seconds: -60)))
            // After a long service ages counted until it was taken for dead.
            try await backdoor.ageIngests(seconds: 1800)
            try await backdoor.ingestServes("one", lapse: 3600)
            try await backdoor.ingestServes("one", lapse: 10)
            let end = try await store.serverTime()
            try await backdoor.ageIngests(seconds: 60)
            guard case .away(let counted) = try await store.ingestService() else {
                Issue.record("it is away")
                return
            }
            let now = try await store.serverTime()
            #expect(start.advanced(seconds: -50) <= counted && counted <= end.advanced(seconds: -50))
            // Back again: it serves from now on, and tells until when ages counted.
            try await backdoor.ingestServes("one", lapse: 10)
            let again = try #require(try await serving(store))
            #expect(again.since >= now)
            #expect(again.countedUntil == counted)
            // A gap that is no longer than its lapse is none.
            try await backdoor.ingestServes("one", lapse: 60)
            try await backdoor.ageIngests(seconds: 20)
            try await backdoor.ingestServes("one", lapse: 60)
            #expect(try await serving(store)?.since == again.since.advanced(seconds: -20))
        }
    }

    @Test(arguments: Arm.allCases)
    func `an ingest under another name continues what the former one did`(arm: Arm) async throws {
        try await arm.run { fixture in
            let (store, backdoor) = (fixture.store, fixture.backdoor)
            try await longService(backdoor)
            let start = try await store.serverTime()
            try await backdoor.ageIngests(seconds: 300)
            try await backdoor.ingestServes("two", lapse: 10)
            let next = try #require(try await serving(store))
            #expect(next.since >= start)
            #expect(next.countedUntil <= start.advanced(seconds: -290))
            // One that comes beside one that has just come back continues what that does.
            try await backdoor.ageIngests(seconds: 5)
            try await backdoor.ingestServes("three", lapse: 10)
            let third = try #require(try await serving(store))
            #expect(third.since > next.since.advanced(seconds: -5))
            #expect(third.countedUntil == next.countedUntil.advanced(seconds: -5))
        }
    }

    @Test(arguments: Arm.allCases)
    func `beside an ingest that lives for long another one finds that ages counted all the time`(
        arm: Arm
    ) async throws {
        try await arm.run { fixture in
            let (store, backdoor) = (fixture.store, fixture.backdoor)
            try await longService(backdoor)
            let start = try await store.serverTime()
            try await backdoor.ingestServes("two", lapse: 10)
            let next = try #require(try await serving(store))
            #expect(start <= next.countedUntil && next.countedUntil <= next.since)
        }
    }

    @Test(arguments: Arm.allCases)
    func `of several ingests the latest start counts, of those that live, and after a day none`(
        arm: Arm
    ) async throws {
        try await arm.run { fixture in
            let (store, backdoor) = (fixture.store, fixture.backdoor)
            try await backdoor.ingestServes("one", lapse: 60)
            try await backdoor.ageIngests(seconds: 50)
            let first = try #require(try await serving(store)).since
            try await backdoor.ingestServes("$two", lapse: 60)
            let second = try #require(try await serving(store)).since
            #expect(second > first)
            try await backdoor.ageIngests(seconds: 50)
            #expect(try await serving(store)?.since == second.advanced(seconds: -50))
            try await backdoor.ageIngests(seconds: 80_000)
            guard case .away = try await store.ingestService() else {
                Issue.record("it is away")
                return
            }
            try await backdoor.ageIngests(seconds: 10_000)
            #expect(try await store.ingestService() == .none)
            // The leader's lease is no ingest, and no ingest is a lease.
            _ = try await store.lead()
            #expect(try await store.ingestService() == .none)
        }
    }

    /// Ingest `one` lives, and has for longer than any node's patience.
    private func longService(_ backdoor: any Backdoor) async throws {
        try await backdoor.ingestServes("one", lapse: 3600)
        try await backdoor.ageIngests(seconds: 1800)
        try await backdoor.ingestServes("one", lapse: 3600)
        try await backdoor.ingestServes("one", lapse: 10)
    }

    private func serving(_ store: any WholeStore) async throws -> (since: Timestamp, countedUntil: Timestamp)? {
        guard case .serving(let since, let counted) = try await store.ingestService() else { return nil }
        return (since, counted)
    }
}

/// What only MongoDB can hold.
struct AgentDocumentTests {
    @Test func `a document that is no ingest's stands in nobody's way`() async throws {
        try await MongoDatabases.withDatabase { database in
            let store = database.store
            try await store.ingestServes("one", lapse: 60)
            let service = try await store.ingestService()
            try await database.insertUnchecked("leases", ["_id": "ingest/odd", "since": "yesterday"])
            try await database.insertUnchecked(
                "leases", ["_id": "ingest/two", "since": 5, "alive_at": "now", "lapse_seconds": 15])
            #expect(try await store.ingestService() == service)
            // Whose own document is odd makes it right.
            try await store.ingestServes("two", lapse: 60)
            #expect(try await store.ingestService() != service)
        }
    }

    @Test func `documents of ingests that are long gone go`() async throws {
        try await MongoDatabases.withDatabase { database in
            let (store, backdoor) = (database.store, database.fixture.backdoor)
            for number in 1...5 { try await store.ingestServes("pod-\(number)", lapse: 15) }
            try await backdoor.ageIngests(seconds: 80_000)
            try await store.ingestServes("next", lapse: 15)
            #expect(try await backdoor.count("leases") == 6)
            try await backdoor.ageIngests(seconds: 7_000)
            try await store.ingestServes("next", lapse: 15)
            // Their word on when ages last counted stands in the one that followed them.
            try await store.ingestServes("next", lapse: 15)
            #expect(try await backdoor.count("leases") == 1)
            _ = try await store.lead()
            try await store.ingestServes("next", lapse: 15)
            #expect(try await store.lease() != nil)
        }
    }
}
