import Fleet

/// A node of a pool as it was read, for the scaler.
package struct ScalingMember: Hashable, Sendable {
    package var id: String
    /// As health, windows and declarations have it.
    package var state: NodeState?
    /// It has reported, and health does not say that it stopped.
    package var isAlive: Bool
    /// Its status is declared, `configuration.auto_scaling` is false, it is paused, or nobody declares it: counted,
    /// never chosen.
    package var isPinned: Bool
    package var score: Double?
    /// Processor cores.
    package var capacity: Double?
    /// Who declared it last; nil for a node that nobody declares.
    package var manager: String?

    /// - Returns: nil for a node that does not stand in the pool, or is on its way out of it.
    package init?(_ poolID: String, desired: Desired?, observed: Observed?, status: ResourceStatus?) {
        guard let observed, observed.poolID == poolID else { return nil }
        if let desired, desired.deletion != nil || desired.poolID != poolID { return nil }
        id = observed.key.id
        state = status?.state ?? observed.state
        isAlive = observed.lastHeartbeat != nil && state != .error
        isPinned = desired.map { $0.isPinned || status?[.suspended] != nil } ?? true
        score = observed.score
        capacity = (desired?.spec ?? observed.leaves)[NodeLeaf.cores]?.double
        manager = desired?.manager
    }
}

/// What a decision about one pool takes beside the pool itself.
package struct ScalingSituation: Sendable {
    package var members: [ScalingMember]
    package var window: UsageWindow
    /// Seconds between two stored samples of a node.
    package var sampleInterval: Int64
    /// Nodes that are declared into the pool or stand in it: the members, and those that can't be read or wait.
    package var standing: Set<String>

    /// - Parameter standing: by default the members alone.
    package init(members: [ScalingMember], window: UsageWindow, sampleInterval: Int64, standing: Set<String> = []) {
        self.members = members
        self.standing = standing.union(members.lazy.map(\.id))
        self.window = window
        self.sampleInterval = sampleInterval
    }
}

extension Desired {
    /// Somebody said what the node is to be: the scaler leaves it alone.
    var isPinned: Bool { spec[NodeLeaf.status] != nil || spec[NodeLeaf.autoScaling] == .bool(false) }
}
