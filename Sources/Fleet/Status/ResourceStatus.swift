/// One document of `status`: what the leader last made of a resource. The leader alone writes it, so a reader may
/// take it for true as of `observedRevision`.
package struct ResourceStatus: Hashable, Sendable {
    package let key: ResourceKey
    package var observedGeneration: Int64
    /// The `firstRevision` of the declaration that the counters below belong to.
    package var firstRevision: Int64
    /// How often the node's status changed under this declaration; numbers its history.
    package var transitions: Int64 = 0
    /// How many events were written under this declaration; numbers them.
    package var events: Int64 = 0
    /// In the order of `Condition.ConditionType.allCases`.
    package var conditions: [Condition] = []
    /// The document of the data model, by which a deletion in the feed is recognised.
    package var documentID: DocumentID?
    /// The pool that the node was last placed in, which must recount when the document vanishes.
    package var poolID: String?
    /// A node's last computed status.
    package var state: NodeState?
    /// Since when the node drains, while it does.
    package var drainingSince: Timestamp?
    /// The generation of the policy that a pool's document was last written from; nil for an inline one.
    package var policyGeneration: Int64?
    /// A pool's nodes by status.
    package var counts: NodeCounts?
    /// A pool's breaker and the timers of its health; nil as long as nothing happened to it.
    package var health: PoolHealth?
    /// What the scaler keeps of a pool; nil as long as it was never scaled.
    package var scaling: PoolScaling?
    /// Failures in a row and when the next attempt is due; both absent when the last attempt succeeded.
    package var attempts: Int64?
    package var nextRetry: Timestamp?

    package init(_ key: ResourceKey, observedGeneration: Int64, firstRevision: Int64) {
        self.key = key
        self.observedGeneration = observedGeneration
        self.firstRevision = firstRevision
    }

    package subscript(type: Condition.ConditionType) -> Condition? { conditions.first { $0.type == type } }

    /// Whether that generation of that declaration is reconciled, and stands as declared and does what it is for.
    package func isReady(generation: Int64, firstRevision: Int64) -> Bool {
        guard self.firstRevision == firstRevision, observedGeneration >= generation else { return false }
        return [Condition.ConditionType.synced, .ready].allSatisfy { type in
            self[type].map { $0.status == .yes && $0.observedGeneration >= generation } ?? false
        }
    }
}

/// Documents in `nodes` with a given `pool_id`, whatever else is known of them.
package struct NodeCounts: Hashable, Sendable {
    package var total: Int64 = 0
    package var active: Int64 = 0
    package var inactive: Int64 = 0
    package var maintenance: Int64 = 0
    package var error: Int64 = 0
    /// Of `error`, nodes that the scaler keeps out of use: nobody misses them.
    package var lostInReserve: Int64 = 0
    /// Of `total`, nodes that no declaration names.
    package var undeclared: Int64 = 0
    /// Declarations that name the pool, whether their documents exist or not.
    package var declared: Int64 = 0

    package init() {}

    /// Nodes in error that are missed.
    package var unhealthy: Int64 { error - lostInReserve }
    package var inUse: Int64 { active + unhealthy }
}
