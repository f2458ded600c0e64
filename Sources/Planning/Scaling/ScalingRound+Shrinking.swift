import Fleet

extension ScalingRound {
    /// SCALING, rule 6: fewer nodes only if all holds.
    mutating func shrunk() -> Outcome {
        if let outcome = heldByUsage() { return outcome }
        let now = readings.map { nodesFor($0.highLoad(roles)) }.max() ?? roles.inUse
        guard now < roles.inUse else { return hold(.scaleDown, [.init("needed", now)], .desiredWithinRange) }
        want = now
        guard roles.inUse > policy.minNodes else {
            limit = .tooFewNodes
            return hold(.limit, [.init("min", policy.minNodes), .init("needed", now)], .tooFewNodes)
        }
        var (percent, load) = (0.0, 0.0)
        for reading in readings {
            let peak = input.window.peak(reading.metric)
            percent = max(percent, peak.percent, reading.high)
            load = max(load, peak.load, reading.highLoad(roles))
            let figures: [ScalingStep.Figure] = [
                .init("peak", max(peak.percent, reading.high), .percent), .init("threshold", policy.down, .percent),
                .init("window", policy.windowMinutes, .minutes),
                .init("known", Double(peak.covered) / Double(max(peak.steps, 1)) * 100, .percent),
            ]
            if !peak.isFull || peak.percent > policy.down {
                return hold(.window, metric: reading.metric, figures, .scaleDownStabilized)
            }
            note(.window, metric: reading.metric, figures, want: nil)
        }
        if roles.starting > 0 { return hold(.hold, [.init("starting", roles.starting)], .scaleUpInProgress) }
        // What is only said need not wait.
        if policy.mode != .recommend, let last = timers.lastChange {
            let end = last.advanced(seconds: policy.cooldownMinutes * 60)
            if input.now < end {
                let left = max(end.seconds(since: input.now), 1)
                return hold(
                    .cooldown, [.init("cooldown", policy.cooldownMinutes, .minutes), .init("left", left, .seconds)],
                    .cooldownActive)
            }
        }
        if isBreakerOpen { return hold(.hold, [.init("in error", roles.error)], .circuitBreakerOpen) }
        return lowered(peak: percent, load: load)
    }

    /// Usage that is too high, or unknown, for any scale-in.
    private mutating func heldByUsage() -> Outcome? {
        let blocking = readings.filter { $0.valid == 0 || $0.high > policy.down }
        guard !blocking.isEmpty else { return nil }
        // Missing nodes are named where those that were measured would have led to a change.
        let missing = blocking.filter { $0.missing > 0 && ($0.mean >= policy.up || $0.mean <= policy.down) }
        guard !missing.isEmpty else { return hold(.hold, .desiredWithinRange) }
        return hold(.hold, missing.contains { $0.suspect > 0 } ? .metricsSuspect : .missingMetricsHold)
    }

    /// - Parameters:
    ///   - peak: percent.
    ///   - load: in fully used nodes.
    private mutating func lowered(peak: Double, load: Double) -> Outcome {
        let needed = max(nodesFor(load), forecastNodes)
        let step = max(1, roles.inUse * policy.maxStepDownPercent / 100)
        let stuck = stuckInError
        var desired = max(needed + stuck, roles.inUse - step, policy.minNodes + stuck)
        var reason = ScalingReason.usageLow
        if desired > max(needed, policy.minNodes) + stuck {
            reason = .scaleDownLimit
        } else if desired > needed + stuck {
            reason = .tooFewNodes
        }
        note(
            .scaleDown,
            [
                .init("peak load", load, .nodes), .init("target", policy.target, .percent), .init("needed", needed),
                .init("step", step), .init("min", policy.minNodes),
            ], want: min(desired, roles.inUse), reason)
        // Nodes in error go first, so the load is shared by fewer only when those that can go are gone.
        func after(_ desired: Int64) -> Double {
            peak * Double(roles.usable) / Double(min(roles.usable, desired - stuck))
        }
        let least = desired
        while desired < roles.inUse, after(desired) > policy.up - 5 { desired += 1 }
        if desired > least {
            reason = .wouldFlap
            note(
                .limit,
                [
                    .init("peak with \(least)", after(least), .percent), .init("most", policy.up - 5, .percent),
                ], want: min(desired, roles.inUse), .wouldFlap)
        }
        if reason != .usageLow { limit = reason }
        guard desired < roles.inUse else {
            return Outcome(desired: roles.inUse, reason: reason == .wouldFlap ? reason : .desiredWithinRange)
        }
        return shrink(to: desired, reason)
    }

    /// Fewer nodes in use, as far as there are any that may be chosen.
    mutating func shrink(to desired: Int64, _ reason: ScalingReason) -> Outcome {
        let free = Int64(leavers.count)
        let least = roles.inUse - free
        guard desired < least else { return Outcome(desired: desired, reason: reason) }
        limit = .scaleDownLimit
        note(.limit, [.init("may be chosen", free)], want: least, .scaleDownLimit)
        return Outcome(desired: least, reason: .scaleDownLimit)
    }
}
