import Fleet
import Testing

@testable import Planning

/// A pool's record, made from samples and from the history of its nodes, and replayed.
struct LoadRecordTests {
    private static let noon = PaperPool.noon

    private static func at(_ minute: Int, _ second: Int64 = 0) -> Timestamp {
        noon.advanced(seconds: Int64(minute) * 60 + second)
    }

    private static func sample(_ node: String, _ minute: Int, _ cpu: Double?, memory: Double? = nil)
        -> NodeLoad
    {
        NodeLoad(nodeID: node, at: at(minute, 20), cpu: cpu, memory: memory)
    }

    private static func change(_ node: String, _ at: Timestamp, _ from: NodeState?, _ to: NodeState?) -> HistoryEntry {
        HistoryEntry(nodeID: node, firstRevision: 1, transition: 1, from: from, to: to, reason: "Test", at: at)
    }

    /// Nodes that are in use all the time, each with the same usage in each of the minutes.
    private static func samples(_ nodes: [String], _ minutes: Range<Int>, _ cpu: Double) -> [NodeLoad] {
        minutes.flatMap { minute in nodes.map { sample($0, minute, cpu) } }
    }

    private func near(_ loads: [Double?], _ expected: [Double?]) -> Bool {
        loads.count == expected.count
            && zip(loads, expected).allSatisfy { abs(($0 ?? -1) - ($1 ?? -1)) < 0.001 }
    }

    @Test func `the load is what the nodes in use measured, as the history has them`() throws {
        let record = try #require(
            LoadRecord(
                of: ["a": .active, "b": .inactive, "c": .active, "gone": nil],
                Self.samples(["a", "b", "c", "gone", "other"], 0..<5, 40),
                [
                    Self.change("gone", Self.at(1, 30), .active, .maintenance),
                    Self.change("gone", Self.at(1, 40), .maintenance, nil),
                    Self.change("other", Self.at(2), .active, nil),
                    Self.change("c", Self.at(3, 59), .inactive, .active),
                ], metrics: [.cpu]))
        // `gone` went in the second minute, `c` came in the fourth; `b` only idles, and `other` is another pool's.
        #expect(record.start == Self.noon)
        #expect(record.inUse == [2, 2, 1, 2, 2])
        #expect(near(record.loads[0], [0.8, 0.8, 0.4, 0.8, 0.8]))
        #expect(record.gaps.isEmpty)
        #expect(record.summary.actions == 2 && record.summary.flaps == 1)
        #expect(abs(record.summary.nodeHours - 9.0 / 60) < 1e-9)
        #expect(record.summary.underProvisionedMinutes == 0)
    }

    @Test func `a node that is gone was in use until its last sample at most`() throws {
        let record = try #require(
            LoadRecord(
                of: ["a": .active, "gone": nil],
                (Self.samples(["a"], 0..<8, 40) + Self.samples(["gone"], 2..<5, 80)).sorted { $0.at < $1.at },
                [Self.change("gone", Self.at(1), .inactive, .active)], metrics: [.cpu]))
        #expect(record.inUse == [1, 2, 2, 2, 2, 1, 1, 1])
        #expect(near(record.loads[0], [0.4, 0.8, 1.2, 1.2, 1.2, 0.4, 0.4, 0.4]))
    }

    @Test func `who is silent counts as before, then as the others, and a mostly silent pool is a gap`() throws {
        let nodes = ["a", "b", "c"]
        var samples = Self.samples(nodes, 0..<2, 60)
        samples += Self.samples(["a", "b"], 2..<6, 30)
        samples += Self.samples(["a"], 6..<10, 30)
        samples += Self.samples(nodes, 10..<11, 60)
        let record = try #require(
            LoadRecord(
                of: Dictionary(uniqueKeysWithValues: nodes.map { ($0, NodeState.active) }), samples, [],
                metrics: [.cpu]))
        #expect(record.inUse == [Int64](repeating: 3, count: 11))
        // Fresh for two minutes.
        #expect(near(record.loads[0], [1.8, 1.8, 1.2, 0.9, 0.9, 0.9, 0.9, nil, nil, nil, 1.8]))
        #expect(record.gaps == [LoadRecord.Gap(minute: 7, minutes: 3)])
    }

    @Test func `samples that are stored seldom count until the next`() throws {
        let samples = stride(from: 0, through: 30, by: 5).map { Self.sample("a", $0, 50) }
        let record = try #require(LoadRecord(of: ["a": .active], samples, [], metrics: [.cpu]))
        #expect(record.gaps.isEmpty && record.inUse.count == 31)
    }

    @Test func `of several metrics each has a load, and broken collectors have none`() throws {
        let samples = (0..<3).flatMap { minute in
            [
                Self.sample("a", minute, 20, memory: 80), Self.sample("b", minute, 30, memory: 70),
                Self.sample("c", minute, 0, memory: 60),
            ]
        }
        let record = try #require(
            LoadRecord(
                of: ["a": .active, "b": .active, "c": .active], samples, [], metrics: [.cpu, .memory, .gpu]))
        #expect(near(record.loads[0], [0.75, 0.75, 0.75]))
        #expect(near(record.loads[1], [2.1, 2.1, 2.1]))
        #expect(near(record.loads[2], [nil, nil, nil]))
        #expect(record.gaps.isEmpty)
        let replay = Replay(of: record, under: ScalingPolicy(maxNodes: 10))
        #expect(replay.minutes.allSatisfy { abs(($0.load ?? 0) - 2.1) < 0.001 }, "what takes the most nodes")
    }

    @Test func `a pool of which nothing was measured has no record`() {
        #expect(LoadRecord(of: ["a": .active], [], [], metrics: [.cpu]) == nil)
        #expect(LoadRecord(of: ["a": .inactive], Self.samples(["a"], 0..<9, 5), [], metrics: [.cpu]) == nil)
        #expect(LoadRecord(of: [:], Self.samples(["a"], 0..<9, 5), [], metrics: [.cpu]) == nil)
        #expect(LoadRecord(of: ["a": .active], Self.samples(["a"], 0..<9, 5), [], metrics: [.gpu]) == nil)
    }

    @Test func `a record begins and ends where something is known, and has halves`() throws {
        let record = try #require(
            LoadRecord(
                of: ["a": .inactive], Self.samples(["a"], 0..<30, 50),
                [
                    Self.change("a", Self.at(10), .inactive, .active),
                    Self.change("a", Self.at(20), .active, .inactive),
                ], metrics: [.cpu]))
        // In the minute in which it went, it was in use at first.
        #expect(record.start == Self.at(10) && record.inUse.count == 11)
        #expect(record.half(.first)?.inUse.count == 5)
        #expect(record.half(.second)?.start == Self.at(15) && record.half(.second)?.inUse.count == 6)
        let short = LoadRecord(of: ["a": .active], Self.samples(["a"], 0..<1, 50), [], metrics: [.cpu])
        #expect(short?.half(.first) == nil && short?.half(.second) != nil)
    }

    /// Four nodes at 50 %; from the second hour on at 95 %, and in the third nothing is known.
    private func risingRecord() throws -> LoadRecord {
        let nodes = ["a", "b", "c", "d"]
        var samples = Self.samples(nodes, 0..<60, 50)
        samples += Self.samples(nodes, 60..<120, 95) + Self.samples(nodes, 180..<240, 95)
        return try #require(
            LoadRecord(
                of: Dictionary(uniqueKeysWithValues: nodes.map { ($0, NodeState.active) }), samples, [],
                metrics: [.cpu]))
    }

    @Test func `a record is replayed from the nodes in use on, without noise, and a gap changes and costs nothing`()
        throws
    {
        let record = try risingRecord()
        let replay = Replay(of: record, under: ScalingPolicy(maxNodes: 10))
        #expect(replay.minutes.count == 240 && replay.minutes[0].ready == 4)
        // The minute after the load rose, doubled because it is saturated; five minutes later they are there.
        let first = try #require(replay.actions.first)
        #expect(first.minute == 61 && first.decision.current == 4 && first.decision.desired == 8)
        #expect(replay.minutes[65].ready == 4 && replay.minutes[66].ready == 8)
        let gap = 122..<181
        #expect(gap.allSatisfy { replay.minutes[$0].ready == replay.minutes[121].ready })
        #expect(gap.dropFirst(5).allSatisfy { replay.minutes[$0].reason == .metricsUnavailable })
        let known = replay.minutes.filter { $0.load != nil }
        #expect(known.count == 181, "a sample counts for two minutes")
        let hours = known.reduce(0.0) { $0 + Double($1.ready + $1.starting) / 60 }
        #expect(abs(replay.summary.nodeHours - hours) < 1e-6)
        #expect(replay.summary.score >= replay.optimum && record.summary.score >= replay.optimum)
        // What happened: nobody came, and 3.8 of 4 nodes is above 80 %.
        #expect(record.summary.actions == 0 && abs(record.summary.nodeHours - 181.0 * 4 / 60) < 1e-6)
        let penalty = 10 * (3.8 - 3.2) * 121 / 60
        #expect(abs(record.summary.score - record.summary.nodeHours - penalty) < 0.01)
    }

    @Test func `a replay starts within the policy's bounds`() throws {
        let record = try risingRecord()
        var policy = ScalingPolicy(maxNodes: 3)
        #expect(Replay(of: record, under: policy).minutes[0].ready == 3)
        policy.maxNodes = 20
        policy.minNodes = 6
        #expect(Replay(of: record, under: policy).minutes[0].ready == 6)
    }
}
