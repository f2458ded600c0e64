import Synchronization

/// The logical sessions that a client has used: whose `lsid.id` stands here was this client's own write.
///
/// There are as many as the client has threads: each keeps its session for life.
package final class SessionIDs: Sendable {
    private let ids = Mutex<Set<[UInt8]>>([])

    package init() {}

    /// `id`: the 16 bytes of the UUID.
    package func contains(_ id: [UInt8]) -> Bool {
        ids.withLock { $0.contains(id) }
    }

    package var snapshot: Set<[UInt8]> { ids.withLock { $0 } }

    func insert(_ id: [UInt8]) {
        ids.withLock { _ = $0.insert(id) }
    }
}
