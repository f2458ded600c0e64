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
        await fleet.leader.close()
    }
}
