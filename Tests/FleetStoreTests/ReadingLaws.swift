import Fleet
import FleetStore
import Testing

/// What every store keeps about reads.
struct ReadingLaws {
    @Test(arguments: Arm.allCases)
    func `a read brings what deciding takes`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let fence = try await store.lead()
            let policy = Desired.policy("policy_one")
            try await store.settle(
                [.pool("pool_one", policy: "policy_one"), .pool("pool_two"), .node("node_one", pool: "pool_one")],
                under: fence)
            try await store.declare(policy)
            let (one, node) = (ResourceKey(.nodePool, "pool_one"), ResourceKey(.node, "node_one"))
            try await fixture.backdoor.edit(node, "pool_id", .string("pool_two"))
            try await fixture.backdoor.insert(
                ResourceKey(.node, "node_other"),
                [PathValue("pool_id", .string("pool_one")), PathValue("status", .string("error"))])

            let nodes = try await store.read([node])
            // The policy, too: it says how long the node drains.
            #expect(Set(nodes.desired.keys) == [node, one, ResourceKey(.nodePool, "pool_two"), policy.key])
            #expect(nodes.observed[node]?.poolID == "pool_two")
            let pools = try await store.read([one])
            #expect(pools.desired[policy.key] != nil)
            var counts = NodeCounts()
            (counts.total, counts.error, counts.undeclared, counts.declared) = (1, 1, 1, 1)
            #expect(pools.tallies == ["pool_one": counts])
            let policies = try await store.read([policy.key])
            #expect(policies.referrers == ["policy_one": [one]])
            #expect(try await store.read([ResourceKey(.node, "node_none")]).desired.isEmpty)
        }
    }

    @Test(arguments: Arm.allCases)
    func `a scan brings each resource once, in order, with all that stands of it`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let fence = try await store.lead()
            try await store.settle([.node("node_b00"), .node("node_d00")], under: fence)
            try await store.declare(.node("node_c00"), .pool("pool_one"))
            try await fixture.backdoor.insert(ResourceKey(.node, "node_a00"), [])
            var orphan = ResourceChange(ResourceKey(.node, "node_e00"))
            orphan.status = .insert(ResourceStatus(orphan.key, observedGeneration: 1, firstRevision: 1))
            #expect(try await store.commit([orphan], under: fence) == .committed)
            let parts = try await store.scan(.node, into: { [String]() }) { part, row in
                let marks = [row.desired != nil, row.observed != nil, row.status != nil].map { $0 ? "x" : "-" }
                part.append("\(row.key.id) \(marks.joined())")
            }
            #expect(
                parts.flatMap { $0 }.sorted() == [
                    "node_a00 -x-", "node_b00 xxx", "node_c00 x--", "node_d00 xxx", "node_e00 --x",
                ])
            for part in parts { #expect(part == part.sorted()) }
        }
    }

    @Test(arguments: Arm.allCases)
    func `documents are read as they are, however odd`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let node = ResourceKey(.node, "node_odd")
            try await fixture.backdoor.insert(
                node,
                [
                    PathValue("name", .int(5)), PathValue("status", .string("dancing")),
                    PathValue("hardware_info.cpu", .null), PathValue("hardware_info.memory.total_bytes", .double(2e9)),
                    PathValue("location", .list([.int(1)])), PathValue("last_heartbeat", .string("now")),
                    PathValue("node_type", .null), PathValue("theirs", .record([.init("a", .int(1))])),
                ])
            let observed = try #require(try await fixture.store.read([node]).observed[node])
            #expect(observed.name == .int(5))
            #expect(observed.status == .string("dancing"))
            #expect(observed.state == nil)
            #expect(observed.lastHeartbeat == nil)
            #expect(observed.createdAt == nil)
            #expect(observed.leaves[NodeLeaf.type] == .null)
            #expect(observed.leaves[NodeLeaf.memory] == .int(2_000_000_000))
            #expect(observed.leaves.leaves.count == 2)
            #expect(
                Set(observed.obstacles) == [
                    Obstacle(path: "hardware_info.cpu", value: .null),
                    Obstacle(path: "location", value: .list([.int(1)])),
                ])
        }
    }

    @Test(arguments: Arm.allCases)
    func `a view for declaring holds members, strangers and who names whom`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let fence = try await store.lead()
            try await store.settle(
                [.pool("pool_one", policy: "policy_one"), .node("node_b00", pool: "pool_one")], under: fence)
            try await store.declare(.policy("policy_one"), .node("node_a00", pool: "pool_one"), .node("node_c00"))
            let stranger = ResourceKey(.node, "node_other")
            try await fixture.backdoor.insert(
                stranger, [PathValue("pool_id", .string("pool_one")), PathValue("name", .string("other"))])
            let (pool, policy) = (ResourceKey(.nodePool, "pool_one"), ResourceKey(.scalingPolicy, "policy_one"))
            let (a, c) = (ResourceKey(.node, "node_a00"), ResourceKey(.node, "node_c00"))
            let view = try await store.declaringView(of: [a, c, stranger, policy], pools: ["pool_one"])
            #expect(view.revision == 2)
            #expect(Set(view.desired.keys) == [a, c, pool, policy])
            #expect(view.members["pool_one"]?.map(\.id) == ["node_a00", "node_b00"])
            #expect(view.undeclared["pool_one"] == [.init(id: "node_other", name: "other")])
            #expect(view.observedPools["pool_one"]?.key == pool)
            #expect(view.documents == [stranger])
            #expect(view.referrers == ["policy_one": [pool]])
            #expect(try await store.nodes(inPool: "pool_one").map(\.id) == ["node_a00", "node_b00", "node_other"])
            #expect(try await store.pools(naming: "policy_one") == [pool])
            #expect(try await store.pools(naming: "policy_two").isEmpty)
        }
    }

    @Test(arguments: Arm.allCases)
    func `a view for a set holds all that it owns, and which of its nodes are active`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let fence = try await store.lead()
            func owned(_ desired: Desired, by set: String) -> Desired {
                var desired = desired
                desired.set = set
                return desired
            }
            try await store.settle([owned(.pool("pool_one", policy: "policy_one"), by: "site")], under: fence)
            var going = owned(.node("node_c00", pool: "pool_one"), by: "site")
            going.deletion = DeletionMark(by: "sync/site", at: noon)
            try await store.declare(
                owned(.policy("policy_one"), by: "site"), owned(.node("node_a00", pool: "pool_one"), by: "site"),
                owned(.node("node_b00"), by: "other"), going, .node("node_d00", pool: "pool_one"))
            for (id, state) in [("node_a00", "active"), ("node_b00", "active"), ("node_c00", "maintenance")] {
                try await fixture.backdoor.insert(
                    ResourceKey(.node, id), [PathValue("status", .string(state)), PathValue("name", .string(id))])
            }
            let (pool, policy) = (ResourceKey(.nodePool, "pool_one"), ResourceKey(.scalingPolicy, "policy_one"))
            let (a, c) = (ResourceKey(.node, "node_a00"), ResourceKey(.node, "node_c00"))
            let view = try await store.declaringView(of: [a], pools: [], set: "site")
            #expect(Set(view.desired.keys) == [a, c, pool, policy])
            #expect(view.desired[c]?.deletion != nil)
            #expect(view.members["pool_one"]?.map(\.id) == ["node_a00", "node_c00", "node_d00"])
            #expect(view.observedPools["pool_one"]?.key == pool)
            #expect(view.documents == [a], "of the keys that were asked for only")
            #expect(view.activeNodes == ["node_a00"])
            #expect(view.referrers == ["policy_one": [pool]])
            let nothing = try await store.declaringView(of: [], pools: [], set: "unknown")
            #expect(nothing.desired.isEmpty && nothing.activeNodes.isEmpty)
            #expect(try await store.declaringView(of: [a], pools: []).activeNodes.isEmpty)
        }
    }

    @Test(arguments: Arm.allCases)
    func `heartbeats are found by a half-open range`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let keys = (0..<4).map { ResourceKey(.node, "node_\($0)xx") }
            for (index, key) in keys.enumerated() {
                try await fixture.backdoor.insert(key, [PathValue("name", .string(key.id))])
                if index > 0 { try await fixture.backdoor.beat(key.id, at: noon.advanced(seconds: Int64(index))) }
            }
            let range = (noon.advanced(seconds: 1), noon.advanced(seconds: 3))
            #expect(try await store.heartbeats(from: range.0, until: range.1).map(\.nodeID) == keys[1...2].map(\.id))
            #expect(try await store.nodes(keys, beatingSince: range.1) == [keys[3]])
            #expect(try await store.nodes([keys[0], keys[1]], beatingSince: noon) == [keys[1]])
            #expect(try await store.nodes([], beatingSince: noon).isEmpty)
        }
    }

    @Test(arguments: Arm.allCases)
    func `events come newest last, the newest so many`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let fence = try await store.lead()
            let keys = [ResourceKey(.node, "node_one"), ResourceKey(.nodePool, "pool_one")]
            let changes = keys.map { key in
                var change = ResourceChange(key)
                change.events = (1...4).map { number in
                    Event(
                        key: key, firstRevision: 1, number: number, severity: number == 2 ? .warning : .normal,
                        reason: "Seen", message: "\(number)",
                        at: noon.advanced(seconds: number * 2 + (key.kind == .node ? 0 : 1)))
                }
                return change
            }
            #expect(try await store.commit(changes, under: fence) == .committed)
            func numbers(_ query: EventQuery) async throws -> [String] {
                try await store.events(query).map { "\($0.key?.kind == .node ? "n" : "p")\($0.number)" }
            }
            #expect(try await numbers(EventQuery()) == ["n1", "p1", "n2", "p2", "n3", "p3", "n4", "p4"])
            #expect(try await numbers(EventQuery(limit: 3)) == ["p3", "n4", "p4"])
            #expect(try await numbers(EventQuery(keys: [keys[0]], limit: 2)) == ["n3", "n4"])
            #expect(try await numbers(EventQuery(keys: keys, severity: .warning)) == ["n2", "p2"])
            #expect(try await numbers(EventQuery(since: noon.advanced(seconds: 8))) == ["n4", "p4"])
            #expect(try await numbers(EventQuery(keys: [])) == [])
        }
    }
}
