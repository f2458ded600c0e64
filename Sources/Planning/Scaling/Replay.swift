import Fleet

/// What a policy would have made of a load (SCALING, "Replay"): the very function that scales pools, over a model of a
/// pool whose nodes can be made.
package struct Replay: Sendable {
    /// Decides about the model's pool; `Scaler.decide`, or what a test compares it with.
    typealias Decider = @Sendable (ScalingInput) -> ScalingDecision

    /// One minute as it was after its decision.
    package struct Minute: Sendable {
        /// In fully used nodes; nil where nothing was recorded.
        package var load: Double?
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
    /// The least score that any scaler could have had, with the future known.
    package let optimum: Double

    /// Of a load series, which is the policy's only metric; seen with some noise.
    ///
    /// - Parameters:
    ///   - policy: carried out whatever its `mode`.
    ///   - seed: of the noise in what the policy sees.
    package init(of series: LoadSeries, under policy: ScalingPolicy, seed: UInt64 = 1) {
        self.init(of: series, under: policy, seed: seed, by: Scaler.decide)
    }

    init(of series: LoadSeries, under policy: ScalingPolicy, seed: UInt64 = 1, by decide: @escaping Decider) {
        var policy = policy
        policy.metrics = [.cpu]
        self.init(
            start: series.start, loads: [series.loads], under: policy,
            from: ReplayCosts.start(series.loads.first ?? 0, policy), noise: SeededGenerator(seed: seed), by: decide)
    }

    /// Of what was recorded, just as it was: from the nodes that were in use at its start on, and without noise.
    ///
    /// - Parameters:
    ///   - policy: as for a series; its metrics are those of the record.
    ///   - members: how many nodes the pool has, if nobody makes others: those that are not in use stand by.
    package init(of record: LoadRecord, under policy: ScalingPolicy, members: Int64? = nil) {
        var policy = policy
        policy.metrics = record.metrics
        if let members {
            policy.maxNodes = max(min(policy.maxNodes, members), 1)
            policy.minNodes = min(policy.minNodes, policy.maxNodes)
            policy.standbyNodes = policy.maxNodes
        }
        policy.maxNodes = max(policy.maxNodes, policy.minNodes)
        let first = min(max(record.inUse.first ?? 0, policy.minNodes), policy.maxNodes)
        self.init(
            start: record.start, loads: record.loads, under: policy, from: first, noise: nil, by: Scaler.decide)
    }

    private init(
        start: Timestamp, loads: [[Double?]], under policy: ScalingPolicy, from nodes: Int64, noise: SeededGenerator?,
        by decide: @escaping Decider
    ) {
        self.start = start
        var policy = policy
        policy.mode = .auto
        var pool = ReplayPool(policy: policy, nodes: nodes, start: start, noise: noise, decide: decide)
        let count = loads.map(\.count).min() ?? 0
        minutes.reserveCapacity(count)
        var highest: [Double?] = []
        highest.reserveCapacity(count)
        for minute in 0..<count {
            let now = loads.map { $0[minute] }
            // A node carries so much of each metric: what counts is the one that takes the most nodes.
            let load = now.compactMap(\.self).max()
            highest.append(load)
            let decision = pool.step(minute, loads: now)
            let change = decision.desired - decision.current
            if change != 0 { actions.append(Action(minute: minute, decision: decision)) }
            minutes.append(
                Minute(
                    load: load, ready: pool.ready, starting: pool.starting, desired: decision.desired,
                    reason: decision.reason))
            summary.add(minute: minute, load: load, ready: pool.ready, starting: pool.starting, change: change)
        }
        optimum = ReplayCosts.optimum(highest, policy, from: nodes)
    }

    package func time(_ minute: Int) -> Timestamp { start.advanced(seconds: Int64(minute) * 60) }
}
