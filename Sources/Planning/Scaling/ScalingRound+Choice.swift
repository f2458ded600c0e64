import Fleet

extension ScalingRound {
    /// Nodes in use that may go.
    var leavers: [(node: ScalingNode, role: NodeClass)] {
        zip(input.nodes, roles.roles).filter { node, role in
            !node.isPinned && (role == .usable || role == .starting || role == .error)
        }.map { ($0, $1) }
    }

    /// Nodes in error that stay whatever happens: in use, and of no use.
    var stuckInError: Int64 {
        Int64(zip(input.nodes, roles.roles).count { node, role in node.isPinned && role == .error })
    }

    /// SCALING, rule 7: those in error first, then the lowest score (none is the lowest), the newest last.
    private func going(_ count: Int64) -> [String] {
        func rank(_ one: (node: ScalingNode, role: NodeClass)) -> (Int, Double, Int64, String) {
            (
                one.role == .error ? 0 : 1, ScalingRound.rank(one.node.score),
                one.node.activatedAt?.milliseconds ?? Int64.min,
                one.node.id
            )
        }
        return leavers.sorted { rank($0) < rank($1) }.prefix(Int(count)).map(\.node.id)
    }

    /// None, and what is no number, is below all others.
    static func rank(_ value: Double?) -> Double { value.flatMap { $0.isFinite ? $0 : nil } ?? -1 }

    /// SCALING, rule 7: the highest score, then the most free capacity, then by id.
    private func coming(_ count: Int64) -> [String] {
        func rank(_ node: ScalingNode) -> (Double, Double, String) {
            (-ScalingRound.rank(node.score), -ScalingRound.rank(node.freeCapacity), node.id)
        }
        return zip(input.nodes, roles.roles).filter { $0.1 == .standby }.map(\.0)
            .sorted { rank($0) < rank($1) }.prefix(Int(count)).map(\.id)
    }

    /// The decision whole: who comes and goes, timers and conditions.
    mutating func conclude(_ outcome: Outcome) -> ScalingDecision {
        let change = outcome.desired - roles.inUse
        let isCarriedOut = policy.mode != .recommend || isWish
        var decision = ScalingDecision(
            current: roles.inUse, want: want ?? roles.inUse, desired: outcome.desired, reason: outcome.reason,
            steps: steps, timers: input.timers, conditions: conditions(outcome))
        decision.isCarriedOut = isCarriedOut
        decision.takenBack = input.isPaused || policy.mode == .off || isBreakerOpen ? [] : takenBack
        if change > 0 {
            decision.coming = coming(change)
            decision.making = change - Int64(decision.coming.count)
        } else if change < 0 {
            decision.going = going(-change)
        }
        if isCarriedOut, change != 0 { timers.lastChange = input.now }
        timers.size = roles.occupied + (isCarriedOut ? change : 0)
        decision.timers = timers
        return decision
    }

    private func conditions(_ outcome: Outcome) -> ScalingConditions {
        var conditions = ScalingConditions()
        if policy.mode == .recommend {
            conditions.ableToScale = .init(false, .recommendOnly)
        } else {
            switch outcome.reason {
            case .paused, .backoffActive, .cooldownActive: conditions.ableToScale = .init(false, outcome.reason)
            case .scaleDownStabilized: conditions.ableToScale = .init(true, .scaleDownStabilized)
            default: if roles.starting > 0 { conditions.ableToScale = .init(true, .scaleUpInProgress) }
            }
        }
        if policy.mode == .off {
            conditions.scalingActive = .init(false, .scalingDisabled)
        } else if readings.contains(where: { $0.suspect > 0 }) {
            conditions.scalingActive = .init(false, .metricsSuspect)
        } else if !readings.contains(where: { $0.valid > 0 }) {
            conditions.scalingActive = .init(false, .metricsUnavailable)
        } else if readings.contains(where: { $0.missing > 0 }) {
            conditions.scalingActive = .init(false, .missingMetricsHold)
        }
        if let limit { conditions.scalingLimited = .init(true, limit) }
        if isBreakerOpen {
            conditions.poolHealthy = .init(false, .circuitBreakerOpen)
        } else if let until = timers.backoffUntil, input.now < until {
            conditions.poolHealthy = .init(false, .provisioningTimedOut)
        }
        return conditions
    }
}
