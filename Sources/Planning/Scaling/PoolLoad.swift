import Fleet

/// The load of one pool as it runs: the window of its samples, whose samples count, and how far apart they are.
package struct PoolLoad: Sendable {
    package private(set) var window: UsageWindow
    /// Nodes whose samples count, and since when; see `PoolScaler.measured`.
    private var measured: [String: Timestamp] = [:]
    private var rhythm = SampleRhythm()
    private let shape: Shape

    /// What a window depends on: with another one it is a new window.
    private struct Shape: Hashable {
        var minutes: Int64
        var metrics: [UsageMetric]
        var forecasts: Bool

        init(_ policy: ScalingPolicy) {
            (minutes, metrics, forecasts) = (policy.windowMinutes, policy.metrics, policy.forecast)
        }
    }

    package init(_ policy: ScalingPolicy) {
        shape = Shape(policy)
        window = UsageWindow(
            minutes: shape.minutes, metrics: shape.metrics, sampleInterval: rhythm.interval, forecasts: shape.forecasts)
    }

    /// Whether the policy asks for this window.
    package func serves(_ policy: ScalingPolicy) -> Bool { shape == Shape(policy) }

    /// Minutes of samples that a new one is made from: a forecast's candidates look back a day.
    package var minutesKept: Int64 {
        max(shape.minutes, shape.forecasts ? Int64(LoadForecast.minutesKept) : 0)
    }

    /// Its steps are shorter than a minute, so the minutes' means are too coarse for it.
    package var hasShortSteps: Bool { shape.minutes * 60_000 / UsageWindow.stepsAtLeast < 60_000 }

    /// Seconds between two stored samples of a node, as the samples say.
    package var sampleInterval: Int64 { rhythm.interval }

    /// The same; nil while too few samples were seen.
    package var learnedInterval: Int64? { rhythm.learned }

    /// From now on these nodes' samples count, each since its instant; the others are forgotten.
    package mutating func measure(_ next: [String: Timestamp]) {
        guard next != measured else { return }
        for (id, since) in measured where next[id] != since {
            // A sample from before its activation is of its rest.
            if let newSince = next[id], let latest = window.latest(of: id), latest.at > newSince { continue }
            window.remove(id)
            rhythm.forget(id)
        }
        measured = next
    }

    /// Adds a sample if it counts and is newer than the node's newest.
    ///
    /// - Parameter now: when it came; not before any earlier call's.
    @discardableResult
    package mutating func add(_ load: NodeLoad, now: Timestamp) -> Bool {
        guard let since = measured[load.nodeID], load.at > since else { return false }
        let before = window.latest(of: load.nodeID)?.at
        if let before, before >= load.at { return false }
        guard window.add(UsageSample(load), of: load.nodeID, now: now) else { return false }
        if let before {
            rhythm.note(load.at, after: before, of: load.nodeID)
            window.sampleInterval = rhythm.interval
        }
        return true
    }

    /// Closes the steps that are over.
    package mutating func advance(to now: Timestamp) { window.advance(to: now) }
}
