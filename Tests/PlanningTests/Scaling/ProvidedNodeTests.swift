import Fleet
import Testing

@testable import Planning

/// What a pool's status says of the nodes that its provider makes, as decisions change it.
struct ProvidedNodeTests {
    private static let noon = Timestamp(milliseconds: 1_767_268_800_000)

    /// A pool that is scaled, of which a test says who is in it.
    private struct Pool {
        var desired: Desired
        var scaling = PoolScaling()
        var members: [ScalingMember] = []
        var now = ProvidedNodeTests.noon
        var health: PoolHealth?

        init(_ leaves: [String: FieldValue] = [:], hasProvider: Bool = true) {
            var spec = Spec(.nodePool)
            var all: [String: FieldValue] = [
                "auto_scaling": .bool(true), "max_nodes": .int(10), "scaling_policy.min_nodes": .int(2),
            ]
            if hasProvider { all["provider.exec.command"] = .list([.string("make")]) }
            for (path, value) in all.merging(leaves, uniquingKeysWith: { _, given in given }) {
                if let leaf = FieldTable.nodePool.leaf(path) { spec[leaf.index] = value }
            }
            desired = Desired(
                Declaration(key: ResourceKey(.nodePool, "pool_eu"), name: "eu", spec: spec), revision: 1,
                firstRevision: 1, manager: "test", createdAt: noon, updatedAt: noon)
        }

        mutating func step() throws -> ScalingDecision {
            var view = FleetView()
            view.desired[desired.key] = desired
            var status = ResourceStatus(desired.key, observedGeneration: 1, firstRevision: 1)
            status.scaling = scaling
            status.health = health
            let scaler = try #require(
                PoolScaler(desired, ResolvedPolicy(of: desired, in: view), status: status))
            let window = UsageWindow(minutes: 60, metrics: [.cpu], sampleInterval: 60, forecasts: false)
            let (next, decision) = scaler.step(
                ScalingSituation(members: members, window: window, sampleInterval: 60), now: now)
            scaling = next
            return decision
        }

        /// The provider made it, and it was declared.
        mutating func make(_ id: String, _ state: NodeState, alive: Bool = true, by manager: String? = nil) {
            scaling.provided[id] = ProvidedNode(.made, since: now)
            members.removeAll { $0.id == id }
            members.append(member(id, state, alive: alive, by: manager ?? "scaler/pool_eu"))
        }

        func member(_ id: String, _ state: NodeState, alive: Bool, by manager: String) -> ScalingMember {
            var spec = Spec(.node)
            spec[NodeLeaf.poolID] = .string("pool_eu")
            let key = ResourceKey(.node, id)
            let desired = Desired(
                Declaration(key: key, name: id, spec: spec), revision: 1, firstRevision: 1, manager: manager,
                createdAt: noon, updatedAt: noon)
            var observed = Observed(key, documentID: DocumentID(high: 1, low: 1), leaves: spec)
            observed.lastHeartbeat = alive ? now : nil
            var status = ResourceStatus(key, observedGeneration: 1, firstRevision: 1)
            status.state = state
            guard
                let member = ScalingMember("pool_eu", desired: desired, observed: observed, status: status)
            else { preconditionFailure("\(id) is in the pool") }
            return member
        }

        var phases: [String: ProvidedNode.Phase] { scaling.provided.mapValues(\.phase) }

        mutating func wait(minutes: Int64) { now = now.advanced(seconds: minutes * 60) }
    }

    @Test func `a pool below its minimum asks its provider, once`() throws {
        var pool = Pool()
        let decision = try pool.step()
        #expect(decision.making == 2)
        #expect(pool.phases == ["node_eu-1-1": .asked, "node_eu-1-2": .asked])
        #expect(pool.scaling.intents["node_eu-1-1"] == ScalingIntent(isWanted: true, at: Self.noon))
        pool.wait(minutes: 1)
        _ = try pool.step()
        #expect(pool.scaling.asked == 2 && pool.scaling.provided.count == 2)
    }

    @Test func `without a provider nobody is asked`() throws {
        var pool = Pool(hasProvider: false)
        _ = try pool.step()
        #expect(pool.phases.isEmpty)
    }

    @Test func `no more is asked for than the pool may hold`() throws {
        var pool = Pool(["max_nodes": .int(3), "scaling_policy.min_nodes": .int(3)])
        pool.members = [pool.member("node_a", .maintenance, alive: false, by: "test")]
        pool.members.append(pool.member("node_b", .maintenance, alive: false, by: "test"))
        _ = try pool.step()
        #expect(pool.phases.count <= 1)
    }

    @Test func `what doesn't come in 15 minutes is given up, and nothing else`() throws {
        var pool = Pool()
        _ = try pool.step()
        pool.make("node_eu-1-1", .active)
        pool.wait(minutes: 14)
        _ = try pool.step()
        #expect(pool.phases == ["node_eu-1-1": .made, "node_eu-1-2": .asked])
        pool.wait(minutes: 1)
        let decision = try pool.step()
        #expect(decision.takenBack == ["node_eu-1-2"])
        #expect(pool.phases == ["node_eu-1-1": .made, "node_eu-1-2": .unwanted])
        // Nobody asks again at once.
        #expect(pool.scaling.asked == 2)
        pool.wait(minutes: 6)
        _ = try pool.step()
        #expect(pool.phases["node_eu-1-3"] == .asked)
    }

    @Test func `nodes ahead are asked for, and kept out of use`() throws {
        var pool = Pool(["scaling_policy.standby_nodes": .int(2)])
        _ = try pool.step()
        #expect(pool.scaling.asked == 4)
        #expect(pool.scaling.intents.values.filter { !$0.isWanted }.count == 2)
        pool.wait(minutes: 1)
        _ = try pool.step()
        #expect(pool.scaling.asked == 4)
    }

    @Test func `a node out of use goes when it is drained, unless it is kept ready`() throws {
        var pool = Pool(["scaling_policy.standby_nodes": .int(1)])
        for number in 1...4 { pool.make("node_eu-1-\(number)", number < 3 ? .active : .maintenance) }
        pool.scaling.asked = 4
        for number in 3...4 {
            pool.scaling.intents["node_eu-1-\(number)"] = ScalingIntent(isWanted: false, at: Self.noon)
        }
        _ = try pool.step()
        #expect(pool.phases.values.allSatisfy { $0 == .made })
        for number in 3...4 { pool.make("node_eu-1-\(number)", .inactive) }
        _ = try pool.step()
        #expect(pool.phases.filter { $0.value == .unwanted }.count == 1)
        #expect(pool.scaling.asked == 4)
    }

    @Test func `nodes of others are never taken away`() throws {
        var pool = Pool()
        for number in 1...2 { pool.make("node_eu-1-\(number)", .active) }
        pool.make("node_eu-1-3", .inactive, by: "cli/ann")
        pool.members.append(pool.member("node_own", .inactive, alive: true, by: "cli/ann"))
        for id in ["node_eu-1-3", "node_own"] {
            pool.scaling.intents[id] = ScalingIntent(isWanted: false, at: Self.noon)
        }
        _ = try pool.step()
        #expect(pool.phases == ["node_eu-1-1": .made, "node_eu-1-2": .made, "node_eu-1-3": .made])
    }

    @Test func `one that was made ahead and never reports is replaced`() throws {
        var pool = Pool(["scaling_policy.standby_nodes": .int(1)])
        for number in 1...2 { pool.make("node_eu-1-\(number)", .active) }
        pool.make("node_eu-1-3", .inactive, alive: false)
        pool.scaling.asked = 3
        pool.scaling.intents["node_eu-1-3"] = ScalingIntent(isWanted: false, at: Self.noon)
        _ = try pool.step()
        #expect(pool.phases["node_eu-1-3"] == .made && pool.scaling.asked == 3)
        pool.wait(minutes: 16)
        _ = try pool.step()
        #expect(pool.phases["node_eu-1-3"] == .unwanted && pool.phases["node_eu-1-4"] == .asked)
    }

    @Test func `while the breaker is open nothing is taken away`() throws {
        var pool = Pool()
        for number in 1...6 { pool.make("node_eu-1-\(number)", number < 3 ? .active : .error) }
        pool.make("node_eu-1-7", .inactive)
        pool.scaling.intents["node_eu-1-7"] = ScalingIntent(isWanted: false, at: Self.noon)
        var health = PoolHealth()
        health.openSince = Self.noon
        pool.health = health
        _ = try pool.step()
        #expect(pool.phases["node_eu-1-7"] == .made)
    }

    @Test func `a pool without room asks for no more, and comes to rest`() throws {
        var pool = Pool(["max_nodes": .int(4), "scaling_policy.min_nodes": .int(4)])
        pool.members = (1...3).map { pool.member("node_off\($0)", .inactive, alive: false, by: "test") }
        _ = try pool.step()
        #expect(pool.scaling.provided.count == 1, "one place is left")
        let decision = try pool.step()
        #expect(decision.desired == 1 && decision.conditions.scalingLimited.reason == .tooManyNodes)
        let before = pool.scaling
        pool.wait(minutes: 1)
        _ = try pool.step()
        #expect(pool.scaling == before)
    }

    @Test func `a node that is declared and has no document yet is on its way`() throws {
        var pool = Pool()
        _ = try pool.step()
        let asked = pool.scaling.provided.keys.sorted()
        #expect(asked.count == 2)
        for id in asked { pool.scaling.provided[id] = ProvidedNode(.made, since: pool.now) }
        let decision = try pool.step()
        #expect(decision.current == 2 && decision.making == 0)
        #expect(pool.scaling.provided.count == 2)
    }

    @Test func `a pool that is switched off asks for no nodes ahead`() throws {
        var pool = Pool(["scaling_policy.standby_nodes": .int(2), "scaling_policy.mode": .string("off")])
        _ = try pool.step()
        #expect(pool.scaling.intents.values.allSatisfy { $0.isWanted })
    }

    @Test func `no two pools, nor two lives of one, share the ids of nodes`() throws {
        func pool(_ name: String, _ revision: Int64) -> Desired {
            var desired = Pool().desired
            desired.declaration.key = ResourceKey(.nodePool, "pool_" + name)
            desired.firstRevision = revision
            return desired
        }
        #expect(pool("eu", 4).mayHaveMade("node_eu-4-1") && pool("eu", 4).mayHaveMade("node_eu-3-12"))
        for other in ["node_eu-5-1", "node_eu-1", "node_eu-4-01", "node_eu-4-0", "node_eu-4-1-1", "node_us-4-1", "i-1"]
        {
            #expect(!pool("eu", 4).mayHaveMade(other))
        }
        #expect(!pool("eu-4", 4).mayHaveMade("node_eu-4-1"))
        var ids: Set<String> = []
        let lives: [(String, Int64)] = [("a", 9), ("b", 9), ("a", 10)]
        for (name, revision) in lives {
            var long = Pool()
            long.desired = pool(String(repeating: "x", count: 58) + name, revision)
            _ = try long.step()
            #expect(long.phases.keys.allSatisfy { $0.count <= 64 && long.desired.mayHaveMade($0) })
            ids.formUnion(long.phases.keys)
        }
        #expect(ids.count == 6)
    }
}
