import Fleet
import FleetStore
import MemoryStore
import Planning
import Testing

@testable import Engine

/// What was done is done once, what is given up leaves nothing, and who stops ends what runs.
struct ProviderOnceTests {
    @Test func `what is deleted is not deleted again while the status can't say so`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        try await fleet.provide()
        try fleet.giveUp("node_eu-1-1")
        for _ in 0..<3 {
            for job in try await fleet.providing?.look() ?? [] { try await fleet.providing?.perform(job) }
        }
        #expect(provider.calls.count { $0 == "delete eu-1-1" } == 1)
        try await fleet.provide()
        #expect(fleet.phases.isEmpty && provider.calls.count { $0 == "delete eu-1-1" } == 1)
        await fleet.close()
    }

    @Test func `a pool whose policy is missing says what became of its nodes`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        try await fleet.provide()
        let named: [String: FieldValue] = ["scaling_policy_ref": .string("policy_none")]
        let leaves = provided.filter { $0.key != "scaling_policy.mode" }.merging(named) { $1 }
        try await fleet.declare(pool("eu", leaves))
        try await fleet.settle()
        #expect(fleet.store.statuses[poolKey("eu")]?[.synced]?.reason == "PolicyMissing")
        try fleet.giveUp("node_eu-1-1")
        try await fleet.provide()
        #expect(fleet.phases.isEmpty && provider.calls.count { $0 == "delete eu-1-1" } == 1)
        await fleet.close()
    }

    @Test func `what is given up before it is declared has no token`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        try await fleet.provide()
        provider.set { $0.faults["create"] = "no room" }
        try fleet.ask(1)
        try await fleet.provide()
        #expect(fleet.store.tokens.count == 1)
        try fleet.giveUp("node_eu-1-1")
        try await fleet.advance(seconds: 5)
        try await fleet.provide()
        #expect(fleet.store.tokens.isEmpty && fleet.phases.isEmpty)
        await fleet.close()
    }

    @Test func `a job that ended during a look is not started by it`() {
        var queue = ProviderQueue()
        let job = ProviderQueue.Job(poolID: "pool_eu", program: nil, labels: [], work: .list)
        let now = Timestamp(milliseconds: 1_767_268_800_000)
        #expect(queue.start([job], of: queue.look, now: now) == [job])
        let look = queue.look
        queue.succeeded(job)
        #expect(queue.start([job], of: look, now: now) == [])
        #expect(queue.start([job], of: queue.look, now: now) == [job])
    }

    @Test func `what is asked of a pool that nobody scales any more is taken back`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        try await fleet.provide()
        provider.set { $0.faults["create"] = "no room" }
        try fleet.ask(1)
        try await fleet.provide()
        try await fleet.declare(pool("eu", provided.merging(["auto_scaling": .bool(false)]) { $1 }))
        try await fleet.settle()
        try await fleet.advance(seconds: 5)
        try await fleet.provide()
        #expect(fleet.phases.isEmpty)
        await fleet.close()
    }

    @Test func `a pool that leaves its documents waits for what was asked for`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        try await fleet.declare(pool("eu", provided) { $0.lifecycle.onDelete = .orphan })
        try await fleet.settle()
        try fleet.ask(1)
        try await fleet.provide()
        try fleet.decide { $0.provided["node_eu-1-2"] = ProvidedNode(.asked, since: fleet.store.now) }
        provider.set { $0.machines["eu-1-2"] = "node_eu-1-2" }
        try await fleet.delete(poolKey("eu"))
        try await fleet.settle()
        #expect(fleet.store.desired[poolKey("eu")] != nil)
        try await fleet.provide()
        #expect(fleet.store.desired[poolKey("eu")] == nil)
        #expect(provider.machines == ["eu-1-1": "node_eu-1-1"] && fleet.store.desired[nodeKey("eu-1-1")] != nil)
        await fleet.close()
    }

    @Test func `who stops ends the calls that run`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        try await fleet.provide()
        let (began, begin) = AsyncStream.makeStream(of: Void.self)
        let (never, end) = AsyncStream.makeStream(of: Void.self)
        defer { end.finish() }
        provider.set { state in
            state.meanwhile = {
                begin.yield()
                for await _ in never {}
                try Task.checkCancellation()
            }
        }
        try fleet.ask(1)
        let worker = try #require(fleet.providing)
        let running = Task { try await worker.run() }
        for await _ in began { break }
        worker.stop()
        try await running.value
        #expect(provider.machines.isEmpty)
        await fleet.close()
    }
}
