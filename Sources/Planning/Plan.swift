import Fleet

/// What one reconciliation of a resource does, and when it is due again.
package struct Plan: Sendable {
    package enum Verb: Sendable { case none, create, update, delete }

    /// What the batch's transaction writes; empty when everything stands as it should.
    package var change: ResourceChange
    package var verb = Verb.none
    /// What the write changes in the document; also while it is held back (suspended, waiting, drift reported).
    package var differences: [FieldDifference] = []
    /// Whether `differences` are drift: somebody else changed a document that was settled.
    package var isDrift = false
    /// Why, for `plan` and the log.
    package var reason = ""
    package var outcome = Outcome.settled(again: nil)
    /// The node is lost, or is back, by its heartbeat.
    package var turn: HealthTurn?

    init(_ key: ResourceKey) { change = ResourceChange(key) }
}

/// The one planner: `plan`, `diff`, `apply --dry-run` and the daemon call it, so that what was shown is what happens.
package enum Planner {
    /// Decides about one resource from what was read. Pure: the same view and `now` give the same plan.
    ///
    /// - Parameters:
    ///   - room: shared by the plans of one batch, so that two nodes do not both take a pool's last place.
    ///   - scaling: of a pool whose size is to be decided anew; without it what was decided stays.
    package static func plan(
        _ key: ResourceKey, in view: FleetView, now: Timestamp, room: inout PoolRoom, scaling: ScalingSituation? = nil
    ) -> Plan {
        let place = view.desired[key]?.poolID.map { ResourceKey(.nodePool, $0) }
        if let why = view.unreadable[key] ?? place.flatMap({ view.unreadable[$0] }) {
            // Not absent: what can't be read is neither created again nor forgotten, nor is what it says of its nodes.
            var plan = Plan(key)
            plan.reason = "can't be read: \(why)"
            return plan
        }
        let subject = Subject(
            key: key, desired: view.desired[key], observed: view.observed[key], status: view.status[key], now: now)
        guard let desired = subject.desired else { return subject.forgotten() }
        let pool = desired.poolID.flatMap { view.desired[ResourceKey(.nodePool, $0)] }
        if subject.suspension(desired, pool: pool) == nil, let other = subject.unmetDependency(of: desired, in: view) {
            return subject.waiting(
                for: other, desired, "DependencyNotReady", "\(other) is not ready", comes: view.desired[other] != nil)
        }
        return switch key.kind {
        case .scalingPolicy: PolicyPlanner(subject, desired, view).plan()
        case .nodePool: PoolPlanner(subject, desired, view, scaling).plan()
        case .node: NodePlanner(subject, desired, view).plan(&room)
        }
    }
}

/// Places in pools that this batch has taken and not yet written.
package struct PoolRoom: Sendable {
    private var taken: [String: Int64] = [:]

    package init() {}

    /// Takes a place if the pool, which holds `count` documents and at most `limit`, has one left.
    mutating func take(_ poolID: String, count: Int64, limit: Int64) -> Bool {
        let already = taken[poolID, default: 0]
        guard count + already < limit else { return false }
        taken[poolID] = already + 1
        return true
    }
}
