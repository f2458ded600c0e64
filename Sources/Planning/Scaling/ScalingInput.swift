import Fleet

/// All that a decision about one pool's size depends on.
///
/// `window` holds the samples of the nodes in use and is advanced to `now`.
package struct ScalingInput: Sendable {
    package var policy: ScalingPolicy
    /// The pool's nodes, in any order; those on their way out of the pool are none. Nodes that a provider was asked for
    /// are among them from then on, by the id of the request: inactive, and activated when they were asked for.
    package var nodes: [ScalingNode]
    package var window: UsageWindow
    /// Seconds between two stored samples of a node.
    package var sampleInterval: Int64 = 60
    /// The pool's own breaker.
    package var health: PoolHealth?
    package var timers = ScalingTimers()
    /// A suspension of the pool is in force.
    package var isPaused = false
    /// What an operator asked for by `reeve scale`.
    package var wish: Wish?
    /// So many nodes the pool's provider may make; nil if it has none.
    package var room: Int64?
    /// By the server's clock.
    package var now: Timestamp

    package struct Wish: Hashable, Sendable {
        package var nodes: Int64
        package var at: Timestamp

        package init(nodes: Int64, at: Timestamp) {
            self.nodes = nodes
            self.at = at
        }
    }

    package init(policy: ScalingPolicy, nodes: [ScalingNode], window: UsageWindow, now: Timestamp) {
        self.policy = policy
        self.nodes = nodes
        self.window = window
        self.now = now
    }
}

/// A node of the pool as the decision sees it.
package struct ScalingNode: Sendable {
    package var id: String
    /// As health, windows and declarations have it.
    package var state: NodeState
    /// Until when its last heartbeat is fresh (`HeartbeatRule.freshUntil`); nil if it never beat.
    package var freshUntil: Timestamp?
    /// Since when the scaler wants it in use; nil for a node that it never activated, and again for one that it drained
    /// or gave up.
    package var activatedAt: Timestamp?
    /// On its way out: draining by an earlier decision.
    package var isLeaving = false
    /// Its status is declared, or `configuration.auto_scaling` is false: counted, never chosen.
    package var isPinned = false
    package var score: Double?
    /// Cores that nothing uses, or any other measure of what it could take on.
    package var freeCapacity: Double?

    package init(_ id: String, _ state: NodeState, freshUntil: Timestamp?, activatedAt: Timestamp? = nil) {
        self.id = id
        self.state = state
        self.freshUntil = freshUntil
        self.activatedAt = activatedAt
    }
}

/// What a node is to its pool (SCALING, rule 1).
package enum NodeClass: Int, CaseIterable, Hashable, Sendable {
    /// In use and alive.
    case usable
    /// Activated, and nothing measured since: in flight, never missing.
    case starting
    /// Activated 15 minutes ago or earlier, and it never came.
    case failed
    /// No capacity, counts toward the maximum.
    case maintenance
    /// Unhealthy.
    case error
    /// Could be activated.
    case standby
    /// Drains by an earlier decision.
    case leaving
    /// Inactive and not to be chosen.
    case unused
}

extension ScalingNode {
    /// An addition that has not come after so many seconds is given up.
    package static let secondsToStart: Int64 = 15 * 60

    /// - Parameter latest: its newest sample.
    func role(latest: UsageSample?, now: Timestamp) -> NodeClass {
        if isLeaving { return .leaving }
        let isFresh = freshUntil.map { now <= $0 } ?? false
        let hasSample = activatedAt.map { start in latest.map { $0.at > start } ?? false } ?? true
        let isLate = activatedAt.map { $0.advanced(seconds: ScalingNode.secondsToStart) <= now } ?? false
        switch state {
        case .error: return .error
        case .maintenance: return .maintenance
        case .inactive:
            if isPinned { return .unused }
            // A node that was asked for and has never reported is inactive until it does.
            if activatedAt != nil { return isLate ? .failed : .starting }
            return isFresh ? .standby : .unused
        case .active:
            if hasSample { return isFresh ? .usable : .error }
            if !isLate { return .starting }
            // It beats and measures nothing: its collector is at fault, not its start. If it does not beat, it did
            // once, or it would be inactive.
            return isFresh ? .usable : .error
        }
    }
}
