/// What the scaler keeps of a pool, in the pool's status: one document, so that what it decided and the timers that
/// follow from it are never apart. The nodes are brought to it afterwards, level-triggered.
package struct PoolScaling: Hashable, Sendable {
    package var timers = ScalingTimers()
    /// By node id. Nodes that the scaler never touched are not among them: who reports is in use.
    package var intents: [String: ScalingIntent] = [:]
    /// By node id: nodes that the pool's provider was asked for.
    package var provided: [String: ProvidedNode] = [:]
    /// How many nodes were ever asked of the provider: numbers their ids.
    package var asked: Int64 = 0
    /// How many decisions were stored under this declaration: numbers them.
    package var decisions: Int64 = 0
    /// The newest stored decision, and when it was made.
    package var last: ScalingDecision?
    package var lastAt: Timestamp?

    package init() {}
}

extension ResourceStatus {
    /// A pool's scaler wants that node out of use.
    package func keepsInReserve(_ nodeID: String) -> Bool { scaling?.intents[nodeID]?.isWanted == false }
}

/// Whether the scaler wants a node in use.
package struct ScalingIntent: Hashable, Sendable {
    package var isWanted: Bool
    /// Since when.
    package var at: Timestamp

    package init(isWanted: Bool, at: Timestamp) {
        self.isWanted = isWanted
        self.at = at
    }
}

/// A node that a provider makes, has made, or is to take away.
package struct ProvidedNode: Hashable, Sendable {
    /// asked → made → unwanted → (gone); asked → unwanted when it never came.
    package enum Phase: String, Hashable, Sendable {
        /// To be made; not declared yet.
        case asked
        /// Declared.
        case made
        /// To be taken away.
        case unwanted
    }

    package var phase: Phase
    /// When it was asked for, made, or given up.
    package var since: Timestamp

    package init(_ phase: Phase, since: Timestamp) {
        self.phase = phase
        self.since = since
    }
}

/// One stored decision: a document of `decisions`.
package struct ScalingRecord: Hashable, Sendable {
    /// So many of a pool's newest decisions are kept.
    package static let kept: Int64 = 500

    package var poolID: String
    /// Of the pool's declaration.
    package var firstRevision: Int64
    /// Counts from 1 under one declaration.
    package var number: Int64
    package var at: Timestamp
    package var decision: ScalingDecision

    package init(poolID: String, firstRevision: Int64, number: Int64, at: Timestamp, decision: ScalingDecision) {
        self.poolID = poolID
        self.firstRevision = firstRevision
        self.number = number
        self.at = at
        self.decision = decision
    }

    /// Derived, so that a decision that is written again can't stand twice.
    package var id: String { Self.id(poolID, firstRevision, number) }

    /// The record that this one takes the place of; nil while there are few.
    package var replacedID: String? {
        number > Self.kept ? Self.id(poolID, firstRevision, number - Self.kept) : nil
    }

    private static func id(_ poolID: String, _ firstRevision: Int64, _ number: Int64) -> String {
        "\(poolID)/\(firstRevision)/\(number)"
    }
}
