import Fleet

/// Decides about one node: whether it has a place, what its document holds, its status, and how it moves or goes.
struct NodePlanner {
    let subject: Subject
    let desired: Desired
    let view: FleetView
    /// The declaration of the pool that the node is declared into.
    let pool: Desired?

    init(_ subject: Subject, _ desired: Desired, _ view: FleetView) {
        self.subject = subject
        self.desired = desired
        self.view = view
        pool = desired.poolID.flatMap { view.desired[ResourceKey(.nodePool, $0)] }
    }

    func plan(_ room: inout PoolRoom) -> Plan {
        if let pause = subject.suspension(desired, pool: pool) {
            var plan = subject.suspended(desired, pause)
            plan.differences = subject.observed.map { Differences.between(wanted(), $0) } ?? Differences.whole(wanted())
            return plan
        }
        if desired.deletion != nil { return deletion() }
        let arrives = subject.observed == nil || subject.observed?.poolID != desired.poolID
        if arrives, let poolID = desired.poolID, let obstacle = placement(in: poolID, &room) {
            return subject.waiting(
                for: ResourceKey(.nodePool, poolID), desired, obstacle.reason, obstacle.message)
        }
        return upkeep()
    }

    // MARK: Its place

    /// Why the node can't be in that pool now; nil when it can.
    private func placement(in poolID: String, _ room: inout PoolRoom) -> (reason: String, message: String)? {
        let key = ResourceKey(.nodePool, poolID)
        guard let document = view.observed[key] else {
            return ("PoolMissing", "\(key) does not exist yet")
        }
        if pool?.deletion != nil { return ("PoolBeingDeleted", "\(key) is being deleted") }
        let limit = poolLimit(poolID)
        guard let limit, !room.take(poolID, count: document.nodeCount?.int ?? 0, limit: limit) else { return nil }
        return ("PoolFull", "\(key) holds its maximum of \(limit) nodes")
    }

    private func poolLimit(_ poolID: String) -> Int64? {
        let declared = view.desired[ResourceKey(.nodePool, poolID)]?.spec.withDefaults()[PoolLeaf.maxNodes]
        return (declared ?? view.observed[ResourceKey(.nodePool, poolID)]?.leaves[PoolLeaf.maxNodes])?.int
    }

    /// The pools whose counts change when the node comes to `target`.
    private func recounts(arrivingIn target: String?) -> [PoolRecount] {
        let left = subject.observed?.poolID.flatMap { $0 == target ? nil : PoolRecount($0) }
        let joined = target.map { PoolRecount($0, limit: poolLimit($0)) }
        return [left, joined].compactMap(\.self)
    }

    // MARK: Its document

    private func wanted() -> WantedDocument {
        var leaves = Spec(.node)
        let table = FieldTable.node.leaves
        for leaf in desired.spec.leaves where table[leaf.index].storedPath != nil { leaves[leaf.index] = leaf.value }
        let released = subject.releasedLeaves(desired).filter { table[$0].storedPath != nil && leaves[$0] == nil }
        return WantedDocument(name: desired.declaration.name, leaves: leaves, released: released.sorted())
    }

    private func upkeep() -> Plan {
        let observed = subject.observed
        // Only a declared change of pool is drained; a document that was moved by hand is put back at once.
        let moves = observed.map { $0.poolID != desired.poolID && (desired.poolID != nil || isReleased($0)) } ?? false
        let drainsForMove = moves && subject.isPending(desired)
        let drain = drain(drainsForMove || desired.overrides.drain != nil)
        let assessment = NodeAssessment(
            spec: desired.spec, hold: hold(drain, moving: drainsForMove), lastHeartbeat: observed?.lastHeartbeat,
            now: subject.now)
        var upkeep = DocumentUpkeep(subject: subject, desired: desired, wanted: wanted())
        if drainsForMove, case .running = drain.phase { upkeep.deferred = ["pool_id"] }
        upkeep.computed = (
            "status", observed?.status, subject.status?.state.map { .string($0.rawValue) },
            .string(assessment.state.rawValue)
        )
        var (plan, next, conditions) = upkeep.plan(inserting: [
            PathValue("node_id", .string(subject.key.id)), PathValue("status", .string(assessment.state.rawValue)),
        ])
        let writesPool = plan.verb == .create || (moves && plan.writes("pool_id"))
        if writesPool { plan.change.recounts = recounts(arrivingIn: desired.poolID) }
        next.poolID = writesPool ? desired.poolID : observed?.poolID
        next.drainingSince = writesPool && desired.overrides.drain == nil ? nil : drain.since
        if !upkeep.deferred.isEmpty { next.observedGeneration = subject.status?.observedGeneration ?? 0 }
        if case .running(let until) = drain.phase {
            conditions.set(.draining, true, "Draining", assessment.message)
            plan.outcome = .settled(again: until)
        } else {
            plan.outcome = .settled(again: assessment.nextChange)
        }
        if !upkeep.deferred.isEmpty { conditions.set(.reconciling, true, "Moving", assessment.message) }
        settle(assessment, &conditions)
        enter(assessment.state, assessment.reason, assessment.message, &plan, &next)
        next.conditions = conditions.conditions
        subject.record(next, in: &plan)
        return plan
    }

    private func isReleased(_ observed: Observed) -> Bool {
        observed.poolID != nil && subject.releasedLeaves(desired).contains(NodeLeaf.poolID)
    }

    /// `Ready`: its heartbeat is fresh, nothing holds it, and the store matches the declaration.
    private func settle(_ assessment: NodeAssessment, _ conditions: inout ConditionList) {
        let synced = conditions[.synced]?.status == .yes
        if synced {
            conditions.set(.ready, assessment.state == .active, assessment.reason, assessment.message)
        } else {
            let synced = conditions[.synced]
            conditions.set(.ready, false, "NotSynced", synced?.message ?? "")
        }
    }

    /// Writes the history of a changed status, and an event unless the node has just been created.
    private func enter(
        _ state: NodeState?, _ reason: String, _ message: String, _ plan: inout Plan, _ next: inout ResourceStatus
    ) {
        let before = next.state
        guard before != state else { return }
        next.state = state
        next.transitions += 1
        plan.change.history.append(
            HistoryEntry(
                nodeID: subject.key.id, firstRevision: next.firstRevision, transition: next.transitions, from: before,
                to: state, reason: reason, at: subject.now))
        guard let before, let state else { return }
        if plan.reason.isEmpty { plan.reason = message }
        let change = "\(before.rawValue) → \(state.rawValue): \(message)"
        if state == .error {
            subject.warn(reason, change, into: &plan, &next)
        } else {
            subject.emit(reason, change, into: &plan, &next)
        }
    }

    // MARK: Draining and going

    private struct Drain {
        enum Phase {
            case none
            case running(until: Timestamp)
            case done
        }
        var phase: Phase
        var since: Timestamp?
    }

    /// A node that works is given its pool's `drain_seconds`; one that does not has nothing to drain.
    private func drain(_ wanted: Bool) -> Drain {
        guard wanted else { return Drain(phase: .none, since: nil) }
        let status = subject.status
        guard let since = status?.drainingSince ?? (status?.state == .active ? subject.now : nil) else {
            return Drain(phase: .done, since: nil)
        }
        let end = since.advanced(seconds: drainSeconds)
        return Drain(phase: subject.now < end ? .running(until: end) : .done, since: since)
    }

    /// By the pool that the node stands in.
    private var drainSeconds: Int64 {
        let poolID = subject.observed?.poolID ?? desired.poolID
        let pool = poolID.flatMap { view.desired[ResourceKey(.nodePool, $0)] }
        return pool.flatMap { ResolvedPolicy(of: $0, in: view) }?.drainSeconds ?? ResolvedPolicy.defaultDrainSeconds
    }

    private func hold(_ drain: Drain, moving: Bool) -> NodeAssessment.Hold? {
        let overrides = desired.overrides
        let why =
            overrides.drain.map { "drained by \($0.by): \($0.reason)" }
            ?? "leaves \(subject.observed?.poolID ?? "no pool") for \(desired.poolID ?? "no pool")"
        switch drain.phase {
        case .running: return .draining(why)
        case .done where overrides.drain != nil: return .drained(why)
        case .done, .none: return overrides.cordon.map { .cordoned("cordoned by \($0.by): \($0.reason)") }
        }
    }

    private func deletion() -> Plan {
        var plan = Plan(subject.key)
        var next = subject.nextStatus(desired)
        let by = "deleted by \(desired.deletion?.by ?? desired.manager)"
        plan.reason = by
        if desired.declaration.lifecycle.onDelete == .orphan {
            subject.gone(desired, into: &plan, next, leavesDocument: true)
            return plan
        }
        guard let observed = subject.observed else {
            enter(nil, "Deleted", by, &plan, &next)
            subject.gone(desired, into: &plan, next, leavesDocument: false)
            return plan
        }
        let drain = drain(true)
        if case .running(let until) = drain.phase {
            leave(observed, drain, by, &plan, &next)
            plan.outcome = .settled(again: until)
            return plan
        }
        plan.change.document = .delete(
            id: observed.documentID, guards: [PathGuard("pool_id", observed.leaves[NodeLeaf.poolID])])
        plan.change.recounts = observed.poolID.map { [PoolRecount($0)] } ?? []
        enter(nil, "Deleted", by, &plan, &next)
        subject.gone(desired, into: &plan, next, leavesDocument: false)
        return plan
    }

    /// Draining before deletion: held in maintenance until its time is over.
    private func leave(
        _ observed: Observed, _ drain: Drain, _ why: String, _ plan: inout Plan, _ next: inout ResourceStatus
    ) {
        var conditions = subject.conditions(desired)
        conditions.keep(.synced)
        conditions.set(.ready, false, "BeingDeleted", why)
        conditions.set(.reconciling, true, "Draining", why)
        conditions.set(.draining, true, "Draining", why)
        next.drainingSince = drain.since
        let maintenance = FieldValue.string(NodeState.maintenance.rawValue)
        if observed.status != maintenance {
            plan.verb = .update
            plan.change.document = .update(
                id: observed.documentID, guards: [PathGuard("status", observed.status)],
                writes: [PathValue("status", maintenance)])
        }
        enter(.maintenance, "Draining", why, &plan, &next)
        next.conditions = conditions.conditions
        subject.record(next, in: &plan)
    }
}

extension Plan {
    /// Whether the document's write touches that path; an insert holds all of them.
    func writes(_ path: String) -> Bool {
        switch change.document {
        case .insert(_, let fields): fields.contains { $0.path == path }
        case .update(_, _, let writes): writes.contains { $0.path == path }
        case .delete, nil: false
        }
    }
}
