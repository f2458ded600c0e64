import BSON
import Fleet
import FleetStore
import Testing

/// What every store keeps about declarations of the leader.
struct ProviderLaws {
    @Test(arguments: Arm.allCases)
    func `a leader's declaration is one, under its fence`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let fence = Fence(epoch: 1, lanes: [3])
            try await fixture.store.raiseFences(to: Lease(holder: "one", epoch: 1, renewals: 0))
            let node = Desired.node("node_one", pool: "pool_one")
            let revision = try await fixture.store.declare([.insert(node)], expecting: 0, under: fence)
            #expect(revision == 1)
            let settled = try await fixture.store.readSettled([node.key, ResourceKey(.node, "node_two")])
            #expect(settled.desired[node.key]?.revision == 1 && settled.desired.count == 1)
            let late = await storeError {
                _ = try await fixture.store.declare([.insert(.node("node_two"))], expecting: 0, under: fence)
            }
            #expect(late == .revisionMoved)
        }
    }

    @Test(arguments: Arm.allCases)
    func `whoever was taken over from declares nothing, and gives no token`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            try await fixture.store.raiseFences(to: Lease(holder: "one", epoch: 1, renewals: 0))
            try await fixture.store.raiseFences(to: Lease(holder: "two", epoch: 2, renewals: 0))
            let fence = Fence(epoch: 1, lanes: [3])
            let declaring = await storeError {
                _ = try await fixture.store.declare([.insert(.node("node_one"))], expecting: 0, under: fence)
            }
            #expect(declaring == .fenced)
            let giving = await storeError {
                try await fixture.store.replaceTokens(
                    of: "node_one", with: [UInt8](repeating: 1, count: 32), by: "scaler/pool_one", under: fence)
            }
            #expect(giving == .fenced)
            let view = try await fixture.store.declaringView(of: [ResourceKey(.node, "node_one")], pools: [])
            #expect(view.desired.isEmpty && view.revision == 0)
        }
    }

    @Test func `a node's new token is its only one`() async throws {
        try await MongoDatabases.withDatabase { database in
            let store = database.store
            try await store.raiseFences(to: Lease(holder: "one", epoch: 1, renewals: 0))
            let fence = Fence(epoch: 1, lanes: [3])
            let (first, second) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
            let other = try await store.createToken(
                digest: [UInt8](repeating: 3, count: 32), for: "node_two", by: "ann")
            try await store.replaceTokens(of: "node_one", with: first, by: "scaler/pool_one", under: fence)
            try await store.replaceTokens(of: "node_one", with: second, by: "scaler/pool_one", under: fence)
            let tokens = try await database.other.tokens(of: "node_one")
            #expect(Set(tokens.filter { $0.revokedAt == nil }.map(\.digest)) == [second])
            #expect(Set(tokens.filter { $0.revokedAt != nil }.map(\.digest)) == [first])
            #expect(tokens.allSatisfy { $0.createdBy == "scaler/pool_one" })
            #expect(try await database.other.tokens(of: "node_two") == [other])
        }
    }
}
