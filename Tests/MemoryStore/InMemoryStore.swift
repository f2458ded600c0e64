package import Fleet
internal import FleetStore
import Synchronization

/// The store as values behind a lock: the laws of LOOP exactly, no time of its own, and nothing random.
///
/// One value is one client of a database, as one process would be: what it writes does not come back in its own feed,
/// while `another()` is somebody else. Everything is done, and every feed told, before a call returns.
package final class InMemoryStore: Store, LeaseStore {
    /// What all clients share.
    final class Shared: Sendable {
        struct State {
            var database: Database
            var faults: [Int: ClientFaults] = [:]
            var feeds: [(client: Int, feed: MemoryFeed)] = []
            var isUnavailable = false
            var droppedEvents = 0
            var feedIsBroken = false
        }

        let state: Mutex<State>

        init(now: Timestamp) { state = Mutex(State(database: Database(now: now))) }
    }

    let shared: Shared
    let client: Int

    package init(now: Timestamp = Timestamp(milliseconds: 1_767_225_600_000)) {
        shared = Shared(now: now)
        client = 0
    }

    private init(of shared: Shared, client: Int) {
        self.shared = shared
        self.client = client
    }

    /// Another client of the same database, such as a command beside the daemon.
    package func another() -> InMemoryStore {
        let client = shared.state.withLock { state in
            defer { state.database.nextClient += 1 }
            return state.database.nextClient
        }
        return InMemoryStore(of: shared, client: client)
    }

    /// Whoever writes past the store: no feed takes it for its own.
    var somebodyElse: InMemoryStore { InMemoryStore(of: shared, client: -1) }

    /// The server's clock; it moves only when it is set.
    package var now: Timestamp {
        get { shared.state.withLock { $0.database.now } }
        set { shared.state.withLock { $0.database.now = newValue } }
    }

    /// Reads, unless the database is set to be away.
    func query<R: Sendable>(_ body: (Database) throws(StoreError) -> R) throws(StoreError) -> R {
        try shared.state.withLock { (state) throws(StoreError) in
            guard !state.isUnavailable else { throw .unavailable("the store was told to be away") }
            return try body(state.database)
        }
    }

    /// Runs `body` as a transaction: taken back when it throws; otherwise committed, and told to the feeds of others.
    func transaction<R: Sendable, Failure: Error>(
        _ body: (inout Database, inout MemoryTransaction) throws(Failure) -> R
    ) throws(Failure) -> R {
        let (result, told) = try shared.state.withLock { (state) throws(Failure) in
            var transaction = MemoryTransaction()
            let result: R
            do throws(Failure) {
                result = try body(&state.database, &transaction)
            } catch {
                state.database.rollBack(transaction)
                throw error
            }
            state.database.writes.merge(transaction.writes, uniquingKeysWith: +)
            return (result, queue(transaction.changes, in: &state))
        }
        for feed in told { feed.drain() }
        return result
    }

    /// Hands changes to the feeds, which are told when the lock is free again.
    private func queue(_ changes: [FeedChange], in state: inout Shared.State) -> [MemoryFeed] {
        guard !changes.isEmpty, !state.feedIsBroken else { return [] }
        let listeners = state.feeds.filter { $0.client != client }.map(\.feed)
        guard !listeners.isEmpty else { return [] }
        guard state.droppedEvents == 0 else {
            state.droppedEvents -= 1
            return []
        }
        for feed in listeners { feed.add(.changed(changes)) }
        return listeners
    }
}
