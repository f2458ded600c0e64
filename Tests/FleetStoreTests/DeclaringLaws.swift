import Fleet
import FleetStore
import Testing

/// What every store keeps about `declare`.
struct DeclaringLaws {
    @Test(arguments: Arm.allCases)
    func `a declaration takes the next revision and stands as it was written`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            var node = Desired.node("node_one", pool: "pool_one")
            node.declaration.labels = [Label("team", "render")]
            node.overrides.cordon = Override(by: "ops", reason: "disk", at: noon)
            node.released = [Release(path: "location.city", generation: 1)]
            node.set = "site"
            node.deletion = DeletionMark(by: "ops", at: noon, cascade: true)
            let revision = try await store.declare([.insert(.pool("pool_one")), .insert(node)], expecting: 0)
            #expect(revision == 1)
            (node.revision, node.firstRevision) = (1, 1)
            #expect(try await fixture.other.read([node.key]).desired[node.key] == node)
            #expect(try await store.declaringView(of: [], pools: []).revision == 1)
        }
    }

    @Test(arguments: Arm.allCases)
    func `a declaration against an older revision writes nothing`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            try await fixture.store.declare(.node("node_one"))
            let late = Desired.node("node_two")
            let error = await storeError { _ = try await fixture.other.declare([.insert(late)], expecting: 0) }
            #expect(error == .revisionMoved)
            let view = try await fixture.store.declaringView(of: [late.key], pools: [])
            #expect(view.desired.isEmpty)
            #expect(view.revision == 1)
        }
    }

    @Test(arguments: Arm.allCases)
    func `a saved plan is applied once, together with what it writes`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let use = PlanUse("plan-1", by: "cli/bob", at: noon, attempt: "a")
            #expect(try await store.use(ofPlan: "plan-1") == nil)
            let moved = await storeError {
                _ = try await store.declare([.insert(.node("node_one"))], expecting: 7, once: use)
            }
            #expect(moved == .revisionMoved)
            #expect(try await store.use(ofPlan: "plan-1") == nil)
            let revision = try await store.declare([.insert(.node("node_one"))], expecting: 0, once: use)
            #expect(revision == 1)
            #expect(try await fixture.other.use(ofPlan: "plan-1") == use)
            let again = await storeError {
                _ = try await fixture.other.declare([.insert(.node("node_two"))], expecting: 1, once: use)
            }
            #expect("\(String(describing: again))".contains("code: 11000"))
            #expect(try await store.declaringView(of: [ResourceKey(.node, "node_two")], pools: []).desired.isEmpty)
            #expect(try await store.declaringView(of: [], pools: []).revision == 1)
        }
    }

    @Test(arguments: Arm.allCases)
    func `one bad write of a declaration takes back the others`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let first = try #require(try await store.declare(.node("node_one")).first)
            let second = Desired.node("node_two")
            var stale = first
            stale.revision = 7
            let replaced = await storeError {
                _ = try await store.declare(
                    [.insert(second), .replace(first.changed(cores: 9), previous: stale)], expecting: 1)
            }
            #expect(replaced == .revisionMoved)
            let doubled = await storeError {
                _ = try await store.declare([.insert(second), .insert(.node("node_one"))], expecting: 1)
            }
            #expect(doubled != nil)
            let view = try await store.declaringView(of: [first.key, second.key], pools: [])
            #expect(view.desired == [first.key: first])
            #expect(view.revision == 1)
        }
    }

    @Test(arguments: Arm.allCases)
    func `what is replaced is kept when the generation moved, and the last twenty of it`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            var node = try #require(try await store.declare(.node("node_one")).first)
            var cordoned = node
            cordoned.overrides.cordon = Override(by: "ops", reason: "disk", at: noon)
            _ = try await store.declare([.replace(cordoned, previous: node)], expecting: 1)
            #expect(try await fixture.backdoor.generations(of: node.key).isEmpty)
            for revision in 2..<25 {
                node = try #require(try await store.read([node.key]).desired[node.key])
                _ = try await store.declare(
                    [.replace(node.changed(cores: Int64(revision)), previous: node)], expecting: Int64(revision))
            }
            #expect(try await fixture.backdoor.generations(of: node.key) == Array(4...23))
            #expect(try await store.read([node.key]).desired[node.key]?.firstRevision == 1)
        }
    }

    @Test(arguments: Arm.allCases)
    func `of two declarations against one revision exactly one wins`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            for round in 0..<10 {
                async let first = won(fixture.store, "node_a\(round)", expecting: Int64(round))
                async let second = won(fixture.other, "node_b\(round)", expecting: Int64(round))
                let winners = try await [first, second].count { $0 }
                #expect(winners == 1)
            }
            #expect(try await fixture.store.declaringView(of: [], pools: []).revision == 10)
        }
    }

    /// Snapshot isolation alone would let both of the last two through.
    @Test(arguments: Arm.allCases)
    func `two appliers never fill a pool above its capacity`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            try await fixture.store.declare(.pool("pool_one", max: 5))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (name, store) in [("a", fixture.store), ("b", fixture.other), ("c", fixture.store)] {
                    group.addTask {
                        for number in 0..<5 {
                            try await join(store, "node_\(name)\(number)x", "pool_one", max: 5)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let view = try await fixture.store.declaringView(of: [], pools: ["pool_one"])
            #expect(view.members["pool_one"]?.count == 5)
        }
    }

    /// Catch-up by `revision > n` sees every declaration that a transaction after n wrote, and each revision once.
    @Test(arguments: Arm.allCases)
    func `revisions are one order of all transactions`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let first = try await fixture.store.declare(.node("node_one"), .node("node_two"))
            let second = try await fixture.other.declare(.node("node_three"))
            #expect(first.map(\.revision) == [1, 1])
            #expect(second.map(\.revision) == [2])
            let again = try await fixture.store.declare(
                [.replace(first[0].changed(cores: 9), previous: first[0])], expecting: 2)
            #expect(again == 3)
            let rows = try await fixture.store.scan(.node, into: { [Int64]() }) { part, row in
                part.append(row.desired?.revision ?? 0)
            }
            #expect(rows.flatMap { $0 }.filter { $0 > 1 }.sorted() == [2, 3])
        }
    }
}

private func won(_ store: any WholeStore, _ id: String, expecting: Int64) async throws -> Bool {
    do {
        _ = try await store.declare([.insert(.node(id))], expecting: expecting)
        return true
    } catch .revisionMoved {
        return false
    }
}

/// Decides about capacity as an apply does, again for as long as somebody else was first.
private func join(_ store: any WholeStore, _ id: String, _ pool: String, max: Int) async throws {
    while true {
        let view = try await store.declaringView(of: [ResourceKey(.node, id)], pools: [pool])
        guard view.members[pool, default: []].count < max else { return }
        do {
            _ = try await store.declare([.insert(.node(id, pool: pool))], expecting: view.revision)
            return
        } catch .revisionMoved {
            continue
        }
    }
}
