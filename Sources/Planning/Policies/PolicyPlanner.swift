import Fleet

/// A scaling policy stands in `desired` alone: there is nothing to write but what is known of it.
struct PolicyPlanner {
    let subject: Subject
    let desired: Desired
    let view: FleetView

    init(_ subject: Subject, _ desired: Desired, _ view: FleetView) {
        self.subject = subject
        self.desired = desired
        self.view = view
    }

    func plan() -> Plan {
        let referrers = (view.referrers[subject.key.id] ?? []).sorted()
        if desired.deletion != nil, referrers.isEmpty {
            var plan = Plan(subject.key)
            subject.gone(desired, into: &plan, subject.nextStatus(desired), leavesDocument: false)
            return plan
        }
        var plan = Plan(subject.key)
        var next = subject.nextStatus(desired)
        var conditions = subject.conditions(desired)
        conditions.set(.synced, true, "AsDeclared")
        conditions.set(
            .ready, true, referrers.isEmpty ? "NotReferenced" : "InUse",
            referrers.isEmpty
                ? "no pool names it" : "named by \(referrers.count) pool\(referrers.count == 1 ? "" : "s")")
        if desired.deletion != nil {
            let names = referrers.map(\.description).joined(separator: ", ")
            conditions.set(.deletionBlocked, true, "StillReferenced", "named by \(names)")
            if subject.status?[.deletionBlocked] == nil {
                subject.warn("DeletionBlocked", "named by \(names)", into: &plan, &next)
            }
        }
        if subject.status == nil { subject.emit("Created", "declared", into: &plan, &next) }
        next.conditions = conditions.conditions
        subject.record(next, in: &plan)
        plan.verb = subject.status == nil ? .create : subject.isPending(desired) ? .update : .none
        plan.reason = subject.status == nil ? "declared" : "the declaration changed"
        return plan
    }
}
