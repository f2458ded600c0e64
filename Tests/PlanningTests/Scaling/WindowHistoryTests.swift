import Fleet
import Testing

@testable import Planning

/// A window that is made anew from what is stored is the one that ran.
struct WindowHistoryTests {
    private static let start = PaperPool.noon
    private static let nodes = (1...6).map { "node_\($0)" }

    /// What happened to a pool, as it is stored.
    private struct Past {
        var samples: [NodeLoad] = []
        var transitions: [HistoryEntry] = []
        var live: PoolLoad
        var inUse: [String: Timestamp]
        var now = WindowHistoryTests.start

        init(_ policy: ScalingPolicy, inUse: [String]) {
            live = PoolLoad(policy)
            self.inUse = Dictionary(
                uniqueKeysWithValues: inUse.map { ($0, Timestamp(milliseconds: 0)) })
            live.measure(self.inUse)
        }

        mutating func sample(_ id: String, _ cpu: Double) {
            let sample = NodeLoad(nodeID: id, at: now, cpu: cpu, memory: 100 - cpu)
            samples.append(sample)
            live.add(sample, now: now)
        }

        mutating func turn(_ id: String) {
            let isIn = inUse[id] != nil
            transitions.append(
                HistoryEntry(
                    nodeID: id, firstRevision: 1, transition: Int64(transitions.count + 1),
                    from: isIn ? .active : .maintenance, to: isIn ? .maintenance : .active, reason: "Test", at: now))
            live.advance(to: now)
            inUse[id] = isIn ? nil : Timestamp(milliseconds: now.milliseconds - 1)
            live.measure(inUse)
        }

        /// As the store gives them: means of each step, with the newest sample's time.
        func means(stepSeconds: Int64) -> [NodeLoad] {
            let steps = Dictionary(grouping: samples) { "\($0.nodeID) \($0.at.milliseconds / (stepSeconds * 1000))" }
            func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
            return steps.values.map { samples in
                NodeLoad(
                    nodeID: samples[0].nodeID, at: samples.map(\.at).max() ?? samples[0].at,
                    cpu: mean(samples.compactMap(\.cpu)), memory: mean(samples.compactMap(\.memory)))
            }.sorted { ($0.at, $0.nodeID) < ($1.at, $1.nodeID) }
        }

        func rebuilt(_ policy: ScalingPolicy, from samples: [NodeLoad]) -> PoolLoad {
            var history = WindowHistory(PoolLoad(policy), measured: inUse, transitions: transitions)
            for sample in samples { history.add(sample) }
            return history.end(measured: inUse, now: now)
        }
    }

    private func policy(_ minutes: Int64) -> ScalingPolicy {
        var policy = ScalingPolicy(maxNodes: 10)
        (policy.windowMinutes, policy.metrics) = (minutes, [.cpu, .memory])
        return policy
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `its peaks and what it knows equal those of the one that ran`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let minutes = Int64([1, 5, 12, 60].randomElement(using: &random) ?? 5)
        let policy = policy(minutes)
        var past = Past(policy, inUse: Array(Self.nodes.prefix(3)))
        let interval = Int64([5, 15, 30, 60].randomElement(using: &random) ?? 15)
        var silent: Set<String> = []
        for tick in 0..<(minutes * 75 / interval + 40) {
            past.now = Self.start.advanced(seconds: tick * interval)
            // At the ends of minutes: within one, a mean holds what a node did before it was in use.
            if past.now.milliseconds % 60_000 == 0, Int.random(in: 0..<4, using: &random) == 0 {
                past.turn(Self.nodes.randomElement(using: &random) ?? "node_1")
                // Who is silent counts with its newest sample, which a mean of several is not.
                silent =
                    minutes >= 12 && interval < 60
                    ? [] : Set(Self.nodes.filter { _ in Int.random(in: 0..<5, using: &random) == 0 })
            }
            past.now = Timestamp(milliseconds: past.now.milliseconds + 100)
            for id in Self.nodes where !silent.contains(id) {
                past.sample(id, Double(Int.random(in: 4...400, using: &random)) / 4)
            }
        }
        past.live.advance(to: past.now)
        let stored = minutes < 12 ? past.samples : past.means(stepSeconds: 60)
        let rebuilt = past.rebuilt(policy, from: stored)
        for metric in [UsageMetric.cpu, .memory] {
            #expect(rebuilt.window.peak(metric) == past.live.window.peak(metric), "seed \(seed)")
        }
        for id in Self.nodes {
            #expect((rebuilt.window.latest(of: id) == nil) == (past.live.window.latest(of: id) == nil), "seed \(seed)")
        }
    }

    @Test func `a node that was drained was part of the load, and what it does since is not`() {
        let policy = policy(12)
        var past = Past(policy, inUse: ["node_1", "node_2"])
        for minute in 0..<20 as Range<Int64> {
            past.now = Self.start.advanced(seconds: minute * 60)
            if minute == 12 { past.turn("node_2") }
            past.now = past.now.advanced(seconds: 1)
            past.sample("node_1", 20)
            past.sample("node_2", minute < 12 ? 80 : 3)
        }
        let rebuilt = past.rebuilt(policy, from: past.means(stepSeconds: 60))
        #expect(rebuilt.window.peak(.cpu).load == 1)
        #expect(rebuilt.window.latest(of: "node_2") == nil)
    }

    @Test func `the interval is learned from the samples, and no outage teaches it`() {
        var load = PoolLoad(policy(5))
        load.measure(["node_1": Timestamp(milliseconds: 0), "node_2": Timestamp(milliseconds: 0)])
        var now = Self.start
        func sample(every seconds: Int64, times: Int) {
            for _ in 0..<times {
                now = now.advanced(seconds: seconds)
                for id in ["node_1", "node_2"] { load.add(NodeLoad(nodeID: id, at: now, cpu: 50), now: now) }
            }
        }
        #expect(load.sampleInterval == 60)
        sample(every: 300, times: 5)
        #expect(load.sampleInterval == 300)
        sample(every: 15, times: 5)
        #expect(load.sampleInterval == 15)
        for _ in 0..<10 {
            sample(every: 3600, times: 1)
            sample(every: 15, times: 2)
        }
        #expect(load.sampleInterval == 15)
    }
}
