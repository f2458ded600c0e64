import Fleet

/// Decides about one pool: its document, its count, whether it may go.
struct PoolPlanner {
    let subject: Subject
    let desired: Desired
    let policy: ResolvedPolicy?
    let tally: NodeCounts
    let namedPolicy: ResourceKey?
    let policyIsMissing: Bool
    /// Of its nodes, those that were lost or came back at once.
    let crowd: NodeCrowd?
    /// Its size is to be decided anew.
    let situation: ScalingSituation?
    /// Of the nodes that its provider was asked for.
    let news: ProviderNews

    init(_ subject: Subject, _ desired: Desired, _ view: FleetView, _ situation: ScalingSituation? = nil) {
        self.situation = situation
        news = view.provided[subject.key.id] ?? ProviderNews()
        self.subject = subject
        self.desired = desired
        policy = ResolvedPolicy(of: desired, in: view)
        crowd = view.crowds[subject.key.id]
        tally = view.tallies[subject.key.id] ?? NodeCounts()
        namedPolicy = desired.spec[PoolLeaf.policyReference]?.string.map { ResourceKey(.scalingPolicy, $0) }
        policyIsMissing = namedPolicy != nil && policy == nil
    }

    /// Whether its plan comes as far as its nodes' health.
    var judgesHealth: Bool {
        subject.suspension(desired, pool: nil) == nil && desired.deletion == nil && !policyIsMissing
    }

    func plan() -> Plan {
        if let pause = subject.suspension(desired, pool: nil) {
            var plan = subject.suspended(desired, pause)
            plan.differences = subject.observed.map { Differences.between(wanted(), $0) } ?? Differences.whole(wanted())
            return plan
        }
        if desired.deletion != nil { return deletion() }
        if policyIsMissing, let namedPolicy {
            return subject.waiting(
                for: namedPolicy, desired, "PolicyMissing", "\(namedPolicy) does not exist", comes: false
            ) { plan, next in
                // Calls go on, and what came of them is not to be asked for again.
                settleProvided(&plan, &next)
                tellProvided(&plan, &next)
            }
        }
        let upkeep = DocumentUpkeep(
            subject: subject, desired: desired, wanted: wanted(),
            followsPolicy: subject.status.map { $0.policyGeneration != policy?.generation } ?? false)
        var (plan, next, conditions) = upkeep.plan(inserting: [
            PathValue("pool_id", .string(subject.key.id)), PathValue("node_count", .int(0)),
        ])
        next.policyGeneration = policy?.generation
        next.counts = tally
        if subject.observed?.nodeCount != .int(tally.total), plan.verb == .create || subject.observed != nil {
            plan.change.recounts = [PoolRecount(subject.key.id)]
        }
        let ready = readiness()
        let synced = conditions[.synced]?.status == .yes
        conditions.set(.ready, synced && ready.holds, synced ? ready.reason : "NotSynced", ready.message)
        judgeHealth(&plan, &next, &conditions)
        settleProvided(&plan, &next)
        scale(&plan, &next, &conditions)
        tellProvided(&plan, &next)
        next.conditions = conditions.conditions
        subject.record(next, in: &plan)
        return plan
    }

    /// What the pool's document is to hold: what is stated, the defaults, and the five fields of its policy.
    private func wanted() -> WantedDocument {
        var leaves = Spec(.nodePool)
        for leaf in desired.spec.withDefaults().leaves
        where FieldTable.nodePool.leaves[leaf.index].storedPath != nil && !PoolLeaf.isPolicy(leaf.index) {
            leaves[leaf.index] = leaf.value
        }
        if let policy {
            for index in PoolLeaf.storedPolicy { leaves[index] = policy.spec[index - PoolLeaf.policy] }
        }
        return WantedDocument(name: desired.declaration.name, leaves: leaves, released: released(beside: leaves))
    }

    /// Defaults were written beside what the policy stated, so a policy that goes takes all five fields with it.
    private func released(beside leaves: Spec) -> [Int] {
        var indexes = Set<Int>()
        for index in subject.releasedLeaves(desired) {
            let isPolicy = index == PoolLeaf.policyReference || PoolLeaf.isPolicy(index)
            indexes.formUnion(isPolicy ? PoolLeaf.storedPolicy : [index])
        }
        return indexes.filter { leaves[$0] == nil && FieldTable.nodePool.leaves[$0].storedPath != nil }.sorted()
    }

    /// A scaled pool works with its minimum of active nodes, any other with one; and no node may be in error.
    private func readiness() -> (holds: Bool, reason: String, message: String) {
        let scales = desired.spec[PoolLeaf.autoScaling] == .bool(true)
        let needed = scales ? policy?.minNodes ?? 1 : min(1, tally.total)
        let message = "\(tally.active) of \(tally.total) nodes active"
        if tally.unhealthy > 0 { return (false, "NodesInError", message + ", \(tally.unhealthy) in error") }
        if tally.active < needed { return (false, "TooFewActiveNodes", message + ", \(needed) needed") }
        return (true, tally.total == 0 ? "NoNodes" : "NodesActive", message)
    }

    private func deletion() -> Plan {
        var plan = Plan(subject.key)
        var next = subject.nextStatus(desired)
        settleProvided(&plan, &next)
        let isProvided = takeAwayProvided(&next)
        tellProvided(&plan, &next)
        let leavesDocument = desired.declaration.lifecycle.onDelete == .orphan
        if !isProvided, leavesDocument || (tally.total == 0 && tally.declared == 0) {
            subject.gone(desired, into: &plan, next, leavesDocument: leavesDocument)
            if let observed = subject.observed, !leavesDocument {
                plan.change.document = .delete(id: observed.documentID, guards: [])
                // A node that came in between keeps the pool.
                plan.change.recounts = [PoolRecount(subject.key.id, limit: 0)]
            }
            plan.reason = "deleted by \(desired.deletion?.by ?? desired.manager)"
            return plan
        }
        next.counts = tally
        let count = max(tally.total, tally.declared)
        let cascades = desired.deletion?.cascade ?? false || count == 0
        let undeclared = tally.undeclared > 0 ? ", \(tally.undeclared) of them undeclared" : ""
        let message =
            count == 0 || leavesDocument
            ? "the provider takes its nodes away"
            : (count == 1 ? "1 node remains" : "\(count) nodes remain") + undeclared
        var conditions = subject.conditions(desired)
        conditions.keep(.synced)
        conditions.set(.ready, false, "BeingDeleted", message)
        if leavesDocument || (cascades && tally.undeclared == 0) {
            conditions.set(.reconciling, true, "NodesGoFirst", message)
        } else {
            conditions.set(.deletionBlocked, true, "NodesRemain", message)
            if subject.status?[.deletionBlocked] == nil {
                subject.warn("DeletionBlocked", message, into: &plan, &next)
            }
        }
        next.conditions = conditions.conditions
        subject.record(next, in: &plan)
        plan.reason = message
        return plan
    }
}
