import BSON
import Fleet
import FleetStore
import MongoDB
import Testing

/// What goes with a node that is removed.
struct RemovedNodeTests {
    private let one = ResourceKey(.node, "node_one")

    private func facts(_ id: String) -> AgentFacts {
        AgentFacts(nodeID: id, intervalSeconds: 60, hardware: FoundHardware(cores: 8))
    }

    /// As the planner removes a node that stands as document 1.
    private func removal(_ desired: Desired, leavesDocument: Bool = false) -> ResourceChange {
        var change = ResourceChange(desired.key)
        change.removesDesiredAt = desired.revision
        change.status = .remove
        guard !leavesDocument else { return change }
        change.document = .delete(id: DocumentID(high: 0x6000_0000_0000_0000, low: 1), guards: [])
        change.tombstone = Tombstone(key: desired.key, firstRevision: desired.firstRevision, name: "one", at: noon)
        return change
    }

    @Test(arguments: Arm.allCases)
    func `what its agent told goes with a node, and stays when its document does`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let fence = try await store.lead()
            try await fixture.backdoor.learn([facts("node_one"), facts("node_two")])
            try await store.settle([.node("node_one")], under: fence)
            var desired = try #require(try await store.read([one]).desired[one])
            #expect(try await store.commit([removal(desired, leavesDocument: true)], under: fence) == .committed)
            #expect(try await store.agentFacts(since: nil).facts.count == 2)
            try await fixture.backdoor.delete(one)
            try await store.settle([.node("node_one")], under: fence)
            desired = try #require(try await store.read([one]).desired[one])
            #expect(try await store.commit([removal(desired)], under: fence) == .committed)
            #expect(try await store.agentFacts(since: nil).facts == [facts("node_two")])
        }
    }

    @Test func `its tokens are revoked at that time, and nobody else's`() async throws {
        try await MongoDatabases.withDatabase { database in
            let store = database.store
            let fence = try await store.lead()
            let digests = (1...3).map { [UInt8](repeating: $0, count: 32) }
            for (digest, node) in zip(digests, ["node_one", "node_one", "node_two"]) {
                _ = try await store.createToken(digest: digest, for: node, by: "ann")
            }
            #expect(try await store.revokeTokens([digests[0]]) == 1)
            let revoked = try #require(try await store.tokens([digests[0]]).first?.revokedAt)
            try await store.settle([.node("node_one")], under: fence)
            let desired = try #require(try await store.read([one]).desired[one])
            let start = try await store.serverTime()
            #expect(try await store.commit([removal(desired)], under: fence) == .committed)
            #expect(try await store.tokens([digests[0]]).first?.revokedAt == revoked)
            #expect(try #require(try await store.tokens([digests[1]]).first?.revokedAt) >= start)
            #expect(try await store.tokens([digests[2]]).first?.revokedAt == nil)
            #expect(Set(try await store.tokensRevoked(since: start).map(\.digest)).contains(digests[1]))
        }
    }

    @Test func `what is kept of its declaration, of every generation, has an end`() async throws {
        try await MongoDatabases.withDatabase { database in
            let store = database.store
            let fence = try await store.lead()
            try await store.settle([.node("node_one"), .node("node_two")], under: fence)
            for key in [one, ResourceKey(.node, "node_two")] {
                let first = try #require(try await store.read([key]).desired[key])
                let revision = try await store.declaringView(of: [], pools: []).revision
                _ = try await store.declare([.replace(first.changed(cores: 9), previous: first)], expecting: revision)
            }
            let desired = try #require(try await store.read([one]).desired[one])
            #expect(try await store.commit([removal(desired)], under: fence) == .committed)
            let namespace = Namespace(database.name, "desired_revisions")
            let kept = try await database.client.run { connection in
                var kept: [String: [Bool]] = [:]
                try connection.find(namespace, filter: [:]) { document in
                    kept[document["resource"]?.stringValue ?? "", default: []].append(document["removed_at"] != nil)
                }
                return kept
            }
            #expect(kept == ["Node/node_one": [true, true], "Node/node_two": [false]])
        }
    }
}
