import Fleet

/// One resource as the planners see it, and what all kinds do alike.
struct Subject {
    let key: ResourceKey
    let desired: Desired?
    let observed: Observed?
    let status: ResourceStatus?
    let now: Timestamp

    /// The declaration has a generation that was not reconciled yet: differences are the operator's wish, not drift.
    func isPending(_ desired: Desired) -> Bool {
        guard let status, status.firstRevision == desired.firstRevision else { return true }
        return status.observedGeneration < desired.generation
    }

    /// The status that this pass starts from: the last one's counters, if they belong to this declaration.
    func nextStatus(_ desired: Desired) -> ResourceStatus {
        var next = ResourceStatus(
            key, observedGeneration: desired.generation, firstRevision: desired.firstRevision)
        next.documentID = observed?.documentID
        guard let status else { return next }
        next.poolID = status.poolID
        next.state = status.state
        next.drainingSince = status.drainingSince
        next.policyGeneration = status.policyGeneration
        next.counts = status.counts
        next.health = status.health
        next.scaling = status.scaling
        if status.firstRevision == desired.firstRevision {
            next.transitions = status.transitions
            next.events = status.events
        } else {
            next.scaling?.decisions = 0
        }
        return next
    }

    func conditions(_ desired: Desired) -> ConditionList {
        ConditionList(previous: status?.conditions ?? [], generation: desired.generation, now: now)
    }

    /// Writes `next` into the plan if it differs from what stands.
    func record(_ next: ResourceStatus, in plan: inout Plan) {
        if let status {
            if next != status { plan.change.status = .replace(next) }
        } else {
            plan.change.status = .insert(next)
        }
    }

    /// Adds an event of normal severity and numbers it.
    func emit(_ reason: String, _ message: String, into plan: inout Plan, _ next: inout ResourceStatus) {
        emit(.normal, reason, message, [], &plan, &next)
    }

    /// Adds a warning and numbers it.
    func warn(
        _ reason: String, _ message: String, drift: [Event.Drift] = [], into plan: inout Plan,
        _ next: inout ResourceStatus
    ) {
        emit(.warning, reason, message, drift, &plan, &next)
    }

    private func emit(
        _ severity: Event.Severity, _ reason: String, _ message: String, _ drift: [Event.Drift], _ plan: inout Plan,
        _ next: inout ResourceStatus
    ) {
        next.events += 1
        plan.change.events.append(
            Event(
                key: key, firstRevision: next.firstRevision, number: next.events, severity: severity, reason: reason,
                message: message, at: now, drift: drift))
    }

    /// Nobody declares it (any more): a status that was left behind goes, the document is others'.
    func forgotten() -> Plan {
        var plan = Plan(key)
        if status != nil { plan.change.status = .remove }
        return plan
    }

    // MARK: Suspension

    /// The suspension in force: an override comes before the manifest's, and a pool's is inherited by its nodes. A
    /// deletion, which somebody asked for later, ends it.
    func suspension(_ desired: Desired, pool: Desired?) -> (suspension: Suspension, inherited: Bool)? {
        guard desired.deletion == nil else { return nil }
        if let own = desired.pause(at: now) { return (own, false) }
        return pool?.pause(at: now).map { ($0, true) }
    }

    /// Nothing is written but the status, which says who paused it and why; the rest of the status stays as it was.
    func suspended(_ desired: Desired, _ pause: (suspension: Suspension, inherited: Bool)) -> Plan {
        var plan = Plan(key)
        var next = status ?? nextStatus(desired)
        if status == nil { next.observedGeneration = 0 }
        var conditions = ConditionList(
            previous: status?.conditions ?? [], generation: next.observedGeneration, now: now)
        for type in Condition.ConditionType.allCases where type != .suspended { conditions.keep(type) }
        if status == nil { conditions.set(.synced, .unknown, "Suspended", "not reconciled yet") }
        if status?[.ableToScale] != nil {
            conditions.set(.ableToScale, false, ScalingReason.paused.rawValue, ScalingReason.paused.sentence)
        }
        let until = pause.suspension.until.map { " until \($0)" } ?? ""
        conditions.set(
            .suspended, true, pause.inherited ? "PoolSuspended" : "Suspended",
            "\(pause.suspension.reason) (by \(pause.suspension.by)\(until))")
        next.conditions = conditions.conditions
        if status?[.suspended] == nil, !pause.inherited {
            emit(
                "Suspended", "paused by \(pause.suspension.by)\(until): \(pause.suspension.reason)", into: &plan, &next)
        }
        record(next, in: &plan)
        plan.reason = "suspended: \(pause.suspension.reason)"
        plan.outcome = .settled(again: pause.suspension.until)
        return plan
    }

    // MARK: Waiting

    /// Not possible before `other` changes. The document is not touched.
    /// - Parameter comes: what is waited for is on its way, so that nobody need be warned.
    func waiting(
        for other: ResourceKey, _ desired: Desired, _ reason: String, _ message: String, comes: Bool,
        noting body: (inout Plan, inout ResourceStatus) -> Void = { _, _ in }
    ) -> Plan {
        var plan = Plan(key)
        var next = nextStatus(desired)
        body(&plan, &next)
        var conditions = conditions(desired)
        conditions.set(.synced, false, reason, message)
        conditions.set(.ready, false, reason, message)
        conditions.set(.reconciling, true, reason, message)
        next.conditions = conditions.conditions
        // What waits was not reconciled: its generation stays pending, so that differences are not taken for drift.
        next.observedGeneration = status.map(\.observedGeneration) ?? 0
        if status?[.synced]?.reason != reason {
            if comes {
                emit(reason, message, into: &plan, &next)
            } else {
                warn(reason, message, into: &plan, &next)
            }
        }
        record(next, in: &plan)
        plan.reason = message
        plan.outcome = .waiting(for: other)
        return plan
    }

    /// The first resource that this one depends on and that is not ready at its present generation. Only the first
    /// creation waits: what stands already is not held up by a dependency that fails later.
    func unmetDependency(of desired: Desired, in view: FleetView) -> ResourceKey? {
        guard desired.deletion == nil, observed == nil, (status?.observedGeneration ?? 0) == 0 else { return nil }
        return desired.declaration.lifecycle.dependsOn.first { dependency in
            guard let other = view.desired[dependency], let status = view.status[dependency] else { return true }
            return status.observedGeneration < other.generation || status[.synced]?.status != .yes
                || status[.ready]?.status != .yes
        }
    }

    // MARK: Going

    /// Removes the declaration and its status; `leavesDocument` when the document stays behind, undeclared.
    func gone(_ desired: Desired, into plan: inout Plan, _ next: ResourceStatus, leavesDocument: Bool) {
        var next = next
        plan.verb = .delete
        plan.change.removesDesiredAt = desired.revision
        if status != nil { plan.change.status = .remove }
        emit(
            leavesDocument ? "Orphaned" : "Deleted",
            leavesDocument ? "no longer declared; its document stays" : "deleted", into: &plan, &next)
        if !leavesDocument, key.kind.collection != nil {
            plan.change.tombstone = Tombstone(
                key: key, firstRevision: desired.firstRevision, name: desired.declaration.name, at: now)
        }
    }
}

extension Subject {
    /// Leaves that a generation which was not reconciled yet stopped stating.
    func releasedLeaves(_ desired: Desired) -> [Int] {
        guard !desired.released.isEmpty else { return [] }
        let reconciled = status?.firstRevision == desired.firstRevision ? status?.observedGeneration ?? 0 : 0
        return desired.released.filter { $0.generation > reconciled }.compactMap { key.kind.table.leaf($0.path)?.index }
    }
}
