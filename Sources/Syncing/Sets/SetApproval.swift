package import Fleet
import FleetStore
import Planning

/// Tells in a set's status what an approval did.
package struct SetApproval: Sendable {
    private let store: any Store

    package init(_ store: any Store) { self.store = store }

    /// Whoever syncs the set finds the same by itself; until then readers are to see it.
    package func tell(
        _ plan: DeletionPlan, of blocked: PruneBlock, in name: String, by person: String
    ) async throws(StoreError) {
        while let former = try await store.set(name) {
            let next = SetProgress.next(
                former, approved: blocked, plan, by: person, now: try await store.serverTime()
            ).bounded
            guard next != former, try await store.write(next) == nil else { return }
        }
    }
}
