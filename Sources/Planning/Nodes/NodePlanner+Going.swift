import Fleet

// Draining, and what follows it: held, moved or deleted.

extension NodePlanner {
    struct Drain {
        enum Phase {
            case none
            case running(until: Timestamp)
            case done
        }
        var phase: Phase
        var since: Timestamp?

        static let none = Drain(phase: .none, since: nil)
    }

    /// In use, or held in maintenance while its machine reports: there may be work on it.
    private var works: Bool {
        switch subject.status?.state {
        case .active: true
        case .maintenance:
            subject.observed?.lastHeartbeat.map { !rule.isLost($0, wasLost: false, now: subject.now) } ?? false
        case .inactive, .error, nil: false
        }
    }

    /// A node that works is given its pool's `drain_seconds`, or until its agent says that it is done; one that does not
    /// has nothing to drain.
    func drain(_ wanted: Bool) -> Drain {
        guard wanted else { return .none }
        let status = subject.status
        guard let since = status?.drainingSince ?? (works ? subject.now : nil) else {
            return Drain(phase: .done, since: nil)
        }
        if facts?.drained == since { return Drain(phase: .done, since: since) }
        let end = since.advanced(seconds: drainSeconds)
        return Drain(phase: subject.now < end ? .running(until: end) : .done, since: since)
    }

    /// By the pool that the node stands in.
    private var drainSeconds: Int64 {
        let poolID = subject.observed?.poolID ?? desired.poolID
        let pool = poolID.flatMap { view.desired[ResourceKey(.nodePool, $0)] }
        return pool.flatMap { ResolvedPolicy(of: $0, in: view) }?.drainSeconds ?? ResolvedPolicy.defaultDrainSeconds
    }

    func hold(_ drain: Drain) -> NodeAssessment.Hold? {
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

    func deletion() -> Plan {
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
        conditions.keep(.hardwareMatches)
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
