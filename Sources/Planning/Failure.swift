import Fleet

extension Planner {
    /// The change that writes down a failure: `Stalled`, with the attempts so far and when the next one is due; both
    /// are nil when it waits for another resource instead.
    ///
    /// Nil when the declaration is gone meanwhile. A terminal rejection is retried all the same, at the queue's pace:
    /// what made it fail may go away without an event.
    package static func failure(
        of key: ResourceKey, in view: FleetView, reason: String, message: String, attempts: Int64?,
        nextRetry: Timestamp?, now: Timestamp
    ) -> ResourceChange? {
        guard let desired = view.desired[key] else { return nil }
        let subject = Subject(
            key: key, desired: desired, observed: view.observed[key], status: view.status[key], now: now)
        var plan = Plan(key)
        var next = subject.nextStatus(desired)
        next.observedGeneration = subject.status?.observedGeneration ?? 0
        var conditions = subject.conditions(desired)
        conditions.set(.synced, false, reason, message)
        conditions.set(.ready, false, reason, message)
        conditions.set(.stalled, true, reason, message)
        next.conditions = conditions.conditions
        next.attempts = attempts
        next.nextRetry = nextRetry
        if subject.status?[.stalled]?.reason != reason {
            subject.warn(reason, message, into: &plan, &next)
        }
        subject.record(next, in: &plan)
        return plan.change
    }
}
