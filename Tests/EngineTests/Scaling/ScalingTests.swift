import Fleet
import FleetStore
import MemoryStore
import Planning
import Testing

@testable import Engine

/// A pool scales itself: who comes, who goes, and when.
struct ScalingTests {
    @Test func `growing load activates standby nodes within a look`() async throws {
        let fleet = try await ScaledFleet()
        #expect(fleet.inUse.count == 4)
        #expect(fleet.states(.inactive) == 6)
        fleet.load = 3.6
        try await fleet.run(seconds: 30)
        #expect(fleet.inUse.count == 6)
        let last = try #require(try fleet.decisions.last { $0.decision.desired > $0.decision.current })
        #expect(last.decision.reason == .usageHigh)
        #expect(fleet.store.allEvents.last { $0.key == poolKey("eu") }?.reason == "Scaled")
        await fleet.leader.close()
    }

    @Test func `falling load drains nodes after the window and the cooldown, not before`() async throws {
        let fleet = try await ScaledFleet(load: 2)
        let began = fleet.store.now
        fleet.load = 0.8
        try await fleet.run(seconds: 1200) { fleet.inUse.count < 4 }
        #expect(fleet.store.now.seconds(since: began) >= 300)
        #expect(fleet.store.now.seconds(since: began) <= 420)
        let gone = try #require(fleet.scaling?.intents.first { !$0.value.isWanted && $0.value.at > began }?.key)
        #expect(fleet.store.statuses[ResourceKey(.node, gone)]?[.draining] != nil)
        #expect(fleet.states(.maintenance) == 1)
        try await fleet.run(seconds: 75)
        #expect(fleet.store.document(ResourceKey(.node, gone))?["status"] == .string("inactive"))
        #expect(fleet.store.statuses[ResourceKey(.node, gone)]?[.ready]?.reason == "Standby")
        // The next one goes when the cooldown is over.
        let first = fleet.store.now
        try await fleet.run(seconds: 1200) { fleet.inUse.count < 3 }
        #expect(fleet.store.now.seconds(since: first) >= 200)
        try await fleet.run(seconds: 1800)
        #expect(fleet.inUse.count == 2)
        #expect(try fleet.sizes.suffix(2) == [3, 2])
        try await fleet.leader.expectSettled()
        await fleet.leader.close()
    }

    @Test func `a drain that the agent acknowledges is over at once`() async throws {
        let fleet = try await ScaledFleet(load: 0.8)
        try await fleet.run(seconds: 1200) { fleet.states(.maintenance) == 1 }
        let id = try #require(fleet.scaling?.intents.max { $0.value.at < $1.value.at }?.key)
        let since = try #require(fleet.store.statuses[ResourceKey(.node, id)]?.drainingSince)
        fleet.store.learn(AgentFacts(nodeID: id, intervalSeconds: 15, hardware: FoundHardware(), drained: since))
        try await fleet.run(seconds: 15)
        #expect(fleet.store.document(ResourceKey(.node, id))?["status"] == .string("inactive"))
        await fleet.leader.close()
    }

    // MARK: Operators

    @Test func `a size set by hand is adopted with the cooldown, and the scaler goes on from there`() async throws {
        let fleet = try await ScaledFleet(load: 1.2)
        try await fleet.scale(to: 7)
        let at = fleet.store.now
        try await fleet.run(seconds: 15)
        #expect(fleet.inUse.count == 7)
        #expect(fleet.scaling?.timers.adopted == at)
        try await fleet.run(seconds: 270)
        #expect(fleet.inUse.count == 7, "the cooldown is not over")
        try await fleet.run(seconds: 3600)
        #expect(fleet.inUse.count == 2)
        await fleet.leader.close()
    }

    @Test func `who is pinned or cordoned is never chosen, and counts`() async throws {
        let fleet = try await ScaledFleet(load: 1.9)
        let (pinned, cordoned) = (fleet.number(fleet.inUse[0]), fleet.number(fleet.inUse[1]))
        try await fleet.redeclare(pinned, ["configuration.auto_scaling": .bool(false)])
        try await fleet.leader.override(nodeKey("n\(cordoned)")) {
            $0.cordon = Override(by: "test", reason: "test", at: fleet.store.now)
        }
        try await fleet.run(seconds: 15)
        #expect(fleet.states(.maintenance) == 1)
        fleet.load = 0.1
        try await fleet.run(seconds: 3600)
        #expect(fleet.inUse.count == 2)
        #expect(fleet.inUse.contains("node_n\(pinned)"))
        #expect(fleet.store.statuses[nodeKey("n\(cordoned)")]?[.ready]?.reason == "Cordoned")
        #expect(fleet.scaling?.intents["node_n\(pinned)"]?.isWanted != false)
        await fleet.leader.close()
    }

    @Test func `a pin, a cordon, a size by hand and a take-over at the same moment leave the bounds alone`()
        async throws
    {
        let fleet = try await ScaledFleet(load: 3.9)
        let active = fleet.inUse.map(fleet.number)
        // The decision is made and nothing of it is done.
        try await fleet.leader.loadWatch.look()
        try await fleet.redeclare(active[0], ["status": .string("active")])
        try await fleet.leader.override(nodeKey("n\(active[1])")) {
            $0.cordon = Override(by: "test", reason: "test", at: fleet.store.now)
        }
        try await fleet.scale(to: 100)
        try await fleet.restart(after: 15)
        try await fleet.run(seconds: 120)
        // The one in maintenance counts toward the maximum.
        #expect(fleet.inUse.count + fleet.states(.maintenance) == 10)
        try await fleet.scale(to: 0)
        try await fleet.run(seconds: 120)
        #expect(fleet.inUse.count >= 2)
        try await fleet.leader.expectSettled()
        await fleet.leader.close()
    }

    @Test func `a suspended pool holds, and goes on when it resumes`() async throws {
        let fleet = try await ScaledFleet()
        try await fleet.leader.override(poolKey("eu")) { $0.suspend = Suspension(reason: "test", by: "test") }
        try await fleet.run(seconds: 15)
        let before = fleet.scaling
        fleet.load = 3.9
        try await fleet.run(seconds: 300)
        #expect(fleet.inUse.count == 4)
        #expect(fleet.scaling == before)
        try await fleet.leader.override(poolKey("eu")) { $0.suspend = nil }
        try await fleet.run(seconds: 30)
        #expect(fleet.inUse.count > 4)
        await fleet.leader.close()
    }

    @Test func `a status changed by hand is put right`() async throws {
        let fleet = try await ScaledFleet()
        let reserve = try #require((1...10).first { !fleet.inUse.contains("node_n\($0)") })
        fleet.store.edit(nodeKey("n\(reserve)")) { $0["status"] = .string("active") }
        try await fleet.run(seconds: 15)
        #expect(fleet.store.document(nodeKey("n\(reserve)"))?["status"] == .string("inactive"))
        #expect(fleet.inUse.count == 4)
        await fleet.leader.close()
    }

    @Test func `a pool that is no longer scaled keeps its size`() async throws {
        let fleet = try await ScaledFleet()
        #expect(fleet.leader.loadWatch.register.count == 1)
        try await fleet.leader.declare(pool("eu", ["max_nodes": .int(20)]))
        try await fleet.leader.override(poolKey("eu")) { $0.scale = nil }
        fleet.load = 3.9
        let decided = try fleet.decisions.count
        try await fleet.run(seconds: 300)
        #expect(fleet.leader.loadWatch.register.count == 0)
        #expect(try fleet.decisions.count == decided)
        #expect(fleet.inUse.count == 4)
        await fleet.leader.close()
    }
}
