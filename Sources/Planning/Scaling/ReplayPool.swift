import Fleet
import Foundation

/// The pool of the model: nodes that take five minutes to come (one from standby) and go at once.
struct ReplayPool {
    /// Of one node's usage, in percent points.
    private static let noise = 6.0

    private var input: ScalingInput
    private let metrics: [UsageMetric]
    private let decide: Replay.Decider
    /// When each node of `input.nodes` is ready.
    private var readyAt: [Int]
    /// When each standby node is there to be taken.
    private var standbyAt: [Int]
    /// Of the noise; nil for none.
    private var generator: SeededGenerator?
    private var made = 0
    /// Of the minute before, by metric.
    private var last: (loads: [Double?], ready: Int64)?
    private(set) var ready: Int64 = 0
    private(set) var starting: Int64 = 0

    /// - Parameter nodes: how many there are at the start.
    init(
        policy: ScalingPolicy, nodes: Int64, start: Timestamp, noise generator: SeededGenerator?,
        decide: @escaping Replay.Decider
    ) {
        metrics = policy.metrics
        let window = UsageWindow(
            minutes: policy.windowMinutes, metrics: metrics, sampleInterval: 60, forecasts: policy.forecast)
        input = ScalingInput(policy: policy, nodes: [], window: window, now: start)
        // Bounds are the policy's alone.
        input.room = 1_000_000
        readyAt = []
        standbyAt = [Int](repeating: 0, count: Int(policy.standbyNodes))
        self.generator = generator
        self.decide = decide
        for _ in 0..<nodes { add(ready: 0, activatedAt: nil) }
    }

    private mutating func add(ready minute: Int, activatedAt: Timestamp?) {
        made += 1
        input.nodes.append(
            ScalingNode(
                "node_\(made)", .active, freshUntil: Timestamp(milliseconds: Int64.max), activatedAt: activatedAt))
        readyAt.append(minute)
    }

    /// - Parameter loads: of this minute, which is seen in the next: by metric, in fully used nodes, nil where none is
    ///   known.
    mutating func step(_ minute: Int, loads: [Double?]) -> ScalingDecision {
        input.now = input.now.advanced(seconds: minute == 0 ? 0 : 60)
        measure(minute)
        input.window.advance(to: input.now)
        let decision = decide(input)
        input.timers = decision.timers
        if !decision.going.isEmpty { remove(Set(decision.going)) }
        for _ in 0..<decision.making { make(minute) }
        ready = Int64(readyAt.count { $0 <= minute })
        starting = Int64(readyAt.count) - ready
        last = (loads, ready)
        return decision
    }

    /// What the nodes that were ready in the minute before say of it.
    private mutating func measure(_ minute: Int) {
        guard let last, last.ready > 0 else { return }
        let deviation = ReplayPool.noise / Double(last.ready).squareRoot()
        var sample = UsageSample(at: input.now)
        var isMeasured = false
        for (metric, load) in zip(metrics, last.loads) {
            guard let load else { continue }
            let usage = 100 * min(1, load / Double(last.ready)) + (generator?.normal() ?? 0) * deviation
            // A machine that reports is at work: it never says 0.
            sample[metric] = min(max(usage, 0.1), 100)
            isMeasured = true
        }
        guard isMeasured else { return }
        for (node, since) in zip(input.nodes, readyAt) where since < minute || node.activatedAt == nil {
            input.window.add(sample, of: node.id, now: input.now)
        }
    }

    private mutating func remove(_ ids: Set<String>) {
        for id in ids { input.window.remove(id) }
        let kept = zip(input.nodes, readyAt).filter { !ids.contains($0.0.id) }
        input.nodes = kept.map(\.0)
        readyAt = kept.map(\.1)
    }

    private mutating func make(_ minute: Int) {
        if let place = standbyAt.firstIndex(where: { $0 <= minute }) {
            standbyAt[place] = minute + ReplayCosts.minutesToMake
            add(ready: minute + ReplayCosts.minutesFromStandby, activatedAt: input.now)
        } else {
            add(ready: minute + ReplayCosts.minutesToMake, activatedAt: input.now)
        }
    }
}

extension SeededGenerator {
    /// A number of the standard normal distribution (Box and Muller 1958).
    fileprivate mutating func normal() -> Double {
        // Above 0, so that its logarithm is a number.
        let radius = (Double(next() >> 11) + 1) / 9_007_199_254_740_992
        let angle = Double(next() >> 11) / 9_007_199_254_740_992
        return (-2 * log(radius)).squareRoot() * cos(2 * Double.pi * angle)
    }
}
