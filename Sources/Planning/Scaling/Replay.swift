import Fleet
import Foundation

/// What a policy would have made of a recorded load (SCALING, "Replay"): the very function that scales pools, over a
/// model of a pool whose nodes can be made.
package struct Replay: Sendable {
    /// One minute as it was after its decision.
    package struct Minute: Sendable {
        /// In fully used nodes.
        package var load: Double
        package var ready: Int64
        package var starting: Int64
        package var desired: Int64
        package var reason: ScalingReason
    }

    /// A decision that changed something.
    package struct Action: Sendable {
        package var minute: Int
        package var decision: ScalingDecision
    }

    /// Bounds where a policy states none.
    package static let minNodes: Int64 = 2
    package static let maxNodes: Int64 = 40

    package let start: Timestamp
    package private(set) var minutes: [Minute] = []
    package private(set) var actions: [Action] = []
    package private(set) var summary = ReplaySummary()

    /// - Parameters:
    ///   - policy: carried out whatever its `mode`.
    ///   - seed: of the noise in what the policy sees.
    package init(of series: LoadSeries, under policy: ScalingPolicy, seed: UInt64 = 1) {
        start = series.start
        var policy = policy
        policy.mode = .auto
        let first = ReplayCosts.start(series.loads.first ?? 0, policy)
        var pool = ReplayPool(policy: policy, nodes: first, start: start, seed: seed)
        minutes.reserveCapacity(series.loads.count)
        for (minute, load) in series.loads.enumerated() {
            let decision = pool.step(minute, load: load)
            if decision.desired != decision.current { actions.append(Action(minute: minute, decision: decision)) }
            minutes.append(
                Minute(
                    load: load, ready: pool.ready, starting: pool.starting, desired: decision.desired,
                    reason: decision.reason))
            summary.add(load: load, ready: pool.ready, starting: pool.starting)
        }
        for (before, action) in zip(actions, actions.dropFirst()) {
            let isReversal =
                (before.decision.desired > before.decision.current)
                != (action.decision.desired > action.decision.current)
            if isReversal, action.minute - before.minute <= 15 { summary.flaps += 1 }
        }
        summary.count(actions: Int64(actions.count))
        summary.optimum = ReplayCosts.optimum(series.loads, policy)
    }

    package func time(_ minute: Int) -> Timestamp { start.advanced(seconds: Int64(minute) * 60) }
}

/// What a replay came to. Hours are node-hours.
package struct ReplaySummary: Hashable, Sendable {
    /// Of ready and of starting nodes.
    package private(set) var nodeHours = 0.0
    /// Minutes in which the load was more than the ready nodes.
    package private(set) var underProvisionedMinutes: Int64 = 0
    package private(set) var actions: Int64 = 0
    /// Reversals within 15 minutes.
    package fileprivate(set) var flaps: Int64 = 0
    /// J: node-hours, ten times what exceeded 80 % of the ready nodes, fifty times what exceeded all of them, and a tenth
    /// for each action.
    package private(set) var score = 0.0
    /// The least J that any scaler could have had, with the future known.
    package fileprivate(set) var optimum = 0.0

    package init() {}

    fileprivate mutating func add(load: Double, ready: Int64, starting: Int64) {
        nodeHours += Double(ready + starting) / 60
        score += Double(ready + starting) / 60 + ReplayCosts.penalty(load: load, ready: Double(ready))
        if load > Double(ready) { underProvisionedMinutes += 1 }
    }

    fileprivate mutating func count(actions: Int64) {
        self.actions = actions
        score += Double(actions) * ReplayCosts.action
    }
}

/// The pool of the model: nodes that take five minutes to come (one from standby) and go at once.
private struct ReplayPool {
    /// Of one node's usage, in percent points.
    private static let noise = 6.0

    private var input: ScalingInput
    /// When each node of `input.nodes` is ready.
    private var readyAt: [Int]
    /// When each standby node is there to be taken.
    private var standbyAt: [Int]
    private var generator: SeededGenerator
    private var made = 0
    /// Of the minute before.
    private var last: (load: Double, ready: Int64)?
    private(set) var ready: Int64 = 0
    private(set) var starting: Int64 = 0

    init(policy: ScalingPolicy, nodes: Int64, start: Timestamp, seed: UInt64) {
        let window = UsageWindow(
            minutes: policy.windowMinutes, metrics: [.cpu], sampleInterval: 60, forecasts: policy.forecast)
        input = ScalingInput(policy: policy, nodes: [], window: window, now: start)
        input.policy.metrics = [.cpu]
        input.hasProvider = true
        readyAt = []
        standbyAt = [Int](repeating: 0, count: Int(policy.standbyNodes))
        generator = SeededGenerator(seed: seed)
        for _ in 0..<nodes { add(ready: 0, activatedAt: nil) }
    }

    private mutating func add(ready minute: Int, activatedAt: Timestamp?) {
        made += 1
        input.nodes.append(
            ScalingNode(
                "node_\(made)", .active, freshUntil: Timestamp(milliseconds: Int64.max), activatedAt: activatedAt))
        readyAt.append(minute)
    }

    mutating func step(_ minute: Int, load: Double) -> ScalingDecision {
        input.now = input.now.advanced(seconds: minute == 0 ? 0 : 60)
        measure(minute)
        input.window.advance(to: input.now)
        let decision = Scaler.decide(input)
        input.timers = decision.timers
        if !decision.going.isEmpty { remove(Set(decision.going)) }
        for _ in 0..<decision.making { make(minute) }
        ready = Int64(readyAt.count { $0 <= minute })
        starting = Int64(readyAt.count) - ready
        last = (load, ready)
        return decision
    }

    /// What the nodes that were ready in the minute before say of it.
    private mutating func measure(_ minute: Int) {
        guard let last, last.ready > 0 else { return }
        let usage = 100 * min(1, last.load / Double(last.ready))
        let seen = usage + generator.normal() * ReplayPool.noise / Double(last.ready).squareRoot()
        // A machine that reports is at work: it never says 0.
        let sample = UsageSample(at: input.now, cpu: min(max(seen, 0.1), 100))
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
