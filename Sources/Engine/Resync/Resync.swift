import Fleet
import FleetStore
import Planning

/// Looks at everything, plans it in memory, and lays on the lanes only what is not as it should be, or has a timer.
///
/// A settled fleet is read and nothing is written.
struct Resync: Sendable {
    let store: any Store
    let lanes: Lanes
    let clock: any EngineClock
    let health: HealthWatch
    let scaling: ScalingRegister

    /// What one part of the nodes' scan came to.
    private struct Part: Sendable {
        var view: FleetView
        var now: Timestamp
        var room = PoolRoom()
        var tallies: [String: NodeCounts] = [:]
        var due: [(key: ResourceKey, poolID: String?, at: Timestamp?)] = []
        var silent: [ResourceKey] = []
        var turns = Turns()
        /// Of scaled pools.
        var members: [String: [ScalingMember]] = [:]
        var standing: [String: Set<String>] = [:]
    }

    /// The number of keys that were laid on the lanes.
    func run() async throws -> Int {
        scaling.beginScan()
        var view = FleetView()
        for kind in [Kind.scalingPolicy, .nodePool] {
            let rows = try await store.scan(kind, into: { [ScanRow]() }, row: { $0.append($1) }).joined()
            for row in rows { view.put(row) }
        }
        for status in view.status.values where status.key.kind == .nodePool {
            health.register.note(breakerOf: status.key.id, isOpen: status.health?.openSince != nil)
        }
        health.register.fill(&view)
        var scaled: [String: PoolReading] = [:]
        for key in view.desired.keys where key.kind == .nodePool { scaled[key.id] = PoolReading(key, in: view) }
        let scaledIDs = Set(scaled.keys)
        let (base, now) = (view, clock.now())
        let parts = try await store.scan(
            .node, into: { Part(view: base, now: now) }, row: { Resync.fold(&$0, $1, scaledIDs) })
        var turns = Turns()
        for part in parts {
            turns.merge(part.turns)
            for (poolID, members) in part.members { scaled[poolID]?.members += members }
            for (poolID, nodes) in part.standing { scaled[poolID]?.standing.formUnion(nodes) }
            for (poolID, counts) in part.tallies { view.tallies[poolID, default: NodeCounts()].add(counts) }
            health.watch(part.silent)
        }
        scaling.renew(scaled.values.sorted { $0.id < $1.id })
        let crowded = health.register.note(turns.byTeller, view.tallies, now: now)
        health.register.fill(&view)
        for pool in view.desired.values where pool.key.kind == .nodePool {
            if let policyID = pool.spec[PoolLeaf.policyReference]?.string {
                view.referrers[policyID, default: []].append(pool.key)
            }
        }
        var due = parts.flatMap(\.due)
        var room = PoolRoom()
        for key in Set(view.desired.keys).union(view.status.keys).sorted() {
            let plan = Planner.plan(key, in: view, now: now, room: &room)
            if let at = plan.dueAgain(now) { due.append((key, key.id, at)) }
        }
        // Before their nodes, so that the pool tells of all of them.
        for poolID in crowded { lanes.add(ResourceKey(.nodePool, poolID), pool: poolID, .change) }
        for (key, poolID, at) in due { lanes.add(key, pool: poolID, .resync, due: at) }
        return due.count
    }

    private static func fold(_ part: inout Part, _ row: ScanRow, _ scaled: Set<String>) {
        for case let poolID? in [row.desired?.poolID, row.observed?.poolID ?? row.status?.poolID]
        where scaled.contains(poolID) {
            part.standing[poolID, default: []].insert(row.key.id)
        }
        if let poolID = row.observed?.poolID, scaled.contains(poolID),
            let member = ScalingMember(
                poolID, desired: row.desired, observed: row.observed, status: row.status)
        {
            part.members[poolID, default: []].append(member)
        }
        if let observed = row.observed, let poolID = observed.poolID {
            part.tallies[poolID, default: NodeCounts()].count(observed.state, declared: row.desired != nil)
            let pool = part.view.status[ResourceKey(.nodePool, poolID)]
            if observed.state == .error, pool?.keepsInReserve(row.key.id) ?? false {
                part.tallies[poolID]?.lostInReserve += 1
            }
        }
        if let poolID = row.desired?.poolID { part.tallies[poolID, default: NodeCounts()].declared += 1 }
        guard row.desired != nil || row.status != nil || row.unreadable != nil else { return }
        part.view.put(row)
        let plan = Planner.plan(row.key, in: part.view, now: part.now, room: &part.room)
        part.turns.add(plan, in: part.view, part.now)
        part.view.drop(row.key)
        let poolID = row.desired?.poolID ?? row.observed?.poolID ?? row.status?.poolID
        if let at = plan.dueAgain(part.now) { part.due.append((row.key, poolID, at)) }
        if row.status?.isSilent ?? false { part.silent.append(row.key) }
    }
}

extension Plan {
    /// When the key is to be worked on: at once if something is to be written or waited for, later if it has a timer;
    /// nil if it is settled.
    fileprivate func dueAgain(_ now: Timestamp) -> Timestamp? {
        guard change.isEmpty else { return now }
        return switch outcome {
        case .settled(let again): again
        case .waiting, .rerun, .failed: now
        }
    }
}

extension FleetView {
    fileprivate mutating func put(_ row: ScanRow) {
        desired[row.key] = row.desired
        observed[row.key] = row.observed
        status[row.key] = row.status
        unreadable[row.key] = row.unreadable
    }

    fileprivate mutating func drop(_ key: ResourceKey) {
        desired[key] = nil
        observed[key] = nil
        status[key] = nil
        unreadable[key] = nil
    }
}

extension NodeCounts {
    fileprivate mutating func count(_ state: NodeState?, declared: Bool) {
        total += 1
        switch state {
        case .active: active += 1
        case .inactive: inactive += 1
        case .maintenance: maintenance += 1
        case .error: error += 1
        case nil: break
        }
        if !declared { undeclared += 1 }
    }

    fileprivate mutating func add(_ other: NodeCounts) {
        total += other.total
        active += other.active
        inactive += other.inactive
        maintenance += other.maintenance
        error += other.error
        lostInReserve += other.lostInReserve
        undeclared += other.undeclared
        self.declared += other.declared
    }
}
