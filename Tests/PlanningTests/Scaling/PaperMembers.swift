import Fleet

@testable import Planning

/// A pool with nodes as they stand in the database, for what the planner makes of the scaler's intents.
struct PaperMembers {
    static let noon = Timestamp(milliseconds: 1_767_225_600_000)
    static let pool = ResourceKey(.nodePool, "pool_eu")

    var view = FleetView()
    var now = noon
    var usage = 90.0

    init(active: Int, standby: Int = 0, _ policy: [(Int, FieldValue)] = []) {
        var spec = Spec(.nodePool)
        spec[PoolLeaf.autoScaling] = .bool(true)
        spec[PoolLeaf.maxNodes] = .int(10)
        for (leaf, value) in policy { spec[PoolLeaf.policy + leaf] = value }
        view.desired[Self.pool] = desired(Self.pool, spec)
        view.observed[Self.pool] = Observed(Self.pool, documentID: DocumentID(high: 1, low: 0), leaves: Spec(.nodePool))
        var status = ResourceStatus(Self.pool, observedGeneration: 1, firstRevision: 1)
        status.scaling = PoolScaling()
        for number in 1...(active + standby) {
            add("node_n\(number)", number <= active ? .active : .inactive)
            if number > active {
                status.scaling?.intents["node_n\(number)"] = ScalingIntent(isWanted: false, at: earlier)
            }
        }
        view.status[Self.pool] = status
    }

    private var earlier: Timestamp { now.advanced(seconds: -7200) }

    private func desired(_ key: ResourceKey, _ spec: Spec) -> Desired {
        Desired(
            Declaration(key: key, name: key.id, spec: spec), revision: 1, firstRevision: 1, manager: "test",
            createdAt: earlier, updatedAt: earlier)
    }

    private mutating func add(_ id: String, _ state: NodeState) {
        let key = ResourceKey(.node, id)
        var spec = Spec(.node)
        spec[NodeLeaf.poolID] = .string(Self.pool.id)
        view.desired[key] = desired(key, spec)
        var leaves = Spec(.node)
        leaves[NodeLeaf.poolID] = .string(Self.pool.id)
        let number = UInt32(view.observed.count)
        var observed = Observed(key, documentID: DocumentID(high: 1, low: number), leaves: leaves)
        observed.name = .string(id)
        observed.status = .string(state.rawValue)
        observed.lastHeartbeat = now
        view.observed[key] = observed
        var status = ResourceStatus(key, observedGeneration: 1, firstRevision: 1)
        status.documentID = observed.documentID
        status.poolID = Self.pool.id
        status.state = state
        if state == .inactive {
            status.conditions = [
                Condition(.ready, .no, reason: "Standby", lastTransition: earlier, observedGeneration: 1)
            ]
        }
        view.status[key] = status
    }

    var nodes: [ResourceKey] { view.desired.keys.filter { $0.kind == .node }.sorted() }
    var scaling: PoolScaling { view.status[Self.pool]?.scaling ?? PoolScaling() }
    func state(_ id: String) -> NodeState? { view.status[ResourceKey(.node, id)]?.state }
    func reason(_ id: String) -> String? { view.status[ResourceKey(.node, id)]?[.ready]?.reason }

    /// The pool's situation: all that are in use measured `usage` for two hours.
    var situation: ScalingSituation {
        let members = nodes.compactMap {
            ScalingMember(
                Self.pool.id, desired: view.desired[$0], observed: view.observed[$0], status: view.status[$0])
        }
        var window = UsageWindow(minutes: 60, metrics: [.cpu], sampleInterval: 60)
        for minute in (0...120).reversed() {
            let at = now.advanced(seconds: -60 * Int64(minute))
            for member in members where member.state == .active {
                window.add(UsageSample(at: at, cpu: usage), of: member.id, now: at)
            }
        }
        window.advance(to: now)
        return ScalingSituation(members: members, window: window, sampleInterval: 60)
    }

    /// Plans the resource and takes what the plan writes for done.
    @discardableResult
    mutating func carryOut(_ key: ResourceKey, _ scaling: ScalingSituation? = nil) -> Plan {
        var room = PoolRoom()
        var tally = NodeCounts()
        for node in view.status.values where node.key.kind == .node {
            tally.total += 1
            if node.state == .active { tally.active += 1 }
            if node.state == .error { tally.error += 1 }
            if node.state == .error, view.status[Self.pool]?.keepsInReserve(node.key.id) ?? false {
                tally.lostInReserve += 1
            }
        }
        view.tallies[Self.pool.id] = tally
        let plan = Planner.plan(key, in: view, now: now, room: &room, scaling: scaling)
        switch plan.change.status {
        case .insert(let status), .replace(let status): view.status[key] = status
        case .remove, nil: break
        }
        if case .update(_, _, let writes) = plan.change.document {
            for write in writes where write.path == "status" { view.observed[key]?.status = write.value }
        }
        return plan
    }

    /// One look: the pool decides, then every node follows. Returns the pool's plan.
    @discardableResult
    mutating func look() -> Plan {
        let plan = carryOut(Self.pool, situation)
        follow()
        return plan
    }

    mutating func follow() {
        for key in nodes {
            view.observed[key]?.lastHeartbeat = now
            carryOut(key)
        }
    }
}
