internal import Fleet
internal import FleetStore

/// What the status page shows of the fleet, as it stood at one instant. What is shown of a kind is bounded, the worst
/// first; everything is counted.
struct FleetSnapshot: Sendable {
    /// How an object stands, the worst first: whoever looks at a page of thousands wants these.
    enum Standing: Int, CaseIterable, Comparable, Sendable {
        /// In error, stuck, or not readable at all.
        case failing
        /// Not as declared, or about to be.
        case unsettled
        /// As declared, but not at work: in maintenance, inactive.
        case resting
        case well

        static func < (left: Standing, right: Standing) -> Bool { left.rawValue < right.rawValue }
    }

    struct Item: Sendable {
        var key: ResourceKey
        var standing: Standing
        var name: String
        var isDeclared: Bool
        /// A node's.
        var poolID: String?
        var state: NodeState?
        var lastHeartbeat: Timestamp?
        /// A pool's.
        var counts: NodeCounts
        /// What its scaler wants; nil for a pool that is not scaled.
        var wanted: Wanted?
        var conditions: [Condition]
        /// Why nothing is known although something stands there.
        var unreadable: String?
    }

    /// So many nodes in use, and why.
    struct Wanted: Sendable {
        var nodes: Int64
        var reason: ScalingReason
        /// Only reported.
        var isAdvice: Bool
    }

    /// So many nodes are shown at once, of the whole fleet or of one pool.
    static let shownNodes = 200
    static let shownPools = 200
    static let shownSets = 50
    static let shownEvents = 50
    static let shownDecisions = 20

    /// By the server's clock.
    var at: Timestamp
    /// In order of standing and id.
    var pools: [Item] = []
    /// Up to `shownSets`, in order of standing and name; what they own is counted of these alone.
    var sets: [SetView] = []
    var setCount = 0
    /// Whose directory does not stand as it is.
    var lameSets = 0
    /// Up to `shownNodes` of each pool in each standing, in order of standing and id; nil is no pool.
    var nodes: [String?: [Item]] = [:]
    /// Every node's pool, for the pools' means.
    var poolOfNode: [String: String] = [:]
    var nodeCounts = NodeCounts()
    /// Nodes by pool and in all, whether they are shown or not.
    var nodesInPool: [String?: Int] = [:]
    var standings: [Standing: Int] = [:]
    /// Newest first.
    var events: [Event] = []
    /// Of all pools, newest first.
    var decisions: [ScalingRecord] = []

    /// The nodes to show: of one pool, or of all.
    func nodes(inPool filter: String?) -> (shown: [Item], all: Int) {
        if let filter { return (Array((nodes[filter] ?? []).prefix(Self.shownNodes)), nodesInPool[filter] ?? 0) }
        let all = nodes.values.joined().sorted(by: Self.worseFirst)
        return (Array(all.prefix(Self.shownNodes)), nodesInPool.values.reduce(0, +))
    }

    static func worseFirst(_ left: Item, _ right: Item) -> Bool {
        left.standing == right.standing ? left.key < right.key : left.standing < right.standing
    }
}

extension SetStatus {
    /// As far as it is known without counting what the set owns.
    var standing: FleetSnapshot.Standing {
        if self[.stalled]?.status == .yes { return .failing }
        return self[.synced]?.status == .yes && self[.pruneBlocked]?.status != .yes ? .well : .unsettled
    }
}

extension FleetSnapshot.Item {
    init(_ row: ScanRow) {
        key = row.key
        name = row.desired?.declaration.name ?? row.observed?.name?.string ?? row.key.id
        isDeclared = row.desired != nil
        poolID = row.status?.poolID ?? row.observed?.poolID ?? row.desired?.poolID
        state = row.observed?.state ?? row.status?.state
        lastHeartbeat = row.observed?.lastHeartbeat
        counts = row.status?.counts ?? NodeCounts()
        wanted = row.lastDecision.map {
            FleetSnapshot.Wanted(nodes: $0.desired, reason: $0.reason, isAdvice: !$0.isCarriedOut)
        }
        conditions = row.status?.conditions ?? []
        unreadable = row.unreadable
        standing = .well
        standing = judged()
    }

    subscript(type: Condition.ConditionType) -> Condition? { conditions.first { $0.type == type } }

    private func judged() -> FleetSnapshot.Standing {
        if unreadable != nil || state == .error || self[.stalled]?.status == .yes { return .failing }
        // Nobody reconciles what nobody declared.
        guard isDeclared else { return state == .active || key.kind != .node ? .well : .resting }
        let passing: [Condition.ConditionType] = [.reconciling, .drifted, .deletionBlocked]
        if self[.synced]?.status != .yes || passing.contains(where: { self[$0]?.status == .yes }) { return .unsettled }
        if self[.ready]?.status == .yes { return .well }
        return key.kind == .node ? .resting : .failing
    }
}
