/// The timers of a pool's health: instants that decisions move, so that they survive a restart.
package struct PoolHealth: Hashable, Sendable {
    /// Since when the breaker is open; nil while it is closed.
    package var openSince: Timestamp?
    /// Since when the pool of an open breaker has been well without a break.
    package var wellSince: Timestamp?
    /// When many of its nodes were last lost, or came back, at once.
    package var crowdSince: Timestamp?
    /// Whether an event told of that crowd.
    package var isTold: Bool?

    package init(
        openSince: Timestamp? = nil, wellSince: Timestamp? = nil, crowdSince: Timestamp? = nil, isTold: Bool? = nil
    ) {
        self.openSince = openSince
        self.wellSince = wellSince
        self.crowdSince = crowdSince
        self.isTold = isTold
    }
}

/// Nodes of one pool that were lost, or came back, at about the same time: told by the pool in one event.
package struct NodeCrowd: Hashable, Sendable {
    /// When it was noticed.
    package var since: Timestamp
    package var lost: Int
    package var back: Int
    /// Of `lost`, those whose status does not say so yet.
    package var unwritten: Int
    /// The first few ids of those that were lost, or of those that came back if none was.
    package var names: [String]

    package init(since: Timestamp, lost: Int, back: Int, unwritten: Int, names: [String]) {
        self.since = since
        self.lost = lost
        self.back = back
        self.unwritten = unwritten
        self.names = names
    }
}
