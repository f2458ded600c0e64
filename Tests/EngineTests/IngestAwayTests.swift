import Fleet
import FleetStore
import MemoryStore
import Planning
import Testing

@testable import Engine

/// When the age of a heartbeat counts: intervals that were learned, and ingests that were away.
struct IngestAwayTests {
    @Test func `a node with a learned interval is lost after three of its own`() async throws {
        let fleet = try await reporting(2)
        fleet.store.learn(AgentFacts(nodeID: "node_n1", intervalSeconds: 300, hardware: FoundHardware()))
        try await fleet.advance(seconds: 5)
        fleet.beat(1...2)
        let last = fleet.store.now
        try await fleet.advance(seconds: 60)
        #expect(fleet.state(2) == .error)
        #expect(fleet.state(1) == .active)
        fleet.store.now = last.advanced(seconds: 895)
        try await fleet.advance(seconds: 5)
        #expect(fleet.state(1) == .active)
        try await fleet.advance(seconds: 10)
        #expect(fleet.state(1) == .error)
        #expect(
            fleet.store.statuses[nodeKey("n1")]?[.ready]?.message == "no heartbeat for 3 intervals of 300 s")
        await fleet.close()
    }

    @Test(arguments: ["one", "another"])
    func `an ingest that was away for five minutes declares nobody dead, and who stays silent is lost after it`(
        name: String
    ) async throws {
        let fleet = try await reporting(20)
        try await fleet.beat(1...20, for: 30, serves: true)
        let before = fleet.store.allEvents.count
        await fleet.close()
        // All of it is away, then back: the ingest a moment before the loop.
        fleet.store.now = fleet.store.now.advanced(seconds: 300)
        fleet.store.ingestServes(name)
        let next = try await Simulation(on: fleet.store, epoch: 2)
        try await next.start()
        try await next.beat(nil, for: 20, serves: true)
        #expect(next.states == [.active: 20])
        try await next.beat(2...20, for: 60, serves: true)
        #expect(next.states == [.active: 20])
        try await next.beat(2...20, for: 20, serves: true)
        #expect(next.states == [.active: 19, .error: 1])
        #expect(next.events(since: before).map(\.reason) == ["HeartbeatLost"])

        // Another start of the ingest makes no dead node live.
        next.store.ingestServes("third")
        _ = try await next.resync.run()
        try await next.beat(2...20, for: 30, serves: true)
        #expect(next.state(1) == .error)
        #expect(next.events(since: before).map(\.reason) == ["HeartbeatLost"])
        await next.close()
    }

    @Test func `an ingest that comes back while the loop runs gives everybody time`() async throws {
        let fleet = try await reporting(20)
        try await fleet.beat(1...20, for: 20, serves: true)
        try await fleet.beat(nil, for: 300)
        #expect(fleet.states == [.active: 20])
        try await fleet.beat(nil, for: 80, serves: true)
        #expect(fleet.states == [.active: 20])
        try await fleet.beat(nil, for: 30, serves: true)
        #expect(fleet.states == [.error: 20])
        await fleet.close()
    }

    @Test func `while no ingest lives no look reads the heartbeats of the fleet again`() async throws {
        let store = InMemoryStore()
        let watched = WatchedStore(store)
        let fleet = try await reporting(10, on: store, through: watched)
        try await fleet.beat(1...10, for: 20, serves: true)
        try await fleet.beat(nil, for: 100)
        let before = watched.heartbeatsRead
        try await fleet.beat(nil, for: 1000)
        #expect(watched.heartbeatsRead == before)
        #expect(fleet.states == [.active: 10])
        await fleet.close()
    }

    @Test func `ingests that come back one after the other, and go again, declare nobody dead`() async throws {
        let fleet = try await reporting(20)
        try await fleet.beat(1...20, for: 1800, serves: true)
        try await fleet.beat(nil, for: 300)
        for name in ["two", "three", "one"] {
            fleet.store.ingestServes(name)
            try await fleet.advance(seconds: 10)
            _ = try await fleet.resync.run()
            try await fleet.settle()
            #expect(fleet.states == [.active: 20])
        }
        // Before anybody could report they are away again.
        try await fleet.beat(nil, for: 300)
        _ = try await fleet.resync.run()
        try await fleet.settle()
        #expect(fleet.states == [.active: 20])
        await fleet.close()
    }

    @Test func `a replica that restarts again and again keeps no dead node alive`() async throws {
        let fleet = try await reporting(10)
        try await fleet.beat(1...10, for: 1800, serves: true)
        for round in 1...8 {
            fleet.store.ingestServes("pod-\(round)")
            try await fleet.beat(2...10, for: 20, serves: true)
        }
        #expect(fleet.states == [.active: 9, .error: 1])
        await fleet.close()
    }

    // MARK: Who was dead before

    /// Node 1 dies while held, with an ingest that serves; then that one is away.
    @Test func `a node that died while it was held is not Ready when the ingest is away, nor when it is back`()
        async throws
    {
        let fleet = try await reporting(10)
        try await fleet.beat(1...10, for: 1800, serves: true)
        let at = fleet.store.now
        try await fleet.override(nodeKey("n1")) { $0.cordon = Override(by: "test", reason: "test", at: at) }
        try await fleet.settle()
        try await fleet.beat(2...10, for: 120, serves: true)
        #expect(fleet.state(1) == .maintenance)
        try await fleet.beat(nil, for: 60)
        try await fleet.override(nodeKey("n1")) { $0.cordon = nil }
        try await fleet.settle()
        #expect(fleet.states == [.active: 9, .error: 1])
        #expect(fleet.store.statuses[nodeKey("n1")]?[.ready]?.reason == "HeartbeatLost")
        try await fleet.beat(2...10, for: 60, serves: true)
        #expect(fleet.states == [.active: 9, .error: 1])
        await fleet.close()
    }

    @Test func `a node that reported all the time leaves quarantine while the ingest is away`() async throws {
        let fleet = try await reporting(10)
        try await fleet.declare(node("n1", in: "eu", ["status": .string("error")]))
        try await fleet.beat(1...10, for: 30, serves: true)
        #expect(fleet.state(1) == .error)
        try await fleet.beat(nil, for: 100)
        try await fleet.declare(node("n1", in: "eu"))
        try await fleet.settle()
        #expect(fleet.state(1) == .active)
        await fleet.close()
    }

    // MARK: Looks that fail

    @Test func `an ingest's return is looked at in full, also when the first look after it fails`() async throws {
        let store = InMemoryStore()
        let watched = WatchedStore(store)
        let fleet = try await reporting(4, on: store, through: watched)
        try await fleet.beat(1...4, for: 20, serves: true)
        // Node 1 is silent for a little less than it takes, then nobody can report.
        try await fleet.beat(2...4, for: 30, serves: true)
        try await fleet.beat(nil, for: 100)
        #expect(fleet.states == [.active: 4])
        store.ingestServes()
        watched.failHeartbeats(.unavailable("away"))
        await #expect(throws: StoreError.self) { try await fleet.health.look() }
        watched.failHeartbeats(nil)
        try await fleet.beat(2...4, for: 110, serves: true)
        #expect(fleet.state(1) == .error)
        #expect(fleet.states == [.active: 3, .error: 1])
        await fleet.close()
    }
}
