import Fleet
import FleetStore
import MemoryStore
import Planning
import Testing

@testable import Engine

/// What a pool's status asks of its provider is carried out, once and at last, whatever dies in between.
struct ProviderTests {
    @Test func `nodes that are asked for are made, declared and theirs the token`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        try fleet.ask(2)
        try await fleet.provide()
        #expect(provider.machines == ["eu-1-1": "node_eu-1-1", "eu-1-2": "node_eu-1-2"])
        #expect(fleet.phases == ["node_eu-1-1": .made, "node_eu-1-2": .made])
        for name in ["eu-1-1", "eu-1-2"] {
            let desired = try #require(fleet.store.desired[nodeKey(name)])
            #expect(desired.manager == "scaler/pool_eu" && desired.poolID == "pool_eu")
            #expect(desired.declaration.name == name)
            #expect(fleet.store.document(nodeKey(name))?["pool_id"] == .string("pool_eu"))
        }
        #expect(fleet.store.tokens == provider.tokens)
        #expect(fleet.scaling?.intents["node_eu-1-1"]?.isWanted == true)
        #expect(fleet.reasons.contains("NodeMade"))
        fleet.store.resetWrites()
        #expect(try await fleet.provide() == 0)
        #expect(fleet.store.writesThatMatter == 0)
        await fleet.close()
    }

    @Test func `at most four calls run for a pool`() async throws {
        let fleet = try await Simulation.providing(ScriptedProvider())
        _ = try await fleet.provide()
        try fleet.ask(9)
        let jobs = try #require(try await fleet.providing?.look())
        #expect(jobs.count == 4)
        #expect(try await fleet.providing?.look() == [])
        for job in jobs { try await fleet.providing?.perform(job) }
        try await fleet.provide()
        #expect(fleet.phases.count == 9 && fleet.phases.values.allSatisfy { $0 == .made })
        await fleet.close()
    }

    @Test func `a failure is told once, and tried again later and later`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        _ = try await fleet.provide()
        provider.set { $0.faults["create"] = "no room in the rack" }
        let began = fleet.store.now
        try fleet.ask(1)
        var tries: [Int64] = []
        while fleet.store.now.seconds(since: began) < 900 {
            let before = provider.calls.count { $0 == "create eu-1-1" }
            try await fleet.provide()
            if provider.calls.count(where: { $0 == "create eu-1-1" }) > before {
                tries.append(fleet.store.now.seconds(since: began))
            }
            try await fleet.advance(seconds: 5)
        }
        #expect(tries == [0, 5, 15, 35, 75, 155, 315, 635])
        let told = fleet.store.allEvents.filter { $0.reason == "ProviderFailed" }
        #expect(told.map(\.message) == ["create node_eu-1-1: no room in the rack"])
        #expect(fleet.phases == ["node_eu-1-1": .asked])
        #expect(fleet.store.desired[nodeKey("eu-1-1")] == nil)
        provider.set { $0.faults = [:] }
        try await fleet.advance(seconds: 900)
        try await fleet.provide()
        #expect(fleet.phases == ["node_eu-1-1": .made])
        await fleet.close()
    }

    @Test func `what can't be declared is a failure`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        try await fleet.declare(pool("eu", provided.merging(["max_nodes": .int(1)]) { $1 }), node("a", in: "eu"))
        try await fleet.settle()
        try fleet.ask(1)
        try await fleet.provide()
        let told = fleet.store.allEvents.filter { $0.reason == "ProviderFailed" }
        #expect(told.count == 1 && told.first?.message.contains("can't be declared") == true, "\(told)")
        #expect(fleet.store.desired[nodeKey("eu-1-1")] == nil)
        await fleet.close()
    }

    // MARK: Who dies in between

    @Test func `a leader that dies between a machine and its declaration leaves one node`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        provider.set { $0.diesAfterCreate = true }
        try fleet.ask(1)
        try await fleet.provide()
        #expect(provider.machines.count == 1 && fleet.store.desired[nodeKey("eu-1-1")] == nil)
        let former = fleet.store.tokens["node_eu-1-1"]
        await fleet.close()

        provider.set { $0.diesAfterCreate = false }
        let next = try await Simulation.providing(provider, on: fleet.store.another(), epoch: 2)
        try await next.provide()
        #expect(provider.machines == ["eu-1-1": "node_eu-1-1"])
        #expect(next.phases == ["node_eu-1-1": .made])
        // The former token is worth nothing, and the machine has the new one.
        #expect(next.store.tokens["node_eu-1-1"] != former)
        #expect(next.store.tokens == provider.tokens)
        await next.close()
    }

    @Test func `a leader that dies before the status says so has nothing made twice`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        _ = try await fleet.provide()
        try fleet.ask(1)
        for job in try await fleet.providing?.look() ?? [] { try await fleet.providing?.perform(job) }
        #expect(fleet.phases == ["node_eu-1-1": .asked] && fleet.store.desired[nodeKey("eu-1-1")] != nil)
        await fleet.close()

        let next = try await Simulation.providing(provider, on: fleet.store.another(), epoch: 2)
        try await next.provide()
        #expect(next.phases == ["node_eu-1-1": .made])
        #expect(provider.calls.filter { $0.hasPrefix("create") } == ["create eu-1-1"])
        #expect(next.store.desired[nodeKey("eu-1-1")]?.generation == 1)
        await next.close()
    }

    @Test func `a leader that was taken over from declares nothing`() async throws {
        let provider = ScriptedProvider()
        let old = try await Simulation.providing(provider)
        _ = try await old.provide()
        try old.ask(1)
        let job = try #require(try await old.providing?.look().first)
        let new = try await Simulation.providing(provider, on: old.store.another(), epoch: 2)
        await #expect(throws: StoreError.fenced) { try await old.providing?.perform(job) }
        #expect(provider.machines.isEmpty && new.store.tokens.isEmpty)
        try await new.provide()
        #expect(provider.machines.count == 1 && new.phases == ["node_eu-1-1": .made])
        await old.close()
        await new.close()
    }

    @Test func `a leader that is taken over from in the middle of a call declares nothing`() async throws {
        let provider = ScriptedProvider()
        let old = try await Simulation.providing(provider)
        _ = try await old.provide()
        try old.ask(1)
        let other = old.store.another()
        provider.set { $0.meanwhile = { try other.raiseFences(to: Lease(holder: "other", epoch: 2, renewals: 0)) } }
        let job = try #require(try await old.providing?.look().first)
        await #expect(throws: StoreError.fenced) { try await old.providing?.perform(job) }
        #expect(old.store.desired[nodeKey("eu-1-1")] == nil)
        await old.close()
    }

    // MARK: What is given up

    @Test func `a node that is given up while it is made is taken away`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        try await fleet.provide()
        let store = fleet.store
        provider.set { state in
            state.meanwhile = {
                try decide(store) { $0.provided["node_eu-1-1"] = ProvidedNode(.unwanted, since: store.now) }
            }
        }
        try fleet.ask(1)
        try await fleet.provide()
        #expect(provider.machines.isEmpty)
        #expect(provider.calls.suffix(2) == ["create eu-1-1", "delete eu-1-1"])
        #expect(fleet.store.desired[nodeKey("eu-1-1")] == nil)
        #expect(fleet.phases.isEmpty && fleet.scaling?.intents == [:])
        await fleet.close()
    }

    @Test func `what is given up after many failures is taken away at once`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        try await fleet.provide()
        provider.set { $0.diesAfterCreate = true }
        try fleet.ask(1)
        for _ in 0..<100 {
            try await fleet.provide()
            try await fleet.advance(seconds: 5)
        }
        #expect(provider.machines.count == 1)
        try fleet.giveUp("node_eu-1-1")
        try await fleet.provide()
        #expect(provider.machines.isEmpty && fleet.phases.isEmpty)
        await fleet.close()
    }

    @Test func `a node that goes leaves nothing, also when it is taken away late`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        try fleet.ask(1)
        try await fleet.provide()
        provider.set { $0.faults["delete"] = "the hypervisor is away" }
        try fleet.giveUp("node_eu-1-1")
        try await fleet.provide()
        // Not declared any more, and still known: nothing leaks.
        #expect(fleet.store.desired[nodeKey("eu-1-1")] == nil && fleet.store.document(nodeKey("eu-1-1")) == nil)
        #expect(fleet.phases == ["node_eu-1-1": .unwanted] && provider.machines.count == 1)
        await fleet.close()

        let next = try await Simulation.providing(provider, on: fleet.store.another(), epoch: 2)
        try await next.provide()
        #expect(next.phases == ["node_eu-1-1": .unwanted])
        provider.set { $0.faults = [:] }
        try await next.advance(seconds: 10)
        try await next.provide()
        #expect(next.phases.isEmpty && provider.machines.isEmpty)
        #expect(next.reasons.contains("NodeUnmade"))
        #expect(next.store.desired.keys.sorted() == [poolKey("eu")])
        await next.close()
    }

    @Test func `a machine whose node somebody deletes is taken away`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        try fleet.ask(1)
        try await fleet.provide()
        try await fleet.delete(nodeKey("eu-1-1"))
        try await fleet.settle()
        try await fleet.provide()
        #expect(provider.machines.isEmpty && fleet.phases.isEmpty)
        await fleet.close()
    }

    @Test func `a node that somebody declares himself is his`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        try fleet.ask(1)
        try await fleet.provide()
        let mine = try #require(fleet.store.desired[nodeKey("eu-1-1")])
        var theirs = mine
        theirs.manager = "cli/ann"
        _ = try fleet.operatorStore.declare(
            [.replace(theirs, previous: mine)], expecting: fleet.operatorStore.revision)
        try fleet.giveUp("node_eu-1-1")
        try await fleet.provide()
        #expect(provider.machines.count == 1 && fleet.phases.isEmpty)
        #expect(fleet.store.desired[nodeKey("eu-1-1")]?.deletion == nil)
        await fleet.close()
    }

    @Test func `machines that nobody knows are found and taken away, and no others`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        try fleet.ask(1)
        try await fleet.provide()
        try await fleet.declare(node("kept", in: "eu"))
        provider.set { state in
            state.machines["eu-1-7"] = "node_eu-1-7"
            state.machines["us-1-1"] = "node_us-1-1"
            state.machines["kept"] = "node_kept"
        }
        let next = try await Simulation.providing(provider, on: fleet.store.another(), epoch: 2)
        try await next.provide()
        #expect(provider.machines == ["eu-1-1": "node_eu-1-1", "us-1-1": "node_us-1-1", "kept": "node_kept"])
        #expect(next.reasons.contains("NodeUnmade"))
        try await next.advance(seconds: 700)
        try await next.provide()
        #expect(next.store.allEvents.count { $0.message.contains("left alone: node_us-1-1") } == 1)
        await fleet.close()
        await next.close()
    }

    @Test func `a pool goes after its provider's nodes`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        try fleet.ask(2)
        try await fleet.provide()
        try fleet.decide { $0.provided["node_eu-1-3"] = ProvidedNode(.asked, since: fleet.store.now) }
        provider.set { $0.faults["delete"] = "not now" }
        try await fleet.delete(poolKey("eu"), nodeKey("eu-1-1"), nodeKey("eu-1-2"), cascade: true)
        try await fleet.settle()
        try await fleet.provide()
        #expect(fleet.store.desired.keys.sorted() == [poolKey("eu")])
        #expect(fleet.store.statuses[poolKey("eu")]?[.reconciling]?.message == "the provider takes its nodes away")
        provider.set { $0.faults = [:] }
        try await fleet.advance(seconds: 10)
        try await fleet.provide()
        #expect(provider.machines.isEmpty && fleet.store.desired.isEmpty && fleet.store.statuses.isEmpty)
        await fleet.close()
    }

    @Test func `a suspended pool's provider is left alone`() async throws {
        let provider = ScriptedProvider()
        let fleet = try await Simulation.providing(provider)
        _ = try await fleet.provide()
        try await fleet.override(poolKey("eu")) { $0.suspend = Suspension(reason: "moving", by: "ann") }
        try await fleet.settle()
        try fleet.ask(1)
        #expect(try await fleet.provide() == 0)
        try await fleet.override(poolKey("eu")) { $0.suspend = nil }
        try await fleet.settle()
        try await fleet.provide()
        #expect(provider.machines.count == 1)
        await fleet.close()
    }
}
