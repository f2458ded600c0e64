import Fleet

/// Decides how many nodes of a pool are to be in use, and which (SCALING, "The decision, in this order").
package enum Scaler {
    /// Pure: the same input gives the same decision, in whatever order its nodes stand.
    ///
    /// Carried out as a whole, or not at all: the nodes' intents and the timers belong into one transaction. Carried out
    /// twice it does no harm, because what comes and goes counts as started and leaving the next time.
    package static func decide(_ input: ScalingInput) -> ScalingDecision {
        var round = ScalingRound(input)
        return round.decide()
    }
}

/// One decision in the making: rules in their order, each leaving a step in the chain.
struct ScalingRound {
    /// Where a rule ends the decision.
    struct Outcome {
        /// Nodes in use.
        var desired: Int64
        var reason: ScalingReason
    }

    let input: ScalingInput
    let roles: PoolRoles
    let isBreakerOpen: Bool
    var readings: [UsageReading] = []
    var timers: ScalingTimers
    var steps: [ScalingStep] = []
    /// What is asked for before limits; nil while nobody asked.
    var want: Int64?
    var limit: ScalingReason?
    /// Nodes that work, by the forecasts; 0 where there are none.
    var forecastNodes: Int64 = 0
    /// They would be busy enough to ask for more.
    var isForecastHigh = false
    var takenBack: [String] = []
    /// An operator's wish is what is decided, which is done in any mode.
    var isWish = false

    init(_ input: ScalingInput) {
        self.input = input
        timers = input.timers
        roles = PoolRoles(input)
        isBreakerOpen =
            input.health?.openSince != nil
            || Breaker.isExceeded(unhealthy: roles.error, of: roles.usable + roles.error)
        steps.reserveCapacity(8)
    }

    var policy: ScalingPolicy { input.policy }

    mutating func decide() -> ScalingDecision {
        note(
            .classify,
            [
                .init("usable", roles.usable), .init("starting", roles.starting), .init("in error", roles.error),
                .init("in maintenance", roles.maintenance), .init("standby", roles.standby),
            ], want: roles.inUse)
        readings = policy.metrics.map { UsageReading($0, roles, input) }
        noteFailures()
        adoptSize()
        return conclude(outcome())
    }

    private mutating func outcome() -> Outcome {
        if input.isPaused { return hold(.hold, .paused) }
        if let outcome = wish() { return outcome }
        if policy.mode == .off { return hold(.hold, .scalingDisabled) }
        if let outcome = bounds() { return outcome }
        for reading in readings { note(reading) }
        if !readings.contains(where: { $0.valid > 0 }) {
            let isSuspect = readings.contains { $0.suspect > 0 }
            return hold(.hold, isSuspect ? .metricsSuspect : .metricsUnavailable)
        }
        if isBreakerOpen {
            note(
                .breaker, [.init("in error", roles.error), .init("of", roles.usable + roles.error)], want: nil,
                .circuitBreakerOpen)
        }
        lookAhead()
        return grown() ?? shrunk()
    }

    // MARK: Bounds

    /// Before all metrics: above the maximum down to it, below the minimum up to it.
    private mutating func bounds() -> Outcome? {
        if roles.occupied > policy.maxNodes {
            // Nodes in maintenance make no room for themselves below the minimum.
            let desired = max(policy.maxNodes - roles.maintenance, policy.minNodes)
            if desired < roles.inUse {
                want = desired
                limit = .tooManyNodes
                note(
                    .bounds,
                    [
                        .init("max", policy.maxNodes), .init("in use", roles.inUse),
                        .init("in maintenance", roles.maintenance),
                    ], want: desired, .tooManyNodes)
                return shrink(to: desired, .tooManyNodes)
            }
        }
        guard roles.working < policy.minNodes, roles.occupied < policy.maxNodes else { return nil }
        want = policy.minNodes + roles.error
        limit = .tooFewNodes
        note(
            .bounds, [.init("min", policy.minNodes), .init("working", roles.working)], want: want, .tooFewNodes)
        return grow(to: policy.minNodes, .tooFewNodes)
    }

    // MARK: What others did

    /// What an operator asked for is done once, within the bounds; the scaler goes on from there. During a back-off it
    /// waits.
    private mutating func wish() -> Outcome? {
        guard let wish = input.wish, timers.adopted.map({ $0 < wish.at }) ?? true else { return nil }
        isWish = true
        want = wish.nodes
        let most = max(policy.maxNodes - roles.maintenance, policy.minNodes)
        let desired = min(max(wish.nodes, policy.minNodes + stuckInError), most)
        if desired != wish.nodes { limit = desired > wish.nodes ? .tooFewNodes : .tooManyNodes }
        note(
            .adopt,
            [.init("asked for", wish.nodes), .init("min", policy.minNodes), .init("max", policy.maxNodes)],
            want: desired, .sizeAdopted)
        var outcome = Outcome(desired: desired, reason: .sizeAdopted)
        if desired > roles.inUse {
            outcome = grow(to: desired - roles.error, .sizeAdopted)
        } else if desired < roles.inUse {
            outcome = shrink(to: desired, .sizeAdopted)
        }
        if outcome.reason != .backoffActive { (timers.adopted, timers.lastChange) = (wish.at, input.now) }
        return outcome
    }

    /// A size that the scaler did not make is taken as it is, and begins a cooldown.
    private mutating func adoptSize() {
        guard let size = timers.size, size != roles.occupied else { return }
        timers.lastChange = input.now
        note(.adopt, [.init("left at", size), .init("found", roles.occupied)], want: roles.inUse, .sizeAdopted)
    }

    // MARK: The chain

    mutating func note(
        _ rule: ScalingStep.Rule, metric: UsageMetric? = nil, _ figures: [ScalingStep.Figure], want: Int64?,
        _ reason: ScalingReason? = nil
    ) {
        steps.append(ScalingStep(rule, metric: metric?.rawValue, figures, want: want, reason: reason))
    }

    private mutating func note(_ reading: UsageReading) {
        let reason: ScalingReason =
            if reading.suspect > 0 {
                .metricsSuspect
            } else if reading.valid == 0 {
                .metricsUnavailable
            } else {
                reading.missing > 0 ? .missingMetricsHold : .validMetrics
            }
        note(
            .usage, metric: reading.metric,
            [
                .init("lowest", reading.low, .percent), .init("highest", reading.high, .percent),
                .init("measured", reading.valid), .init("missing", reading.missing),
            ], want: nil, reason)
    }

    mutating func hold(
        _ rule: ScalingStep.Rule, metric: UsageMetric? = nil, _ figures: [ScalingStep.Figure],
        _ reason: ScalingReason
    ) -> Outcome {
        note(rule, metric: metric, figures, want: roles.inUse, reason)
        return Outcome(desired: roles.inUse, reason: reason)
    }

    mutating func hold(_ rule: ScalingStep.Rule, _ reason: ScalingReason) -> Outcome { hold(rule, [], reason) }
}
