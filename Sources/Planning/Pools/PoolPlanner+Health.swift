import Fleet

extension PoolPlanner {
    /// `PoolHealthy`, the breaker's timers, and one event for many nodes that were lost or came back at once.
    func judgeHealth(
        _ plan: inout Plan, _ next: inout ResourceStatus, _ conditions: inout ConditionList
    ) {
        let inUse = tally.inUse
        // What was found and is not written yet counts already, so that the event tells of all of them.
        let unhealthy = min(inUse, tally.unhealthy + Int64(crowd?.unwritten ?? 0))
        let before = subject.status?.health
        var (timers, again) = Breaker.step(before, unhealthy: unhealthy, of: inUse, now: subject.now)
        let isOpen = timers?.openSince != nil
        if isOpen, before?.openSince == nil {
            subject.warn(
                "CircuitBreakerOpen",
                "\(unhealthy) of \(inUse) nodes in use are in error\(crowd.map { $0.names.isEmpty ? "" : $0.listed } ?? "")",
                into: &plan, &next)
        }
        if !isOpen, before?.openSince != nil {
            subject.emit(
                "CircuitBreakerClosed", "\(inUse - unhealthy) of \(inUse) nodes in use work again", into: &plan, &next)
        }
        tellCrowd(&timers, &again, isHeld: isOpen || before?.openSince != nil, &plan, &next)
        next.health = timers
        let message = inUse == 0 ? "no nodes in use" : "\(unhealthy) of \(inUse) nodes in use are in error"
        conditions.set(.poolHealthy, !isOpen, isOpen ? "CircuitBreakerOpen" : "NodesHealthy", message)
        if let again { plan.again(at: again) }
    }

    /// - Parameter isHeld: the breaker tells.
    private func tellCrowd(
        _ timers: inout PoolHealth?, _ again: inout Timestamp?, isHeld: Bool, _ plan: inout Plan,
        _ next: inout ResourceStatus
    ) {
        if let crowd, timers?.crowdSince != crowd.since {
            var noted = timers ?? PoolHealth()
            (noted.crowdSince, noted.isTold) = (crowd.since, false)
            timers = noted
        }
        guard let since = timers?.crowdSince, timers?.isTold == false else { return }
        // Unless the breaker opens, it gathers first.
        let due = since.advanced(seconds: Crowds.gathering)
        guard isHeld || due <= subject.now else {
            again = again.map { min($0, due) } ?? due
            return
        }
        timers?.isTold = true
        guard !isHeld else { return }
        guard let crowd else {
            let message = "nodes lost at once; \(tally.error) of \(tally.total) nodes are in error"
            return subject.warn("NodesLost", message, into: &plan, &next)
        }
        // All of it was taken back.
        guard crowd.lost + crowd.back > 0 else { return }
        let (severity, reason, message) = crowd.told(of: tally.total)
        switch severity {
        case .normal: subject.emit(reason, message, into: &plan, &next)
        case .warning: subject.warn(reason, message, into: &plan, &next)
        }
    }
}

extension Plan {
    /// Due again at that instant at the latest.
    fileprivate mutating func again(at instant: Timestamp) {
        guard case .settled(let other) = outcome else { return }
        outcome = .settled(again: other.map { min($0, instant) } ?? instant)
    }
}
