import Fleet

extension ScalingRound {
    /// A node at least this busy may hide any excess: its load counts double.
    private static let saturated = 95.0

    /// SCALING, rule 5; nil when no metric asks for more.
    mutating func grown() -> Outcome? {
        var needed: Int64 = 0
        for reading in readings where reading.valid > 0 && reading.low >= policy.up {
            let factor = reading.low >= ScalingRound.saturated ? 2.0 : 1
            let load = reading.lowLoad(roles) * factor
            let nodes = nodesFor(load)
            needed = max(needed, nodes)
            note(
                .scaleUp, metric: reading.metric,
                [
                    .init("usage", reading.low, .percent), .init("threshold", policy.up, .percent),
                    .init("load", load, .nodes), .init("target", policy.target, .percent),
                ], want: nodes + roles.error, .usageHigh)
        }
        var reason = ScalingReason.usageHigh
        if isForecastHigh, forecastNodes > needed { (needed, reason) = (forecastNodes, .usageForecast) }
        guard needed > 0 else { return nil }
        want = needed + roles.error
        if needed <= roles.working {
            limit = .inFlightCoversLoad
            return hold(.limit, [.init("wanted", needed), .init("working", roles.working)], .inFlightCoversLoad)
        }
        return grow(to: needed, reason, atOnce: max(2 * roles.usable, roles.usable + 4))
    }

    /// What the forecasts ask for, which may only be more: persistence says nothing that the usage does not.
    mutating func lookAhead() {
        guard policy.forecast else { return }
        for reading in readings where reading.valid > 0 {
            guard let outlook = input.window.outlook(reading.metric) else { continue }
            let usage = min(outlook.load / Double(max(roles.working, 1)) * 100, 1000)
            let speaks = outlook.candidate != .persistence
            if speaks {
                forecastNodes = max(forecastNodes, nodesFor(outlook.load))
                isForecastHigh = isForecastHigh || usage >= policy.up
            }
            var step = ScalingStep(
                .forecast, metric: reading.metric.rawValue,
                [
                    .init("usage", usage, .percent), .init("load", outlook.load, .nodes),
                    .init("in", Double(LoadForecast.minutesAhead), .minutes), .init("loss", outlook.loss, .nodes),
                    .init("loss of Persistence", outlook.persistenceLoss, .nodes),
                ], want: speaks ? nodesFor(outlook.load) + roles.error : nil,
                reason: isForecastHigh ? .usageForecast : nil)
            step.candidate = outlook.candidate.rawValue
            steps.append(step)
        }
    }

    /// So many nodes carry the load, in fully used nodes, at the target.
    func nodesFor(_ load: Double) -> Int64 {
        // What is a whole number but for the last bits of a division stays one.
        // More than anybody has is as good as any such number, and still is one.
        Int64(min((load * 100 / policy.target - 1e-9).rounded(.up), 1e9))
    }

    /// More nodes, as far as the limits allow. A cooldown is none of them.
    ///
    /// - Parameters:
    ///   - needed: nodes that work.
    ///   - cap: no more than so many of them; bounds and operators know none.
    mutating func grow(to needed: Int64, _ reason: ScalingReason, atOnce cap: Int64? = nil) -> Outcome {
        var working = needed
        var stopped: ScalingReason?
        func atMost(_ bound: Int64, _ figures: [ScalingStep.Figure], _ reason: ScalingReason, in round: inout Self) {
            guard working > bound else { return }
            working = max(bound, round.roles.working)
            stopped = reason
            if reason != .circuitBreakerOpen { round.limit = reason }
            round.note(.limit, figures, want: working + round.roles.error, reason)
        }
        if let cap {
            atMost(cap, [.init("at once", cap), .init("usable", roles.usable)], .scaleUpLimit, in: &self)
        }
        if isBreakerOpen {
            // Those that came for it and still start are among them, or each look would add as many again.
            atMost(roles.usable + roles.error, [.init("lost", roles.error)], .circuitBreakerOpen, in: &self)
        }
        atMost(
            max(policy.maxNodes - roles.error - roles.maintenance, 0),
            [.init("max", policy.maxNodes), .init("in maintenance", roles.maintenance)], .tooManyNodes, in: &self)
        if let until = timers.backoffUntil, input.now < until {
            return hold(.limit, [.init("for", until.seconds(since: input.now), .seconds)], .backoffActive)
        }
        if let room = input.room {
            atMost(
                roles.working + roles.standby + room, [.init("standby", roles.standby), .init("room", room)],
                .tooManyNodes, in: &self)
        } else {
            atMost(roles.working + roles.standby, [.init("standby", roles.standby)], .noStandbyNodes, in: &self)
        }
        return Outcome(desired: roles.error + max(working, roles.working), reason: stopped ?? reason)
    }

    // MARK: Additions that fail

    private static let secondsUntilForgotten: Int64 = 3 * 3600

    /// SCALING, rule 8: takes back what never came, and nothing else.
    mutating func noteFailures() {
        // Nothing is added, nor taken back, by what is only said.
        if policy.mode == .recommend { return }
        if let last = timers.lastFailure, last.advanced(seconds: ScalingRound.secondsUntilForgotten) <= input.now {
            (timers.failures, timers.lastFailure) = (0, nil)
        }
        let failed = zip(input.nodes, roles.roles).filter { $0.1 == .failed }.map(\.0)
        guard !failed.isEmpty else { return }
        takenBack = failed.filter { !$0.isPinned }.map(\.id).sorted()
        // Those that were noted before and are still there are no further failure.
        let isNew = failed.contains { node in
            guard let start = node.activatedAt, let last = timers.lastFailure else { return true }
            return start.advanced(seconds: ScalingNode.secondsToStart) > last
        }
        if isNew {
            timers.failures += 1
            timers.lastFailure = input.now
            timers.size = timers.size.map { min($0, roles.occupied) }
        }
        note(
            .failedAdds, [.init("did not come", Int64(failed.count)), .init("failures lately", timers.failures)],
            want: roles.inUse, .provisioningTimedOut)
    }
}
