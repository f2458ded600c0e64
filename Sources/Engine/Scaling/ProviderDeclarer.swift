import Fleet
import FleetStore
import Planning

/// Declares what a provider made, and takes such declarations back: as an apply would, under the counter of `desired`, and
/// under the leader's fence.
struct ProviderDeclarer: Sendable {
    let store: any ProviderStore
    let fence: Fence

    /// How often it is tried when others declare at the same time.
    private static let attempts = 10

    /// Declares the node unless it is declared already.
    ///
    /// - Returns: false when it was given up meanwhile.
    func declare(
        _ nodeID: String, _ spec: Spec, in poolID: String, labels: [Label], now: Timestamp
    ) async throws -> Bool {
        let key = ResourceKey(.node, nodeID)
        let name = String(nodeID.dropFirst(Kind.node.idPrefix.count))
        let declaration = Declaration(key: key, name: name, labels: labels, spec: spec)
        let scope = DeclarationScope([declaration])
        return try await repeatedly {
            let view = try await store.declaringView(of: scope.keys, pools: scope.pools)
            let pool = try await store.readSettled([ResourceKey(.nodePool, poolID)])
            let status = pool.status[ResourceKey(.nodePool, poolID)]
            guard status?.scaling?.provided[nodeID]?.phase == .asked else { return false }
            if let standing = view.desired[key] {
                guard standing.manager == Desired.providerManager(of: poolID) else {
                    throw ProviderFailure("\(key) was declared by \(standing.manager)")
                }
                return true
            }
            let request = DeclarationRequest([declaration], manager: Desired.providerManager(of: poolID))
            let plan = DeclarationPlanner.plan(request, in: view, now: now)
            if let error = plan.diagnostics.first(where: { $0.severity == .error }) {
                throw ProviderFailure("what it made can't be declared: \(error.message)")
            }
            _ = try await store.declare(plan.writes, expecting: plan.revision, under: fence)
            return true
        }
    }

    /// Marks the node for deletion, if it still is the scaler's.
    func retract(_ nodeID: String, of poolID: String, now: Timestamp) async throws {
        let key = ResourceKey(.node, nodeID)
        try await repeatedly {
            let view = try await store.declaringView(of: [key], pools: [])
            guard let standing = view.desired[key], standing.manager == Desired.providerManager(of: poolID),
                standing.deletion == nil
            else { return }
            var next = standing
            next.deletion = DeletionMark(by: Desired.providerManager(of: poolID), at: now)
            next.updatedAt = now
            _ = try await store.declare(
                [.replace(next, previous: standing)], expecting: view.revision, under: fence)
        }
    }

    /// Reads and decides again when somebody else has declared something meanwhile.
    private func repeatedly<Result>(_ body: () async throws -> Result) async throws -> Result {
        for _ in 1..<Self.attempts {
            do {
                return try await body()
            } catch let error as StoreError {
                guard error == .revisionMoved else { throw error }
            }
        }
        return try await body()
    }
}
