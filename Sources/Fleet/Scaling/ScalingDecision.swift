/// What one look at a pool came to: how many nodes it is to have, which come and which go, and the whole chain of why.
package struct ScalingDecision: Hashable, Sendable {
    /// Nodes in use now: usable, starting, and in error; those in maintenance and those that leave are not counted.
    package var current: Int64
    /// What the load alone asks for, before any limit; `current` where nothing asked for another number.
    package var want: Int64
    /// Nodes that are to be in use.
    package var desired: Int64
    package var reason: ScalingReason
    package var steps: [ScalingStep]
    /// Standby nodes to be activated, the best first.
    package var coming: [String] = []
    /// Nodes that the pool's provider is to make beside those.
    package var making: Int64 = 0
    /// Nodes to be drained, the least first.
    package var going: [String] = []
    /// Additions that never came, to be taken back.
    package var takenBack: [String] = []
    /// False: only reported (`mode: recommend`).
    package var isCarriedOut = true
    /// To be kept with the pool's status, also if the decision is only reported.
    package var timers: ScalingTimers
    package var conditions: ScalingConditions

    package init(
        current: Int64, want: Int64, desired: Int64, reason: ScalingReason, steps: [ScalingStep],
        timers: ScalingTimers, conditions: ScalingConditions
    ) {
        self.current = current
        self.want = want
        self.desired = desired
        self.reason = reason
        self.steps = steps
        self.timers = timers
        self.conditions = conditions
    }

    /// Whether the decision says something else than the one before: another want that leads to a change, another result,
    /// reason, or bound.
    ///
    /// Only such a decision is stored; usage, figures of rules, and a want of which nothing comes, that move within the
    /// same answer are no news.
    package func isNews(after previous: ScalingDecision?) -> Bool {
        guard let previous else { return true }
        return (desired, reason) != (previous.desired, previous.reason) || (desired != current && want != previous.want)
            || conditions != previous.conditions || takenBack != previous.takenBack
            || steps.map(\.reason) != previous.steps.map(\.reason)
            || steps.map(\.candidate) != previous.steps.map(\.candidate)
    }
}

/// The scaler's four conditions, each with its reason.
package struct ScalingConditions: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package var holds: Bool
        package var reason: ScalingReason

        package init(_ holds: Bool, _ reason: ScalingReason) {
            self.holds = holds
            self.reason = reason
        }
    }

    package var ableToScale = Entry(true, .readyForNewScale)
    package var scalingActive = Entry(true, .validMetrics)
    package var scalingLimited = Entry(false, .desiredWithinRange)
    package var poolHealthy = Entry(true, .nodesHealthy)

    package init() {}
}
