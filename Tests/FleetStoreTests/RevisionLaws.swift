import Fleet
import FleetStore
import Testing

/// What every store keeps of what was declared before.
struct RevisionLaws {
    private let one = ResourceKey(.node, "node_one")
    private let two = ResourceKey(.node, "node_two")

    private func owned(_ id: String, by set: String = "site") -> Desired {
        var desired = Desired.node(id)
        desired.set = set
        return desired
    }

    private func remove(_ key: ResourceKey, from store: any WholeStore, under fence: Fence) async throws -> Desired {
        let desired = try #require(try await store.read([key]).desired[key])
        var change = ResourceChange(key)
        change.removesDesiredAt = desired.revision
        #expect(try await store.commit([change], under: fence) == .committed)
        return desired
    }

    @Test(arguments: Arm.allCases)
    func `former generations come oldest first, over all lives`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let fence = try await store.lead()
            let start = try await store.serverTime()
            let first = try #require(try await store.declare(.node("node_one"), .node("node_two")).first)
            var second = first.changed(cores: 9)
            second.updatedAt = Timestamp(milliseconds: noon.milliseconds + 5)
            _ = try await store.declare([.replace(second, previous: first)], expecting: 1)
            let last = try await remove(one, from: store, under: fence)
            #expect(last.generation == 2)
            let again = try #require(try await store.declare(.node("node_one", cores: 16)).first)
            _ = try await store.declare([.replace(again.changed(cores: 17), previous: again)], expecting: 4)

            let revisions = try await fixture.other.revisions(of: [one, two, one])
            #expect(Set(revisions.keys) == [one], "of the other one nothing is kept")
            let kept = try #require(revisions[one])
            #expect(kept.map(\.desired) == [first, last, again])
            #expect(kept.map(\.removedRevision) == [nil, 3, nil])
            #expect(kept.map(\.replacedRevision) == [2, nil, 5])
            #expect(kept.first?.replacedAt == second.updatedAt)
            #expect(try #require(kept.dropFirst().first).replacedAt >= start)
            #expect(try await store.revisions(of: []) == [:])
        }
    }

    @Test(arguments: Arm.allCases)
    func `what a set lost is told from a revision on, unless it is declared again`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let fence = try await store.lead()
            try await store.declare(owned("node_one"), owned("node_two"), owned("node_six", by: "elsewhere"))
            let stays = try #require(try await store.declare(owned("node_stays")).first)
            for key in [two, one, ResourceKey(.node, "node_six")] {
                _ = try await remove(key, from: store, under: fence)
            }
            // Replaced is not removed.
            _ = try await store.declare([.replace(stays.changed(cores: 9), previous: stays)], expecting: 5)
            #expect(try await store.removed(fromSet: "site", since: 0) == [one, two])
            #expect(try await store.removed(fromSet: "site", since: 2) == [one, two])
            #expect(try await store.removed(fromSet: "site", since: 3) == [one])
            #expect(try await store.removed(fromSet: "site", since: 4) == [])
            try await store.declare(.node("node_one"))
            #expect(try await fixture.other.removed(fromSet: "site", since: 0) == [two])
        }
    }
}
