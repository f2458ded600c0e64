package import Fleet

/// What declaring and reconciling need of the system of record. `MongoStore` is the real one; the memory store in
/// `Tests/` passes the same suite and serves simulations.
package protocol Store: ScalingStore, SetStore, Sendable {
    // MARK: Reading. All reads see what was committed before the call.

    /// The server's clock: every age and every timestamp that is written counts from it.
    func serverTime() async throws(StoreError) -> Timestamp

    /// The given resources with what deciding about them takes: for nodes, the pools that they are declared into and
    /// stand in with their statuses (whom the scaler wants stands there) and the policies that these name (how long a node
    /// drains stands there); for pools, the policies that they name and the tallies of their nodes; for policies, who
    /// names them.
    func read(_ keys: [ResourceKey]) async throws(StoreError) -> FleetView

    /// Every resource of a kind that is desired, observed or has a status, each once, in order of id within a part.
    ///
    /// Parts are read side by side and folded on the store's threads: `row` runs for one part at a time on one thread.
    func scan<Part: Sendable>(
        _ kind: Kind, into initial: @escaping @Sendable () -> Part,
        row: @escaping @Sendable (inout Part, ScanRow) -> Void
    ) async throws(StoreError) -> [Part]

    /// What deciding about an apply takes; see `DeclaringView`. With a `set`, all that it owns, too.
    func declaringView(
        of keys: [ResourceKey], pools: [String], set: String?
    ) async throws(StoreError) -> DeclaringView

    /// The declared nodes of a pool, and the nodes whose documents stand in it, each once.
    func nodes(inPool poolID: String) async throws(StoreError) -> [ResourceKey]

    /// The declared pools that name a policy.
    func pools(naming policyID: String) async throws(StoreError) -> [ResourceKey]

    /// Nodes whose last heartbeat lies in `from ..< until`, in order of id: those that may have become stale between two
    /// looks.
    func heartbeats(from: Timestamp, until: Timestamp) async throws(StoreError) -> [NodeHeartbeat]

    /// Of these nodes, those whose last heartbeat is at `since` or later: stale ones that are fresh again.
    func nodes(_ keys: [ResourceKey], beatingSince since: Timestamp) async throws(StoreError) -> [ResourceKey]

    /// See `ReportStore`.
    func agentFacts(since: Timestamp?) async throws(StoreError) -> (facts: [AgentFacts], now: Timestamp)

    /// Whether some ingest serves: of those that live, the one that began last counts. For a day after the last one was
    /// alive, none is back yet; then the service ended.
    func ingestService() async throws(StoreError) -> IngestService

    /// Newest last.
    func events(_ query: EventQuery) async throws(StoreError) -> [Event]

    // MARK: Declaring.

    /// Writes `desired` in one transaction, which takes the next revision; everything in it is written or nothing.
    ///
    /// Throws `.revisionMoved` when another transaction wrote `desired` since `expecting` was read: read again, decide
    /// again. Throws `.interrupted` when the process is to end: nothing was written. The `revision` of each document (and `firstRevision`, where it is 0) is set by the store.
    func declare(_ writes: [DesiredWrite], expecting: Int64) async throws(StoreError) -> Int64

    // MARK: The leader's work.

    /// Writes a batch in one fenced transaction: all of it or nothing.
    ///
    /// Throws `.fenced` when the epoch is no longer the lanes', `.outcomeUnknown` when the commit may or may not have
    /// happened: the caller reads again and never assumes.
    func commit(_ changes: [ResourceChange], under fence: Fence) async throws(StoreError) -> CommitOutcome

    /// Writes what happened to the daemon itself, fenced as a batch is; idempotent: an event that stands is kept.
    ///
    /// Throws `.fenced` when another leads.
    func record(_ events: [Event], under fence: Fence) async throws(StoreError)

    /// Opens the feed of changes; `handler` runs on the feed's own thread until the returned feed is closed.
    func feed(_ handler: @escaping @Sendable (FeedEvent) -> Void) async throws(StoreError) -> any Feed
}

extension Store {
    /// What deciding about an apply of nobody's set takes.
    package func declaringView(of keys: [ResourceKey], pools: [String]) async throws(StoreError) -> DeclaringView {
        try await declaringView(of: keys, pools: pools, set: nil)
    }
}

/// The right to write on some lanes, as of one leadership.
package struct Fence: Hashable, Sendable {
    package var epoch: Int64
    /// Ascending, each once.
    package var lanes: [Int]

    package init(epoch: Int64, lanes: [Int]) {
        self.epoch = epoch
        self.lanes = lanes
    }
}

package enum CommitOutcome: Hashable, Sendable {
    case committed
    /// Something was not as it had been read, or another transaction was in the way: read and plan again.
    case conflict(String)
    /// One resource's write is refused for its own sake; nothing was written.
    case rejected(ResourceKey, Rejection)
}

package enum Rejection: Hashable, Sendable {
    /// Another document of the pool has the name (11000).
    case nameTaken
    /// A document of that id exists already though none was read (11000).
    case duplicateID
    /// The collection's validator refuses the document (121).
    case invalidDocument(String)
    case other(code: Int32, message: String)
}

extension ScanRow {
    /// What was last decided of a pool's size; nil when nobody wants it decided any more.
    package var lastDecision: ScalingDecision? { desired?.isScaled ?? false ? status?.scaling?.last : nil }
}

package struct ScanRow: Sendable {
    package var key: ResourceKey
    package var desired: Desired?
    package var observed: Observed?
    package var status: ResourceStatus?
    /// Why one of these, which is nil here, can't be read although it stands there; see `FleetView.unreadable`.
    package var unreadable: String?

    package init(
        key: ResourceKey, desired: Desired?, observed: Observed?, status: ResourceStatus?, unreadable: String? = nil
    ) {
        self.unreadable = unreadable
        self.key = key
        self.desired = desired
        self.observed = observed
        self.status = status
    }
}

package struct EventQuery: Hashable, Sendable {
    /// Nil: of all resources, sets and daemons.
    package var subjects: [EventSubject]?
    package var severity: Event.Severity?
    package var since: Timestamp?
    /// The newest so many.
    package var limit: Int

    package init(
        of subjects: [EventSubject]? = nil, severity: Event.Severity? = nil, since: Timestamp? = nil, limit: Int = 500
    ) {
        self.subjects = subjects
        self.severity = severity
        self.since = since
        self.limit = limit
    }

    package init(
        keys: [ResourceKey]?, severity: Event.Severity? = nil, since: Timestamp? = nil, limit: Int = 500
    ) {
        self.init(of: keys?.map(EventSubject.resource), severity: severity, since: since, limit: limit)
    }
}

/// What the feed of changes says. No token and no resume rule is seen here.
package enum FeedEvent: Hashable, Sendable {
    /// Changes from now on are seen; what happened before may have been missed: resync.
    case opened
    case changed([FeedChange])
    /// The feed broke and opens again by itself; `.opened` follows.
    case lost(reason: String)
}

/// A key whose declaration or document somebody else changed; nothing more is said, so that a lost or doubled event is
/// harmless.
package struct FeedChange: Hashable, Sendable {
    package enum Source: Hashable, Sendable { case desired, document }

    package var key: ResourceKey
    package var source: Source
    /// For a node, the pool that it is declared into or stands in, if the event tells.
    package var poolID: String?

    package init(key: ResourceKey, source: Source, poolID: String? = nil) {
        self.key = key
        self.source = source
        self.poolID = poolID
    }
}

package protocol Feed: Sendable {
    /// Returns when no further event will be handed over; idempotent.
    func close() async
}
