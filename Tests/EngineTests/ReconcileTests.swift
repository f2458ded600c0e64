import Fleet
import MemoryStore
import Testing

@testable import Engine

/// What the loop makes of declarations, on the memory store.
struct ReconcileTests {
    @Test func `a declared fleet becomes documents, and a second look writes nothing`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare([pool("eu", ["max_nodes": .int(1000)])] + (1...700).map { node("n\($0)", in: "eu") })
        try await fleet.settle()
        #expect(fleet.store.documents(.node).count == 700)
        #expect(fleet.store.document(poolKey("eu"))?["node_count"] == .int(700))
        #expect(fleet.store.document(nodeKey("n7"))?["hardware_info.cpu.cores"] == .int(8))
        #expect(fleet.store.document(nodeKey("n7"))?["status"] == .string("inactive"))
        #expect(fleet.store.statuses.values.allSatisfy { $0[.synced]?.status == .yes })
        #expect(fleet.store.statuses[poolKey("eu")]?.counts?.total == 700)
        fleet.store.resetWrites()
        #expect(try await fleet.resync.run() == 0)
        try await fleet.settle()
        #expect(fleet.store.writesThatMatter == 0)
    }

    @Test func `a field changed by hand is put back, with an event that names it`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(pool("eu"), node("a", in: "eu", ["location.city": .string("Berlin")]))
        try await fleet.settle()
        fleet.store.edit(nodeKey("a")) { $0["location.city"] = .string("Paris") }
        try await fleet.settle()
        #expect(fleet.store.document(nodeKey("a"))?["location.city"] == .string("Berlin"))
        let event = try #require(fleet.store.allEvents.last { $0.reason == "DriftCorrected" })
        #expect(
            event.drift == [
                Event.Drift(field: "location.city", found: .string("Paris"), declared: .string("Berlin"))
            ])
    }

    @Test func `drift is reported and left where the lifecycle says so`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(
            pool("eu"), node("a", in: "eu", ["location.city": .string("Berlin")]) { $0.lifecycle.drift = .report })
        try await fleet.settle()
        fleet.store.edit(nodeKey("a")) { $0["location.city"] = .string("Paris") }
        try await fleet.settle()
        #expect(fleet.store.document(nodeKey("a"))?["location.city"] == .string("Paris"))
        #expect(fleet.store.statuses[nodeKey("a")]?[.drifted]?.status == .yes)
        #expect(fleet.store.allEvents.count { $0.reason == "Drifted" } == 1)
        fleet.store.edit(nodeKey("a")) { $0["location.city"] = .string("Berlin") }
        try await fleet.settle()
        #expect(fleet.store.statuses[nodeKey("a")]?[.drifted] == nil)
    }

    @Test func `a field that is no longer stated is unset once, and then left to others`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(pool("eu"), node("a", in: "eu", ["location.city": .string("Berlin")]))
        try await fleet.settle()
        try await fleet.declare(node("a", in: "eu"))
        try await fleet.settle()
        #expect(fleet.store.document(nodeKey("a"))?["location.city"] == nil)
        fleet.store.edit(nodeKey("a")) { $0["location.city"] = .string("Rome") }
        try await fleet.declare(node("a", in: "eu", ["hardware_info.cpu.cores": .int(9)]))
        try await fleet.settle()
        #expect(fleet.store.document(nodeKey("a"))?["location.city"] == .string("Rome"))
        #expect(fleet.store.document(nodeKey("a"))?["hardware_info.cpu.cores"] == .int(9))
    }

    @Test func `a field below something that is no object is written with its parent`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(pool("eu"), node("a", in: "eu", ["location.city": .string("Berlin")]))
        try await fleet.settle()
        fleet.store.edit(nodeKey("a")) { $0["location"] = .null }
        try await fleet.settle()
        #expect(fleet.store.document(nodeKey("a"))?["location.city"] == .string("Berlin"))
    }

    @Test func `a node waits for its pool and for a place in it`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(node("a", in: "eu"), node("b", in: "eu"))
        try await fleet.settle()
        #expect(fleet.store.statuses[nodeKey("a")]?[.synced]?.reason == "PoolMissing")
        try await fleet.declare(pool("eu", ["max_nodes": .int(1)]))
        try await fleet.settle()
        let reasons = ["a", "b"].map { fleet.store.statuses[nodeKey($0)]?[.synced]?.reason }
        #expect(Set(reasons) == ["AsDeclared", "PoolFull"])
        #expect(fleet.store.documents(.node).count == 1)
        try await fleet.declare(pool("eu", ["max_nodes": .int(2)]))
        try await fleet.settle()
        #expect(fleet.store.documents(.node).count == 2)
    }

    @Test func `heartbeats make a node active, their loss an error, their return active again`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(pool("eu"), node("a", in: "eu"))
        try await fleet.settle()
        fleet.store.beat("node_a")
        try await fleet.advance(seconds: 10)
        #expect(fleet.store.document(nodeKey("a"))?["status"] == .string("active"))
        #expect(fleet.store.statuses[nodeKey("a")]?[.ready]?.status == .yes)
        #expect(fleet.store.statuses[poolKey("eu")]?[.ready]?.status == .yes)
        try await fleet.advance(seconds: 60)
        #expect(fleet.store.document(nodeKey("a"))?["status"] == .string("error"))
        #expect(fleet.store.statuses[poolKey("eu")]?[.ready]?.reason == "NodesInError")
        fleet.store.beat("node_a")
        try await fleet.advance(seconds: 10)
        #expect(fleet.store.document(nodeKey("a"))?["status"] == .string("active"))
        let states = fleet.store.history.map(\.to)
        #expect(states == [.inactive, .active, .error, .active])
        #expect(fleet.store.history.map(\.transition) == [1, 2, 3, 4])
    }

    @Test func `deletion drains what works, and leaves a tombstone`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(pool("eu"), node("a", in: "eu"))
        fleet.store.beat("node_a")
        try await fleet.settle()
        fleet.store.beat("node_a")
        try await fleet.advance(seconds: 10)
        try await fleet.delete(nodeKey("a"))
        try await fleet.settle()
        #expect(fleet.store.document(nodeKey("a"))?["status"] == .string("maintenance"))
        #expect(fleet.store.statuses[nodeKey("a")]?[.draining]?.status == .yes)
        try await fleet.advance(seconds: 61)
        #expect(fleet.store.document(nodeKey("a")) == nil)
        #expect(fleet.store.desired[nodeKey("a")] == nil)
        #expect(fleet.store.statuses[nodeKey("a")] == nil)
        #expect(fleet.store.tombstones.map(\.key) == [nodeKey("a")])
        #expect(fleet.store.document(poolKey("eu"))?["node_count"] == .int(0))
    }

    @Test func `a pool with nodes is not deleted, and goes when they are gone`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(pool("eu"), node("a", in: "eu"))
        try await fleet.settle()
        try await fleet.delete(poolKey("eu"))
        try await fleet.settle()
        #expect(fleet.store.statuses[poolKey("eu")]?[.deletionBlocked]?.status == .yes)
        try await fleet.delete(nodeKey("a"))
        try await fleet.settle()
        #expect(fleet.store.desired.isEmpty)
        #expect(fleet.store.documents(.nodePool).isEmpty)
        #expect(fleet.store.statuses.isEmpty)
    }

    @Test func `a move drains first, and counts both pools`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(pool("eu"), pool("us"), node("a", in: "eu"))
        try await fleet.settle()
        fleet.store.beat("node_a")
        try await fleet.advance(seconds: 10)
        try await fleet.declare(node("a", in: "us"))
        try await fleet.settle()
        #expect(fleet.store.document(nodeKey("a"))?["pool_id"] == .string("pool_eu"))
        #expect(fleet.store.statuses[nodeKey("a")]?[.draining]?.status == .yes)
        for _ in 0..<7 {
            fleet.store.beat("node_a")
            try await fleet.advance(seconds: 10)
        }
        #expect(fleet.store.document(nodeKey("a"))?["pool_id"] == .string("pool_us"))
        #expect(fleet.store.document(poolKey("eu"))?["node_count"] == .int(0))
        #expect(fleet.store.document(poolKey("us"))?["node_count"] == .int(1))
        #expect(fleet.store.document(nodeKey("a"))?["status"] == .string("active"))
        #expect(fleet.store.statuses[nodeKey("a")]?[.draining] == nil)
    }

    @Test func `a suspended pool pauses its nodes, and a change waits until it resumes`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(pool("eu"), node("a", in: "eu"))
        try await fleet.settle()
        try await fleet.override(poolKey("eu")) { $0.suspend = Suspension(reason: "migration", by: "ops") }
        try await fleet.settle()
        #expect(fleet.store.statuses[nodeKey("a")]?[.suspended]?.reason == "PoolSuspended")
        try await fleet.declare(node("a", in: "eu", ["hardware_info.cpu.cores": .int(16)]))
        try await fleet.settle()
        #expect(fleet.store.document(nodeKey("a"))?["hardware_info.cpu.cores"] == .int(8))
        try await fleet.override(poolKey("eu")) { $0.suspend = nil }
        try await fleet.settle()
        #expect(fleet.store.document(nodeKey("a"))?["hardware_info.cpu.cores"] == .int(16))
        #expect(fleet.store.statuses[nodeKey("a")]?[.suspended] == nil)
    }

    @Test func `a named policy stands in the pool's document, and its change follows`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(
            declaration(.scalingPolicy, "steady", ["scale_up_threshold": .int(80)]),
            pool("eu", ["scaling_policy_ref": .string("policy_steady"), "auto_scaling": .bool(true)]))
        try await fleet.settle()
        #expect(fleet.store.document(poolKey("eu"))?["scaling_policy.scale_up_threshold"] == .int(80))
        #expect(fleet.store.document(poolKey("eu"))?["scaling_policy.max_nodes"] == .int(100))
        #expect(fleet.store.document(poolKey("eu"))?["scaling_policy.window_minutes"] == nil)
        try await fleet.declare(declaration(.scalingPolicy, "steady", ["scale_up_threshold": .int(90)]))
        try await fleet.settle()
        #expect(fleet.store.document(poolKey("eu"))?["scaling_policy.scale_up_threshold"] == .int(90))
        #expect(!fleet.store.allEvents.contains { $0.reason == "DriftCorrected" })
        try await fleet.declare(pool("eu"))
        try await fleet.settle()
        #expect(fleet.store.document(poolKey("eu"))?["scaling_policy.scale_up_threshold"] == nil)
    }

    @Test func `undeclared documents are counted and never touched`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(pool("eu"), node("a", in: "eu"))
        try await fleet.settle()
        fleet.store.insertDocument(
            nodeKey("stranger"), [PathValue("pool_id", .string("pool_eu")), PathValue("name", .string("stranger"))])
        let before = fleet.store.document(nodeKey("stranger"))
        try await fleet.settle()
        #expect(fleet.store.document(poolKey("eu"))?["node_count"] == .int(2))
        #expect(fleet.store.statuses[poolKey("eu")]?.counts?.undeclared == 1)
        #expect(fleet.store.document(nodeKey("stranger")) == before)
    }
}
