import Fleet
import Testing

@testable import Planning

struct ReplayTests {
    private static var defaults: ScalingPolicy { ReplayTable.defaults }

    /// The same sum by another way: every size of every minute against every size of the minute before.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `the optimum is that of trying every way`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var policy = ScalingPolicy(maxNodes: Int64.random(in: 3...8, using: &generator))
        policy.minNodes = Int64.random(in: 1...3, using: &generator)
        var load = 2.0
        let loads = (0..<60).map { _ in
            load = max(0, min(9, load + Double.random(in: -1.5...1.5, using: &generator)))
            return load
        }
        let sizes = Array(policy.minNodes...policy.maxNodes)
        var costs = sizes.map { $0 == ReplayCosts.start(loads[0], policy) ? 0 : Double.infinity }
        for (minute, load) in loads.enumerated() {
            let before = costs
            for (index, size) in sizes.enumerated() {
                if minute > 0 {
                    costs[index] =
                        zip(sizes, before).map { (other, cost) -> Double in
                            if minute < 5, size > other { return .infinity }
                            return cost + (size == other ? 0 : 0.1) + Double(max(0, size - other)) * 5 / 60
                        }.min() ?? 0
                }
                costs[index] +=
                    (Double(size) + 10 * max(0, load - 0.8 * Double(size)) + 50 * max(0, load - Double(size))) / 60
            }
        }
        let optimum = ReplayCosts.optimum(loads, policy, from: ReplayCosts.start(loads[0], policy))
        #expect(abs((costs.min() ?? 0) - optimum) < 1e-9)
    }

    @Test func `a replay keeps the bounds, its books, and never beats the optimum`() throws {
        let series = try LoadSeries(ReplayTable.rows("elb_request_count_8c0756"), half: .first)
        var policy = Self.defaults
        (policy.minNodes, policy.maxNodes, policy.mode) = (3, 15, .off)
        let replay = Replay(of: series, under: policy)
        #expect(replay.minutes.count == series.loads.count && !replay.actions.isEmpty)
        #expect(
            replay.minutes.allSatisfy {
                (3...15).contains($0.ready + $0.starting) && $0.desired == $0.ready + $0.starting
            })
        let hours = replay.minutes.reduce(0.0) { $0 + Double($1.ready + $1.starting) / 60 }
        #expect(abs(replay.summary.nodeHours - hours) < 1e-6)
        #expect(
            replay.summary.underProvisionedMinutes == Int64(replay.minutes.count { $0.load ?? 0 > Double($0.ready) }))
        #expect(replay.summary.score > replay.optimum)
        #expect(replay.summary.actions == Int64(replay.actions.count))
        let again = Replay(of: series, under: policy)
        #expect(again.summary == replay.summary, "the same seed, the same noise")
    }

    @Test func `with standby nodes the optimum is no more than what was paid`() throws {
        var rows = (0..<600).map { LoadSeries.Row(at: PaperPool.noon.advanced(seconds: Int64($0) * 60), value: 4) }
        for index in 300..<600 { rows[index].value = 12 }
        var policy = Self.defaults
        let without = Replay(of: try LoadSeries(rows), under: policy)
        policy.standbyNodes = 40
        let replay = Replay(of: try LoadSeries(rows), under: policy)
        #expect(replay.summary.score >= replay.optimum && replay.optimum < without.optimum)
    }

    @Test func `a node is ready five minutes after it was asked for, from standby after one`() throws {
        var rows = (0..<120).map { LoadSeries.Row(at: PaperPool.noon.advanced(seconds: Int64($0) * 60), value: 4) }
        for index in 60..<120 { rows[index].value = 12 }
        let series = try LoadSeries(rows)
        for (standby, wait) in [(Int64(0), 5), (40, 1)] {
            var policy = Self.defaults
            policy.standbyNodes = standby
            let replay = Replay(of: series, under: policy)
            let asked = try #require(replay.minutes.firstIndex { $0.starting > 0 })
            let came = try #require(replay.minutes[asked...].firstIndex { $0.ready > replay.minutes[asked].ready })
            #expect(came - asked == wait)
            #expect(asked == 61, "a minute after the load rose")
        }
    }

    /// It is meant to take less than a second where it is compiled for release.
    @Test func `a month of minutes is replayed`() throws {
        let rows = try ReplayTable.rows("cpu_utilization_asg_misconfiguration")
        let month = rows.prefix { $0.at.seconds(since: rows[0].at) <= 30 * 86_400 }
        let replay = Replay(of: try LoadSeries(Array(month)), under: Self.defaults)
        #expect(replay.minutes.count == 30 * 1440 + 1)
        #expect(!replay.actions.isEmpty && replay.summary.score > replay.optimum)
    }
}
