import Fleet
import MemoryStore
import Planning
import Testing

@testable import Engine

/// Where several rules meet: full pools, pauses, renames, drains.
struct EdgeTests {
    @Test func `a document deleted by hand in a full pool is put back`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(pool("eu", ["max_nodes": .int(2)]), node("a", in: "eu"), node("b", in: "eu"))
        try await fleet.settle()
        fleet.store.deleteDocument(nodeKey("a"))
        try await fleet.settle()
        #expect(fleet.store.document(nodeKey("a")) != nil)
        #expect(fleet.store.statuses[nodeKey("a")]?[.synced]?.status == .yes)
        #expect(fleet.store.document(poolKey("eu"))?["node_count"] == .int(2))
        await fleet.close()
    }

    @Test func `a deletion ends a pause`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(
            pool("eu"),
            node("a", in: "eu") { $0.lifecycle.suspend = Suspension(reason: "test", by: "test") })
        try await fleet.settle()
        #expect(fleet.store.statuses[nodeKey("a")]?[.suspended]?.status == .yes)
        try await fleet.delete(nodeKey("a"))
        try await fleet.settle()
        #expect(fleet.store.desired[nodeKey("a")] == nil)
        #expect(fleet.store.statuses[nodeKey("a")] == nil)
        await fleet.close()
    }

    @Test func `a node that waits for a full pool is still judged where it stands`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(
            pool("eu"), pool("us", ["max_nodes": .int(1)]), node("a", in: "eu"), node("b", in: "us"))
        try await fleet.settle()
        fleet.store.beat("node_a")
        try await fleet.advance(seconds: 10)
        try await fleet.declare(node("a", in: "us"))
        try await fleet.settle()
        #expect(fleet.store.statuses[nodeKey("a")]?[.synced]?.reason == "PoolFull")
        #expect(fleet.store.document(nodeKey("a"))?["status"] == .string("active"))
        try await fleet.advance(seconds: 60)
        #expect(fleet.store.document(nodeKey("a"))?["status"] == .string("error"))
        try await fleet.delete(nodeKey("b"))
        try await fleet.settle()
        #expect(fleet.store.document(nodeKey("a"))?["pool_id"] == .string("pool_us"))
        #expect(fleet.store.document(poolKey("us"))?["node_count"] == .int(1))
        await fleet.close()
    }

    @Test func `a name comes free by a rename, and who waits for it gets it`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(pool("eu"), named("a", "first"), named("z", "second"))
        try await fleet.settle()
        try await fleet.declare(named("a", "second"), named("z", "third"))
        try await fleet.settle()
        #expect(fleet.store.document(nodeKey("a"))?["name"] == .string("second"))
        #expect(fleet.store.document(nodeKey("z"))?["name"] == .string("third"))
        await fleet.close()
    }

    @Test func `a cordoned node that works is drained before it is deleted`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(pool("eu"), node("a", in: "eu"))
        try await fleet.settle()
        fleet.store.beat("node_a")
        try await fleet.advance(seconds: 10)
        let at = fleet.store.now
        try await fleet.override(nodeKey("a")) { $0.cordon = Override(by: "test", reason: "test", at: at) }
        try await fleet.settle()
        fleet.store.beat("node_a")
        try await fleet.delete(nodeKey("a"))
        try await fleet.settle()
        #expect(fleet.store.document(nodeKey("a")) != nil)
        #expect(fleet.store.statuses[nodeKey("a")]?[.draining]?.status == .yes)
        try await fleet.advance(seconds: 61)
        #expect(fleet.store.document(nodeKey("a")) == nil)
        await fleet.close()
    }

    @Test func `a document that was deleted and is to be left so says nothing of the machine`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(pool("eu"), node("a", in: "eu") { $0.lifecycle.drift = .report })
        try await fleet.settle()
        fleet.store.beat("node_a")
        try await fleet.advance(seconds: 10)
        let before = fleet.store.history.count
        fleet.store.deleteDocument(nodeKey("a"))
        try await fleet.settle()
        #expect(fleet.store.document(nodeKey("a")) == nil)
        #expect(fleet.store.statuses[nodeKey("a")]?[.drifted]?.reason == "DocumentMissing")
        #expect(fleet.store.history.count == before)
        await fleet.close()
    }

    @Test func `a dependency holds up the first creation and nothing after it`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(
            pool("eu"), node("a", in: "eu"), node("b", in: "eu") { $0.lifecycle.dependsOn = [nodeKey("a")] })
        try await fleet.settle()
        #expect(fleet.store.statuses[nodeKey("b")]?[.synced]?.reason == "DependencyNotReady")
        fleet.store.beat("node_a")
        try await fleet.advance(seconds: 10)
        #expect(fleet.store.document(nodeKey("b")) != nil)
        try await fleet.advance(seconds: 120)
        #expect(fleet.store.statuses[nodeKey("a")]?.state == .error)
        fleet.store.edit(nodeKey("b")) { $0["hardware_info.cpu.cores"] = .int(3) }
        try await fleet.settle()
        #expect(fleet.store.document(nodeKey("b"))?["hardware_info.cpu.cores"] == .int(8))
        await fleet.close()
    }

    @Test func `what can't be read is not forgotten`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(pool("eu"), node("a", in: "eu"))
        try await fleet.settle()
        var view = try fleet.store.read([nodeKey("a")])
        view.desired[nodeKey("a")] = nil
        var room = PoolRoom()
        let now = fleet.store.now
        #expect(!Planner.plan(nodeKey("a"), in: view, now: now, room: &room).change.isEmpty, "no longer declared")
        view.unreadable[nodeKey("a")] = "odd"
        #expect(Planner.plan(nodeKey("a"), in: view, now: now, room: &room).change.isEmpty)
        await fleet.close()
    }

    private func named(_ id: String, _ name: String) -> Declaration {
        node(id, in: "eu") { $0.name = name }
    }
}
