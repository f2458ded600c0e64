package import Fleet
package import FleetStore
import Synchronization

/// What stands in the database, for assertions.
extension InMemoryStore {
    package func document(_ key: ResourceKey) -> MemoryDocument? { look { $0.document(key) } }

    /// All documents of a kind, by `_id`.
    package func documents(_ kind: Kind) -> [MemoryDocument] {
        look { ($0.collection(kind)?.documents ?? []).sorted { $0.id.low < $1.id.low } }
    }

    package var desired: [ResourceKey: Desired] { look(\.desired) }
    package var statuses: [ResourceKey: ResourceStatus] { look(\.status) }
    package var revision: Int64 { look(\.revision) }
    /// What was replaced or deleted, oldest first.
    package func revisions(of key: ResourceKey) -> [Desired] { look { ($0.revisions[key] ?? []).map(\.desired) } }
    /// In the order in which they were written.
    package var history: [HistoryEntry] { look(\.history) }
    package var allEvents: [Event] { look(\.events) }
    package var tombstones: [Tombstone] { look(\.tombstones) }
    /// By node: the digest of its good token.
    package var tokens: [String: [UInt8]] { look(\.tokens) }
    package var fences: [Int64] { look(\.fences) }
    package var currentLease: Lease? { look(\.lease) }

    /// Documents written through the store's port since the start or the last reset, by collection.
    package var writes: [String: Int] { look(\.writes) }

    /// All of `writes` but the fences and the lease, which every pass may touch.
    package var writesThatMatter: Int {
        writes.filter { $0.key != "fences" && $0.key != "leases" }.values.reduce(0, +)
    }

    package func resetWrites() { shared.state.withLock { $0.database.writes = [:] } }

    private func look<R: Sendable>(_ body: (Database) -> R) -> R {
        shared.state.withLock { body($0.database) }
    }
}
