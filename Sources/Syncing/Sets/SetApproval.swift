package import Fleet
import FleetStore
import Planning

/// Tells in a set's status what an approval did.
package struct SetApproval: Sendable {
    private let store: any Store

    package init(_ store: any Store) { self.store = store }

    /// Puts on record that deletions of the snapshot are about to be written.
    ///
    /// - Returns: false when the set is no longer as it was when they were looked at.
    package func begin(_ status: SetStatus, at revision: Int64, by person: String) async throws(StoreError) -> Bool {
        guard let snapshot = status.attempted else { return false }
        let next = SetProgress.begun(
            status, snapshot, at: revision, by: person, now: try await store.serverTime()
        ).bounded
        return next == status ? try await store.set(status.name) == status : try await store.write(next) != nil
    }

    /// Whoever syncs the set finds the same by itself; until then readers are to see it, and afterwards who released what.
    package func tell(
        _ plan: DeletionPlan, of blocked: PruneBlock, in name: String, by person: String
    ) async throws(StoreError) {
        let released = plan.results.filter { $0.outcome == .deleted }.map(\.key)
        let approval = released.isEmpty ? nil : SetEvents.Approval(by: person, released)
        while let former = try await store.set(name) {
            let now = try await store.serverTime()
            let next = SetProgress.next(former, approved: blocked, plan, by: person, now: now).bounded
            guard next != former || approval != nil else { return }
            let events = SetEvents.between(former, next, approval: approval, at: now)
            guard try await store.write(next, telling: events) == nil else { return }
        }
    }
}
