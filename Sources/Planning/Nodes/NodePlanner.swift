import Fleet

/// Decides about one node: whether it has a place, what its document holds, its status, and how it moves or goes.
struct NodePlanner {
    let subject: Subject
    let desired: Desired
    let view: FleetView
    /// The declaration of the pool that the node is declared into.
    let pool: Desired?
    let facts: AgentFacts?
    let rule: HeartbeatRule
    /// The scaler wants it out of use, and may decide about it.
    let isUnwanted: Bool

    init(_ subject: Subject, _ desired: Desired, _ view: FleetView) {
        self.subject = subject
        self.desired = desired
        self.view = view
        pool = desired.poolID.flatMap { view.desired[ResourceKey(.nodePool, $0)] }
        facts = view.agents[subject.key.id]
        let scaling = desired.poolID.flatMap { view.status[ResourceKey(.nodePool, $0)]?.scaling }
        let intent = scaling?.intents[subject.key.id]
        // One from before its declaration is of a node that was deleted, unless it was asked for.
        let isOfThisNode =
            intent.map { $0.at >= desired.createdAt } ?? false || scaling?.provided[subject.key.id] != nil
        isUnwanted = !desired.isPinned && isOfThisNode && intent?.isWanted == false
        rule = HeartbeatRule(facts, view.ingest)
    }

    func plan(_ room: inout PoolRoom) -> Plan {
        if let pause = subject.suspension(desired, pool: pool) {
            var plan = subject.suspended(desired, pause)
            plan.differences = subject.observed.map { Differences.between(wanted(), $0) } ?? Differences.whole(wanted())
            return plan
        }
        if desired.deletion != nil { return deletion() }
        // A node without a document waits for its place; one that has a document is looked after while it waits.
        if subject.observed == nil, comesToBe, let obstacle = placement(&room) {
            return subject.waiting(
                for: obstacle.pool, desired, obstacle.reason, obstacle.message, comes: obstacle.comes)
        }
        return upkeep(&room)
    }

    /// A document is made for a new declaration, and for one whose document somebody deleted, unless that is left so.
    private var comesToBe: Bool {
        subject.isPending(desired) || subject.status?.documentID == nil
            || desired.declaration.lifecycle.drift == .correct
    }

    // MARK: Its place

    private struct Obstacle {
        var pool: ResourceKey
        var reason: String
        var message: String
        /// The pool is declared, and will be there.
        var comes = false
    }

    /// Why the node can't be in its declared pool now; nil when it can, and then its place is taken.
    private func placement(_ room: inout PoolRoom) -> Obstacle? {
        guard let poolID = desired.poolID else { return nil }
        let key = ResourceKey(.nodePool, poolID)
        guard let document = view.observed[key] else {
            let comes = pool != nil && pool?.deletion == nil
            return Obstacle(pool: key, reason: "PoolMissing", message: "\(key) does not exist yet", comes: comes)
        }
        if pool?.deletion != nil {
            return Obstacle(pool: key, reason: "PoolBeingDeleted", message: "\(key) is being deleted")
        }
        let limit = poolLimit(poolID)
        guard let limit, !room.take(poolID, count: document.nodeCount?.int ?? 0, limit: limit) else { return nil }
        return Obstacle(pool: key, reason: "PoolFull", message: "\(key) holds its maximum of \(limit) nodes")
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

    /// How a node comes from the pool that its document names to the one that is declared.
    private struct Move {
        /// Declared and not yet reconciled: it is drained first. A document that was moved by hand is put back at once.
        var isWish: Bool
        var obstacle: Obstacle?
    }

    private func move(_ room: inout PoolRoom) -> Move? {
        guard let observed = subject.observed, observed.poolID != desired.poolID,
            desired.poolID != nil || isReleased(observed)
        else { return nil }
        let isWish = subject.isPending(desired)
        // Asked before it drains, and again when it goes.
        if isWish, subject.status?.drainingSince != nil, case .running = drain(true).phase {
            return Move(isWish: isWish)
        }
        return Move(isWish: isWish, obstacle: placement(&room))
    }

    private func upkeep(_ room: inout PoolRoom) -> Plan {
        let move = move(&room)
        let drainsForMove = move.map { $0.isWish && $0.obstacle == nil } ?? false
        let isHeld = drainsForMove || desired.overrides.drain != nil
        let drain = drain(isHeld || (isUnwanted && !restsInWindow))
        let assessment = NodeAssessment(
            spec: desired.spec, hold: hold(isHeld ? drain : .none), use: use(drain), rule: rule,
            lastHeartbeat: subject.observed?.lastHeartbeat, wasLost: wasLost, now: subject.now)
        var upkeep = DocumentUpkeep(subject: subject, desired: desired, wanted: wanted())
        if drainsForMove, case .running = drain.phase { upkeep.deferred = ["pool_id"] }
        if move?.obstacle != nil { upkeep.deferred = ["pool_id"] }
        upkeep.computed = ComputedField(
            path: "status", found: subject.observed?.status, last: subject.status?.state.map { .string($0.rawValue) },
            next: .string(assessment.state.rawValue))
        var (plan, next, conditions) = upkeep.plan(inserting: [
            PathValue("node_id", .string(subject.key.id)), PathValue("status", .string(assessment.state.rawValue)),
        ])
        // A deleted document that is left so says nothing of the machine.
        let isThere = subject.observed != nil || plan.verb == .create
        place(move, &plan, &next, drain)
        if !upkeep.deferred.isEmpty { next.observedGeneration = subject.status?.observedGeneration ?? 0 }
        plan.outcome = .settled(again: assessment.nextChange)
        if case .running(let until) = drain.phase {
            conditions.set(.draining, true, "Draining", assessment.message)
            plan.outcome = .settled(again: until)
        }
        if !upkeep.deferred.isEmpty, move?.obstacle == nil {
            conditions.set(.reconciling, true, "Moving", assessment.message)
        }
        if isThere { settle(assessment, &conditions) } else { conditions.keep(.ready) }
        if isThere { compareHardware(&plan, &next, &conditions) }
        if let obstacle = move?.obstacle { hold(back: obstacle, assessment, &plan, &next, &conditions) }
        if isThere { enter(assessment, &plan, &next) }
        next.conditions = conditions.conditions
        subject.record(next, in: &plan)
        return plan
    }

    /// In its maintenance window there is nothing to drain.
    private var restsInWindow: Bool {
        guard let status = subject.status, status.drainingSince == nil else { return false }
        return status.state == .maintenance && status[.ready]?.reason == NodeAssessment.inWindow
    }

    private func use(_ drain: Drain) -> NodeAssessment.Use {
        guard isUnwanted else { return .inUse }
        return if case .running = drain.phase { .leaving } else { .standby }
    }

    /// Who comes out of reserve is no news of its heartbeats.
    private func enter(_ assessment: NodeAssessment, _ plan: inout Plan, _ next: inout ResourceStatus) {
        guard assessment.state == .active, subject.status?.isStandby ?? false else {
            return enter(assessment.state, assessment.reason, assessment.message, &plan, &next)
        }
        enter(.active, "Activated", "the scaler takes it into use", &plan, &next)
    }

    /// In error because it was silent: who was in quarantine may have reported all the time.
    private var wasLost: Bool {
        subject.status.map { $0.state == .error && !$0.isQuarantined } ?? false
    }

    /// Counts the pools that the write makes the node leave and join.
    private func place(_ move: Move?, _ plan: inout Plan, _ next: inout ResourceStatus, _ drain: Drain) {
        let writesPool = plan.verb == .create || (move != nil && plan.writes("pool_id"))
        if writesPool { plan.change.recounts = recounts(arrivingIn: desired.poolID) }
        next.poolID = writesPool ? desired.poolID : subject.observed?.poolID
        next.drainingSince = writesPool && desired.overrides.drain == nil ? nil : drain.since
    }

    /// It stays where it is, and is looked after there, until the pool that it is to join changes.
    private func hold(
        back obstacle: Obstacle, _ assessment: NodeAssessment, _ plan: inout Plan, _ next: inout ResourceStatus,
        _ conditions: inout ConditionList
    ) {
        conditions.set(.synced, false, obstacle.reason, obstacle.message)
        conditions.set(.reconciling, true, obstacle.reason, obstacle.message)
        if subject.status?[.synced]?.reason != obstacle.reason {
            subject.warn(obstacle.reason, obstacle.message, into: &plan, &next)
        }
        // Who waits has no timer; where a window opens meanwhile, it asks again instead.
        plan.outcome =
            assessment.nextChange.map { .settled(again: min($0, subject.now.advanced(seconds: 30))) }
            ?? .waiting(for: obstacle.pool)
    }

    private func isReleased(_ observed: Observed) -> Bool {
        observed.poolID != nil && subject.releasedLeaves(desired).contains(NodeLeaf.poolID)
    }

    /// `Ready`: its heartbeat is fresh, nothing holds it, and the store matches the declaration.
    private func settle(_ assessment: NodeAssessment, _ conditions: inout ConditionList) {
        let synced = conditions[.synced]?.status == .yes
        // Who is out of use on purpose is so whatever its document says otherwise.
        if synced || assessment.isIdle {
            conditions.set(.ready, assessment.state == .active, assessment.reason, assessment.message)
        } else {
            let synced = conditions[.synced]
            conditions.set(.ready, false, "NotSynced", synced?.message ?? "")
        }
    }

    /// `HardwareMatches`, while the machine's size is known.
    private func compareHardware(_ plan: inout Plan, _ next: inout ResourceStatus, _ conditions: inout ConditionList) {
        guard let match = HardwareMatch(desired.spec, facts?.hardware) else { return }
        conditions.set(.hardwareMatches, match.holds, match.reason, match.message)
        if !match.holds, subject.status?[.hardwareMatches]?.status != .no {
            subject.warn(match.reason, match.message, into: &plan, &next)
        }
    }

    /// Writes the history of a changed status, and an event unless the node has just been created, or its pool tells of
    /// it with many others.
    func enter(
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
        // Who comes out of a window and reports is no news of its heartbeats.
        // Who is in reserve is missed by nobody.
        if !isUnwanted, before != .maintenance || state == .error, NodeAssessment.heartbeatReasons.contains(reason) {
            plan.turn = state == .error ? .lost : .back
            if isToldByOthers { return }
        }
        let change = "\(before.rawValue) → \(state.rawValue): \(message)"
        if state == .error {
            subject.warn(reason, change, into: &plan, &next)
        } else {
            subject.emit(reason, change, into: &plan, &next)
        }
    }

    /// It turned with many others, or its pool's breaker is open.
    private var isToldByOthers: Bool {
        let teller = view.teller(of: subject.observed?.poolID, now: subject.now)
        return view.crowds[teller ?? Crowds.unspoken] != nil || teller.map(view.openBreakers.contains) ?? false
    }
}

extension Plan {
    /// Whether the document's write touches that path; an insert holds all of them.
    package func writes(_ path: String) -> Bool {
        switch change.document {
        case .insert(_, let fields): fields.contains { $0.path == path }
        case .update(_, _, let writes): writes.contains { $0.path == path }
        case .delete, nil: false
        }
    }
}
