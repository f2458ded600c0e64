import Fleet
import MemoryStore
import Planning
import Testing

@testable import Engine

/// What becomes of nodes that fall silent, one by one and all at once.
struct HealthTests {
    /// A pool of nodes that all report.
    private func fleet(_ count: Int, _ leaves: [String: FieldValue] = ["max_nodes": .int(1000)]) async throws
        -> Simulation
    {
        let fleet = try await Simulation()
        try await fleet.declare([pool("eu", leaves)] + (1...count).map { node("n\($0)", in: "eu") })
        try await fleet.settle()
        beat(fleet, 1...count)
        try await fleet.advance(seconds: 10)
        #expect(fleet.store.documents(.node).allSatisfy { $0["status"] == .string("active") })
        // The crowd of first heartbeats is over.
        for _ in 0..<6 {
            beat(fleet, 1...count)
            try await fleet.advance(seconds: 10)
        }
        return fleet
    }

    private func beat(_ fleet: Simulation, _ range: ClosedRange<Int>) {
        for number in range { fleet.store.beat("node_n\(number)") }
    }

    private func beat(_ fleet: Simulation, _ range: ClosedRange<Int>, for seconds: Int64) async throws {
        for _ in 0..<(seconds / 10) {
            beat(fleet, range)
            try await fleet.advance(seconds: 10)
        }
    }

    private func states(_ fleet: Simulation) -> [NodeState: Int] {
        fleet.store.statuses.values.reduce(into: [:]) { counts, status in
            if let state = status.state { counts[state, default: 0] += 1 }
        }
    }

    /// Events from now on.
    private func eventsSince(_ count: Int, _ fleet: Simulation) -> [Event] {
        Array(fleet.store.allEvents.dropFirst(count))
    }

    private func expectSettled(_ fleet: Simulation) async throws {
        fleet.store.resetWrites()
        _ = try await fleet.resync.run()
        try await fleet.settle()
        #expect(fleet.store.writesThatMatter == 0)
    }

    @Test func `a thousand nodes lost at once are one event on their pool, and facts on each of them`() async throws {
        let fleet = try await fleet(1000)
        let before = fleet.store.allEvents.count
        let history = fleet.store.history.count
        try await fleet.advance(seconds: 120)
        #expect(states(fleet) == [.error: 1000])
        #expect(fleet.store.history.count == history + 1000)
        let events = eventsSince(before, fleet)
        #expect(events.map(\.reason) == ["CircuitBreakerOpen"])
        #expect(events.first?.key == poolKey("eu"))
        #expect(
            events.first?.message
                == "1000 of 1000 nodes in use are in error: node_n1, node_n10, node_n100 and 997 more")
        let health = fleet.store.statuses[poolKey("eu")]?[.poolHealthy]
        #expect(health?.status == .no)
        #expect(health?.reason == "CircuitBreakerOpen")
        try await expectSettled(fleet)

        // They come back.
        try await beat(fleet, 1...1000, for: 60)
        #expect(states(fleet) == [.active: 1000])
        #expect(fleet.store.statuses[poolKey("eu")]?[.poolHealthy]?.status == .no, "two minutes are not over")
        try await beat(fleet, 1...1000, for: 120)
        #expect(fleet.store.statuses[poolKey("eu")]?[.poolHealthy]?.reason == "NodesHealthy")
        #expect(eventsSince(before, fleet).map(\.reason) == ["CircuitBreakerOpen", "CircuitBreakerClosed"])
        await fleet.close()
    }

    @Test func `nodes that fall silent over an interval are one event, too`() async throws {
        let fleet = try await fleet(300)
        let before = fleet.store.allEvents.count
        // Each last beat within the same 15 seconds.
        for number in 1...300 {
            fleet.store.beat(
                "node_n\(number)", at: Timestamp(milliseconds: fleet.store.now.milliseconds - Int64(number) * 50))
        }
        try await fleet.advance(seconds: 180)
        #expect(states(fleet) == [.error: 300])
        #expect(eventsSince(before, fleet).map(\.reason) == ["CircuitBreakerOpen"])
        await fleet.close()
    }

    @Test func `many, and not enough for the breaker, are one event, and one when they come back`() async throws {
        let fleet = try await fleet(100)
        let before = fleet.store.allEvents.count
        try await beat(fleet, 21...100, for: 120)
        #expect(states(fleet) == [.error: 20, .active: 80])
        #expect(eventsSince(before, fleet).map(\.reason) == ["NodesLost"])
        #expect(
            eventsSince(before, fleet).first?.message
                == "20 of 100 nodes lost: node_n1, node_n10, node_n11 and 17 more")
        #expect(fleet.store.statuses[poolKey("eu")]?[.poolHealthy]?.status == .yes)
        try await beat(fleet, 1...100, for: 60)
        #expect(states(fleet) == [.active: 100])
        #expect(eventsSince(before, fleet).map(\.reason) == ["NodesLost", "NodesBack"])
        await fleet.close()
    }

    @Test func `a single node that is lost is an event on that node, and so is its return`() async throws {
        let fleet = try await fleet(20)
        let before = fleet.store.allEvents.count
        try await beat(fleet, 2...20, for: 90)
        #expect(eventsSince(before, fleet).map(\.reason) == ["HeartbeatLost"])
        #expect(eventsSince(before, fleet).first?.key == nodeKey("n1"))
        try await beat(fleet, 1...20, for: 30)
        #expect(eventsSince(before, fleet).map(\.reason) == ["HeartbeatLost", "HeartbeatFresh"])
        await fleet.close()
    }

    @Test func `a breaker that is open stays so while its nodes flap, and says so once`() async throws {
        let fleet = try await fleet(10)
        let before = fleet.store.allEvents.count
        for _ in 0..<4 {
            try await beat(fleet, 6...10, for: 70)
            try await beat(fleet, 1...10, for: 60)
        }
        #expect(fleet.store.statuses[poolKey("eu")]?[.poolHealthy]?.reason == "CircuitBreakerOpen")
        #expect(eventsSince(before, fleet).map(\.reason) == ["CircuitBreakerOpen"])
        try await beat(fleet, 1...10, for: 120)
        #expect(eventsSince(before, fleet).map(\.reason) == ["CircuitBreakerOpen", "CircuitBreakerClosed"])
        await fleet.close()
    }

    @Test func `an open breaker and its timer survive a restart`() async throws {
        let fleet = try await fleet(10)
        let before = fleet.store.allEvents.count
        try await beat(fleet, 9...10, for: 120)
        let opened = try #require(fleet.store.statuses[poolKey("eu")]?.health?.openSince)
        try await beat(fleet, 1...10, for: 60)
        await fleet.close()
        let next = try await Simulation(on: fleet.store, epoch: 2)
        _ = try await next.resync.run()
        try await next.settle()
        #expect(next.store.statuses[poolKey("eu")]?.health?.openSince == opened)
        try await beat(next, 1...10, for: 120)
        #expect(next.store.statuses[poolKey("eu")]?[.poolHealthy]?.status == .yes)
        #expect(eventsSince(before, next).map(\.reason) == ["CircuitBreakerOpen", "CircuitBreakerClosed"])
        await next.close()
    }

    @Test func `nodes lost while nobody led are one event of the next leader`() async throws {
        let fleet = try await fleet(50)
        let before = fleet.store.allEvents.count
        await fleet.close()
        fleet.store.now = fleet.store.now.advanced(seconds: 600)
        let next = try await Simulation(on: fleet.store, epoch: 2)
        _ = try await next.resync.run()
        try await next.settle()
        #expect(states(next) == [.error: 50])
        #expect(eventsSince(before, next).map(\.reason) == ["CircuitBreakerOpen"])
        await next.close()
    }

    // MARK: Intervals, and ingests that were away

    @Test func `a node with a learned interval is lost after three of its own`() async throws {
        let fleet = try await fleet(2)
        fleet.store.learn(AgentFacts(nodeID: "node_n1", intervalSeconds: 300, hardware: FoundHardware()))
        try await fleet.advance(seconds: 5)
        beat(fleet, 1...2)
        let last = fleet.store.now
        try await fleet.advance(seconds: 60)
        #expect(fleet.store.statuses[nodeKey("n2")]?.state == .error)
        #expect(fleet.store.statuses[nodeKey("n1")]?.state == .active)
        fleet.store.now = last.advanced(seconds: 895)
        try await fleet.advance(seconds: 5)
        #expect(fleet.store.statuses[nodeKey("n1")]?.state == .active)
        try await fleet.advance(seconds: 10)
        #expect(fleet.store.statuses[nodeKey("n1")]?.state == .error)
        #expect(
            fleet.store.statuses[nodeKey("n1")]?[.ready]?.message == "no heartbeat for 3 intervals of 300 s")
        await fleet.close()
    }

    @Test func `an ingest that was away for five minutes declares nobody dead, and who stays silent is lost after it`()
        async throws
    {
        let fleet = try await fleet(20)
        fleet.store.ingestServes(since: fleet.store.now)
        try await beat(fleet, 1...20, for: 30)
        let before = fleet.store.allEvents.count
        await fleet.close()
        // All of it is away, then back: the ingest a moment before the loop.
        fleet.store.now = fleet.store.now.advanced(seconds: 300)
        fleet.store.ingestServes(since: fleet.store.now)
        let next = try await Simulation(on: fleet.store, epoch: 2)
        _ = try await next.health.register.refresh(from: next.store)
        _ = try await next.resync.run()
        try await next.settle()
        try await next.advance(seconds: 20)
        #expect(states(next) == [.active: 20])
        try await beat(next, 2...20, for: 60)
        #expect(states(next) == [.active: 20])
        try await beat(next, 2...20, for: 20)
        #expect(states(next) == [.active: 19, .error: 1])
        #expect(eventsSince(before, next).map(\.reason) == ["HeartbeatLost"])

        // Another start of the ingest makes no dead node live.
        next.store.ingestServes(since: next.store.now)
        _ = try await next.resync.run()
        try await beat(next, 2...20, for: 30)
        #expect(next.store.statuses[nodeKey("n1")]?.state == .error)
        #expect(eventsSince(before, next).map(\.reason) == ["HeartbeatLost"])
        await next.close()
    }

    @Test func `an ingest that comes back while the loop runs gives everybody time`() async throws {
        let fleet = try await fleet(20)
        fleet.store.ingestServes(since: fleet.store.now)
        // Gone: the store says so by an instant that moves on.
        for _ in 0..<30 {
            fleet.store.ingestServes(since: fleet.store.now)
            try await fleet.advance(seconds: 10)
        }
        #expect(states(fleet) == [.active: 20])
        try await fleet.advance(seconds: 80)
        #expect(states(fleet) == [.active: 20])
        try await fleet.advance(seconds: 20)
        #expect(states(fleet) == [.error: 20])
        await fleet.close()
    }

    // MARK: What agents tell

    @Test func `hardware that differs from the declaration is a condition and one warning`() async throws {
        let fleet = try await fleet(2)
        #expect(fleet.store.statuses[nodeKey("n1")]?[.hardwareMatches] == nil)
        let right = FoundHardware(cores: 8, memoryBytes: 62 << 30, storageBytes: 1000 << 30)
        fleet.store.learn(AgentFacts(nodeID: "node_n1", intervalSeconds: 15, hardware: right))
        try await beat(fleet, 1...2, for: 10)
        #expect(fleet.store.statuses[nodeKey("n1")]?[.hardwareMatches]?.status == .yes)
        let before = fleet.store.allEvents.count
        let wrong = FoundHardware(cores: 4, memoryBytes: 62 << 30, storageBytes: 500 << 30)
        fleet.store.learn(AgentFacts(nodeID: "node_n1", intervalSeconds: 15, hardware: wrong))
        try await beat(fleet, 1...2, for: 30)
        let condition = fleet.store.statuses[nodeKey("n1")]?[.hardwareMatches]
        #expect(condition?.status == .no)
        #expect(
            condition?.message
                == "found 4 cores, declared 8 cores; found 500.0 GiB of storage, declared 1024.0 GiB of storage")
        #expect(eventsSince(before, fleet).map(\.reason) == ["HardwareDiffers"])
        #expect(fleet.store.statuses[nodeKey("n1")]?[.ready]?.status == .yes)
        await fleet.close()
    }

    @Test func `an acknowledged drain is over at once`() async throws {
        let fleet = try await fleet(2)
        try await fleet.delete(nodeKey("n1"))
        try await fleet.settle()
        let since = try #require(fleet.store.statuses[nodeKey("n1")]?.drainingSince)
        let other = since.advanced(seconds: -100)
        for (drained, isGone) in [(other, false), (since, true)] {
            fleet.store.learn(
                AgentFacts(nodeID: "node_n1", intervalSeconds: 15, hardware: FoundHardware(), drained: drained))
            try await fleet.advance(seconds: 5)
            #expect((fleet.store.document(nodeKey("n1")) == nil) == isGone)
        }
        await fleet.close()
    }

    @Test func `an operator's drain ends when the agent says so, and stays drained`() async throws {
        let fleet = try await fleet(2)
        let at = fleet.store.now
        try await fleet.override(nodeKey("n1")) { $0.drain = Override(by: "test", reason: "test", at: at) }
        try await fleet.settle()
        let since = try #require(fleet.store.statuses[nodeKey("n1")]?.drainingSince)
        #expect(fleet.store.statuses[nodeKey("n1")]?[.draining]?.status == .yes)
        fleet.store.learn(
            AgentFacts(nodeID: "node_n1", intervalSeconds: 15, hardware: FoundHardware(), drained: since))
        try await fleet.advance(seconds: 5)
        #expect(fleet.store.statuses[nodeKey("n1")]?[.draining] == nil)
        #expect(fleet.store.statuses[nodeKey("n1")]?[.ready]?.reason == "Drained")
        try await expectSettled(fleet)
        await fleet.close()
    }

    // MARK: Clocks

    @Test(arguments: [3600, -3600] as [Int64])
    func `a server's clock that jumps by an hour loses nobody who reports`(jump: Int64) async throws {
        let fleet = try await fleet(20)
        let before = fleet.store.allEvents.count
        fleet.store.now = fleet.store.now.advanced(seconds: jump)
        beat(fleet, 1...20)
        try await beat(fleet, 1...20, for: 120)
        #expect(states(fleet) == [.active: 20])
        #expect(eventsSince(before, fleet).isEmpty)
        // The watch goes on by the new clock.
        try await fleet.advance(seconds: 90)
        #expect(states(fleet) == [.error: 20])
        await fleet.close()
    }
}
