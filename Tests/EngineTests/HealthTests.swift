import Fleet
import MemoryStore
import Planning
import Testing

@testable import Engine

/// What becomes of nodes that fall silent, one by one and all at once.
struct HealthTests {
    @Test func `a thousand nodes lost at once are one event on their pool, and facts on each of them`() async throws {
        let fleet = try await reporting(1000)
        let before = fleet.store.allEvents.count
        let history = fleet.store.history.count
        try await fleet.advance(seconds: 120)
        #expect(fleet.states == [.error: 1000])
        #expect(fleet.store.history.count == history + 1000)
        let events = fleet.events(since: before)
        #expect(events.map(\.reason) == ["CircuitBreakerOpen"])
        #expect(events.first?.key == poolKey("eu"))
        #expect(
            events.first?.message
                == "1000 of 1000 nodes in use are in error: node_n1, node_n10, node_n100 and 997 more")
        let health = fleet.store.statuses[poolKey("eu")]?[.poolHealthy]
        #expect(health?.status == .no)
        #expect(health?.reason == "CircuitBreakerOpen")
        try await fleet.expectSettled()

        // They come back.
        try await fleet.beat(1...1000, for: 60)
        #expect(fleet.states == [.active: 1000])
        #expect(fleet.store.statuses[poolKey("eu")]?[.poolHealthy]?.status == .no, "two minutes are not over")
        try await fleet.beat(1...1000, for: 120)
        #expect(fleet.store.statuses[poolKey("eu")]?[.poolHealthy]?.reason == "NodesHealthy")
        #expect(fleet.events(since: before).map(\.reason) == ["CircuitBreakerOpen", "CircuitBreakerClosed"])
        await fleet.close()
    }

    @Test func `nodes that fall silent over an interval are one event, too`() async throws {
        let fleet = try await reporting(300)
        let before = fleet.store.allEvents.count
        // Each last beat within the same 15 seconds.
        for number in 1...300 {
            fleet.store.beat(
                "node_n\(number)", at: Timestamp(milliseconds: fleet.store.now.milliseconds - Int64(number) * 50))
        }
        try await fleet.advance(seconds: 180)
        #expect(fleet.states == [.error: 300])
        #expect(fleet.events(since: before).map(\.reason) == ["CircuitBreakerOpen"])
        await fleet.close()
    }

    @Test func `many, and not enough for the breaker, are one event, and one when they come back`() async throws {
        let fleet = try await reporting(100)
        let before = fleet.store.allEvents.count
        try await fleet.beat(21...100, for: 120)
        #expect(fleet.states == [.error: 20, .active: 80])
        #expect(fleet.events(since: before).map(\.reason) == ["NodesLost"])
        #expect(
            fleet.events(since: before).first?.message
                == "20 of 100 nodes lost: node_n1, node_n10, node_n11 and 17 more")
        #expect(fleet.store.statuses[poolKey("eu")]?[.poolHealthy]?.status == .yes)
        try await fleet.beat(1...100, for: 60)
        #expect(fleet.states == [.active: 100])
        #expect(fleet.events(since: before).map(\.reason) == ["NodesLost", "NodesBack"])
        await fleet.close()
    }

    @Test func `a single node that is lost is an event on that node, and so is its return`() async throws {
        let fleet = try await reporting(20)
        let before = fleet.store.allEvents.count
        try await fleet.beat(2...20, for: 90)
        #expect(fleet.events(since: before).map(\.reason) == ["HeartbeatLost"])
        #expect(fleet.events(since: before).first?.key == nodeKey("n1"))
        try await fleet.beat(1...20, for: 30)
        #expect(fleet.events(since: before).map(\.reason) == ["HeartbeatLost", "HeartbeatFresh"])
        await fleet.close()
    }

    @Test func `a breaker that is open stays so while its nodes flap, and says so once`() async throws {
        let fleet = try await reporting(10)
        let before = fleet.store.allEvents.count
        for _ in 0..<4 {
            try await fleet.beat(6...10, for: 70)
            try await fleet.beat(1...10, for: 60)
        }
        #expect(fleet.store.statuses[poolKey("eu")]?[.poolHealthy]?.reason == "CircuitBreakerOpen")
        #expect(fleet.events(since: before).map(\.reason) == ["CircuitBreakerOpen"])
        try await fleet.beat(1...10, for: 120)
        #expect(fleet.events(since: before).map(\.reason) == ["CircuitBreakerOpen", "CircuitBreakerClosed"])
        await fleet.close()
    }

    @Test func `an open breaker and its timer survive a restart`() async throws {
        let fleet = try await reporting(10)
        let before = fleet.store.allEvents.count
        try await fleet.beat(9...10, for: 120)
        let opened = try #require(fleet.store.statuses[poolKey("eu")]?.health?.openSince)
        try await fleet.beat(1...10, for: 60)
        await fleet.close()
        let next = try await Simulation(on: fleet.store, epoch: 2)
        _ = try await next.resync.run()
        try await next.settle()
        #expect(next.store.statuses[poolKey("eu")]?.health?.openSince == opened)
        try await next.beat(1...10, for: 120)
        #expect(next.store.statuses[poolKey("eu")]?[.poolHealthy]?.status == .yes)
        #expect(next.events(since: before).map(\.reason) == ["CircuitBreakerOpen", "CircuitBreakerClosed"])
        await next.close()
    }

    @Test func `nodes lost while nobody led are one event of the next leader`() async throws {
        let fleet = try await reporting(50)
        let before = fleet.store.allEvents.count
        await fleet.close()
        fleet.store.now = fleet.store.now.advanced(seconds: 600)
        let next = try await Simulation(on: fleet.store, epoch: 2)
        _ = try await next.resync.run()
        try await next.settle()
        #expect(next.states == [.error: 50])
        #expect(next.events(since: before).map(\.reason) == ["CircuitBreakerOpen"])
        await next.close()
    }

    // MARK: Who was lost for a moment

    @Test func `who beats before its loss is written does not hold the breaker open`() async throws {
        let fleet = try await reporting(10)
        let before = fleet.store.allEvents.count
        fleet.store.now = fleet.store.now.advanced(seconds: 50)
        try await fleet.health.look()
        fleet.beat(1...6)
        try await fleet.settle()
        #expect(fleet.states == [.active: 6, .error: 4])
        try await fleet.beat(1...10, for: 60)
        #expect(fleet.states == [.active: 10])
        try await fleet.beat(1...10, for: 100)
        #expect(fleet.store.statuses[poolKey("eu")]?[.poolHealthy]?.reason == "NodesHealthy")
        #expect(fleet.events(since: before).map(\.reason) == ["CircuitBreakerOpen", "CircuitBreakerClosed"])
        // Its nodes speak for themselves again.
        try await fleet.beat(2...10, for: 60)
        #expect(fleet.events(since: before).last?.reason == "HeartbeatLost")
        await fleet.close()
    }

    @Test func `who beats before its loss is written is not told as lost`() async throws {
        let fleet = try await reporting(100)
        let before = fleet.store.allEvents.count
        fleet.beat(21...100)
        fleet.store.now = fleet.store.now.advanced(seconds: 41)
        fleet.beat(21...100)
        try await fleet.health.look()
        fleet.beat(1...15)
        try await fleet.settle()
        try await fleet.beat(21...100, for: 20)
        #expect(fleet.events(since: before).map(\.message).first?.hasPrefix("5 of 100 nodes lost: node_n16") == true)
        #expect(fleet.events(since: before).map(\.reason) == ["NodesLost"])
        await fleet.close()
    }

    @Test func `nodes that beat cost no look, though they were known as silent`() async throws {
        let fleet = try await reporting(3)
        // As a look at everything may note them that began before they were written.
        fleet.health.watch([nodeKey("n1")])
        try await fleet.beat(1...2, for: 60)
        #expect(fleet.state(3) == .error)
        try await fleet.override(nodeKey("n3")) { $0.suspend = Suspension(reason: "test", by: "test") }
        try await fleet.settle()
        fleet.beat(1...3)
        try await fleet.health.look()
        try await fleet.settle()
        try await fleet.health.look()
        #expect(fleet.lanes.all.allSatisfy { $0.counts(now: fleet.store.now).depth == 0 })
        // When the pause ends it is looked at.
        try await fleet.override(nodeKey("n3")) { $0.suspend = nil }
        try await fleet.settle()
        #expect(fleet.states == [.active: 3])
        await fleet.close()
    }

    @Test func `those that come back while their crowd is still open are told as back`() async throws {
        let fleet = try await reporting(100)
        let before = fleet.store.allEvents.count
        try await fleet.beat(21...100, for: 70)
        #expect(fleet.events(since: before).map(\.reason) == ["NodesLost"])
        try await fleet.beat(1...100, for: 30)
        #expect(fleet.states == [.active: 100])
        #expect(fleet.events(since: before).map(\.reason) == ["NodesLost", "NodesBack"])
        #expect(fleet.events(since: before).last?.message.hasPrefix("20 of 100 nodes report: node_n1, ") == true)
        await fleet.close()
    }

    // MARK: Nodes of whom no pool tells

    @Test func `many lost without a pool that tells are one event of the daemon`() async throws {
        let fleet = try await reporting((1...30).map { node("n\($0)", in: nil) }, 30)
        try await expectToldByDaemon(fleet)
    }

    @Test func `many lost in a pool that is not declared are one event of the daemon`() async throws {
        let store = InMemoryStore()
        store.insertDocument(poolKey("eu"), [PathValue("name", .string("eu")), PathValue("max_nodes", .int(100))])
        let fleet = try await reporting((1...30).map { node("n\($0)", in: "eu") }, 30, on: store)
        try await expectToldByDaemon(fleet)
    }

    @Test func `many lost in a pool that is being deleted are one event of the daemon`() async throws {
        let fleet = try await reporting(30)
        try await fleet.delete(poolKey("eu"))
        try await fleet.settle()
        try await expectToldByDaemon(fleet)
    }

    private func expectToldByDaemon(_ fleet: Simulation) async throws {
        let (before, told) = (fleet.store.allEvents.count, fleet.told.all.count)
        try await fleet.beat(nil, for: 100)
        #expect(fleet.states[.error] == 30)
        let message = "nodes lost: node_n1, node_n10, node_n11 and 27 more"
        #expect(Array(fleet.told.all.dropFirst(told)) == ["warning NodesLost: 30 \(message)"])
        #expect(fleet.events(since: before).isEmpty)
        try await fleet.beat(1...30, for: 60)
        #expect(fleet.told.all.count == told + 2)
        #expect(fleet.told.all.last?.hasPrefix("normal NodesBack: 30 nodes report: ") == true)
        #expect(fleet.events(since: before).isEmpty)
        // A single one tells of itself.
        try await fleet.beat(2...30, for: 60)
        #expect(fleet.events(since: before).map(\.reason) == ["HeartbeatLost"])
        await fleet.close()
    }

    @Test func `many that died in a window which they share are one event when it ends`() async throws {
        let fleet = try await Simulation()
        let window: [String: FieldValue] = [
            "configuration.maintenance_window.start_hour": .int(0),
            "configuration.maintenance_window.duration_hours": .int(1),
        ]
        try await fleet.declare(
            [pool("eu", ["max_nodes": .int(100)])] + (1...30).map { node("n\($0)", in: "eu", window) })
        try await fleet.settle()
        try await fleet.beat(1...30, for: 60)
        #expect(fleet.states == [.maintenance: 30])
        let before = fleet.store.allEvents.count
        try await fleet.advance(seconds: 3600)
        #expect(fleet.states == [.error: 30])
        #expect(fleet.events(since: before).map(\.reason) == ["CircuitBreakerOpen"])
        #expect(fleet.events(since: before).first?.key == poolKey("eu"))
        await fleet.close()
    }

    // MARK: What agents tell

    @Test func `hardware that differs from the declaration is a condition and one warning`() async throws {
        let fleet = try await reporting(2)
        #expect(fleet.store.statuses[nodeKey("n1")]?[.hardwareMatches] == nil)
        let right = FoundHardware(cores: 8, memoryBytes: 62 << 30, storageBytes: 1000 << 30)
        fleet.store.learn(AgentFacts(nodeID: "node_n1", intervalSeconds: 15, hardware: right))
        try await fleet.beat(1...2, for: 10)
        #expect(fleet.store.statuses[nodeKey("n1")]?[.hardwareMatches]?.status == .yes)
        let before = fleet.store.allEvents.count
        let wrong = FoundHardware(cores: 4, memoryBytes: 62 << 30, storageBytes: 500 << 30)
        fleet.store.learn(AgentFacts(nodeID: "node_n1", intervalSeconds: 15, hardware: wrong))
        try await fleet.beat(1...2, for: 30)
        let condition = fleet.store.statuses[nodeKey("n1")]?[.hardwareMatches]
        #expect(condition?.status == .no)
        #expect(
            condition?.message
                == "found 4 cores, declared 8 cores; found 500.0 GiB of storage, declared 1024.0 GiB of storage")
        #expect(fleet.events(since: before).map(\.reason) == ["HardwareDiffers"])
        #expect(fleet.store.statuses[nodeKey("n1")]?[.ready]?.status == .yes)
        await fleet.close()
    }

    @Test func `an acknowledged drain is over at once`() async throws {
        let fleet = try await reporting(2)
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
        let fleet = try await reporting(2)
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
        try await fleet.expectSettled()
        await fleet.close()
    }

    // MARK: Clocks

    @Test(arguments: [3600, -3600] as [Int64])
    func `a server's clock that jumps by an hour loses nobody who reports`(jump: Int64) async throws {
        let fleet = try await reporting(20)
        let before = fleet.store.allEvents.count
        fleet.store.now = fleet.store.now.advanced(seconds: jump)
        fleet.beat(1...20)
        try await fleet.beat(1...20, for: 120)
        #expect(fleet.states == [.active: 20])
        #expect(fleet.events(since: before).isEmpty)
        // The watch goes on by the new clock.
        try await fleet.advance(seconds: 90)
        #expect(fleet.states == [.error: 20])
        await fleet.close()
    }
}
