package import FleetStore
import Synchronization

/// What a commit is made to do instead of committing.
package enum CommitFault: Sendable {
    /// Nothing is written, and this is the answer.
    case answer(CommitOutcome)
    /// Nothing is written, and this is thrown.
    case refuse(StoreError)
    /// The answer is lost: `.outcomeUnknown` is thrown, whether or not the work was committed.
    case unknown(isApplied: Bool)
}

struct DeclareFault: Sendable {
    var error: StoreError
    var isApplied: Bool
}

/// The faults that wait for one client's writes, by how many come before.
struct ClientFaults: Sendable {
    private var commits: [Int: CommitFault] = [:]
    private var declares: [Int: DeclareFault] = [:]
    private var commitsSeen = 0
    private var declaresSeen = 0

    mutating func plan(_ fault: CommitFault, commit number: Int) { commits[commitsSeen + number] = fault }
    mutating func plan(_ fault: DeclareFault, declare number: Int) { declares[declaresSeen + number] = fault }

    mutating func nextCommit() -> CommitFault? {
        commitsSeen += 1
        return commits.removeValue(forKey: commitsSeen)
    }

    mutating func nextDeclare() -> DeclareFault? {
        declaresSeen += 1
        return declares.removeValue(forKey: declaresSeen)
    }
}

extension InMemoryStore {
    /// Makes one of this client's next commits fail; 1 is the very next.
    package func failCommit(_ number: Int = 1, with fault: CommitFault) {
        shared.state.withLock { $0.faults[client, default: ClientFaults()].plan(fault, commit: number) }
    }

    /// Makes one of this client's next `declare`s throw, with or without having written; 1 is the very next.
    package func failDeclare(_ number: Int = 1, with error: StoreError, applied: Bool = false) {
        let fault = DeclareFault(error: error, isApplied: applied)
        shared.state.withLock { $0.faults[client, default: ClientFaults()].plan(fault, declare: number) }
    }

    /// While true, every call of every client throws `.unavailable`, and the feeds are silent.
    package var isUnavailable: Bool {
        get { shared.state.withLock { $0.isUnavailable } }
        set { shared.state.withLock { $0.isUnavailable = newValue } }
    }

    /// Loses the next so many batches of changes, which no feed is told of.
    package func dropFeedEvents(_ count: Int) {
        shared.state.withLock { $0.droppedEvents = count }
    }

    /// Breaks all feeds: they are told so, hear nothing of what `meanwhile` does, then open again.
    package func breakFeeds(reason: String = "broken by a test", meanwhile: () throws -> Void = {}) rethrows {
        tellFeeds(.lost(reason: reason), broken: true)
        defer { tellFeeds(.opened, broken: false) }
        try meanwhile()
    }

    private func tellFeeds(_ event: FeedEvent, broken: Bool) {
        let feeds = shared.state.withLock { state in
            state.feedIsBroken = broken
            for (_, feed) in state.feeds { feed.add(event) }
            return state.feeds.map(\.feed)
        }
        for feed in feeds { feed.drain() }
    }
}
