import Fleet
import Planning
import Testing

@testable import Web

struct NodeAccumulatorTests {
    private let start = Timestamp(milliseconds: 1_800_000_000_000)

    private func report(_ seconds: Int64, cpu: Double? = nil, bytesIn: Int64? = nil) -> ResourceSample {
        var sample = ResourceSample(nodeID: "node_a", timestamp: start.advanced(seconds: seconds))
        sample[MetricLeaf.cpuUsage] = cpu.map(FieldValue.double)
        sample[MetricLeaf.bytesIn] = bytesIn.map(FieldValue.int)
        return sample
    }

    private func node(lastStored: Int64? = nil, facts: AgentFacts? = nil, now: Int64? = nil) -> NodeAccumulator {
        NodeAccumulator(
            nodeID: "node_a", lastStored: lastStored.map { start.advanced(seconds: $0) }, facts: facts,
            now: start.advanced(seconds: now ?? lastStored ?? 0), sampleSeconds: 60)
    }

    private func take(
        _ node: inout NodeAccumulator, _ reports: [ResourceSample], at seconds: Int64, drained: Timestamp? = nil
    ) -> NodeAccumulator.Taken {
        node.take(reports, drained: drained, now: start.advanced(seconds: seconds), sampleSeconds: 60)
    }

    /// Seconds after the start.
    private func times(_ samples: [ResourceSample]) -> [Int64] { samples.map { $0.timestamp.seconds(since: start) } }

    @Test func `a sample a minute: means of gauges, the latest of counters`() {
        var node = node()
        var stored: [ResourceSample] = []
        for step in Int64(0)...8 {
            let taken = take(&node, [report(step * 15, cpu: Double(step), bytesIn: step * 100)], at: step * 15)
            #expect(taken.accepted == 1)
            stored += taken.samples
        }
        #expect(times(stored) == [0, 60, 120])
        #expect(stored.map { $0[MetricLeaf.cpuUsage]?.double } == [0, 2.5, 6.5])
        #expect(stored.map { $0[MetricLeaf.bytesIn]?.int } == [0, 400, 800])
        #expect(node.durableUntil == start.advanced(seconds: 120))
        #expect(!node.hasOpenSample)
    }

    @Test func `an interval that does not divide the minute is right in the mean`() {
        var node = node()
        var stored: [ResourceSample] = []
        for step in Int64(0)...180 { stored += take(&node, [report(step * 20 - step, cpu: 1)], at: step * 19).samples }
        // 57 minutes of a report each 19 seconds.
        #expect((57...58).contains(stored.count))
    }

    @Test func `lists are averaged by their elements, whole numbers stay whole`() {
        var node = node(lastStored: 0)
        var first = report(30)
        first[MetricLeaf.loadAverage] = .list([.double(1), .double(3)])
        first[MetricLeaf.memoryUsed] = .int(10)
        var second = report(60)
        second[MetricLeaf.loadAverage] = .list([.double(2), .double(5)])
        second[MetricLeaf.memoryUsed] = .int(15)
        let stored = take(&node, [first, second], at: 60).samples
        #expect(stored.count == 1)
        #expect(stored.first?[MetricLeaf.loadAverage] == .list([.double(1.5), .double(4)]))
        if case .int(let used)? = stored.first?[MetricLeaf.memoryUsed] {
            #expect(used == 13)
        } else {
            Issue.record("not whole")
        }
    }

    @Test func `what was not measured in the last report is not lost`() {
        var node = node(lastStored: 0)
        let stored = take(&node, [report(30, cpu: 4, bytesIn: 7), report(60)], at: 60).samples
        #expect(stored.first?[MetricLeaf.cpuUsage] == .double(4))
        #expect(stored.first?[MetricLeaf.bytesIn] == .int(7))
    }

    @Test func `doubles are dropped, within a request, after it and in a new life`() {
        var node = node()
        #expect(take(&node, [report(0), report(0), report(15)], at: 15).accepted == 2)
        #expect(take(&node, [report(0), report(15), report(30)], at: 30).accepted == 1)
        var next = self.node(lastStored: 30)
        #expect(take(&next, [report(15), report(30), report(31)], at: 31).accepted == 1)
    }

    @Test func `a stored sample from the future makes no report a double`() {
        // A day ahead: of nobody who goes by this clock. It says nothing of what came before it, either.
        var node = node(lastStored: 86_400, now: 0)
        #expect(node.durableUntil == nil)
        let taken = take(&node, [report(-300, cpu: 1), report(0, cpu: 2)], at: 0)
        #expect(taken.accepted == 2)
        #expect(times(taken.samples) == [-300, 0])
        // As far ahead as a report may be: up to now it may be true.
        var near = self.node(lastStored: 30, now: 0)
        #expect(near.durableUntil == start)
        #expect(take(&near, [report(-1), report(0), report(1)], at: 1).accepted == 1)
    }

    @Test func `a node that comes from another ingest leaves nothing open, and sends again`() {
        var node = node()
        _ = take(&node, [report(0, cpu: 1), report(15, cpu: 10), report(30, cpu: 20)], at: 30)
        #expect(node.hasOpenSample)
        node.startOver(lastStored: start.advanced(seconds: 15), now: start.advanced(seconds: 45), sampleSeconds: 60)
        #expect(!node.hasOpenSample)
        #expect(node.durableUntil == start.advanced(seconds: 15))
        // What the other took and had not stored is not here a double.
        #expect(take(&node, [report(15, cpu: 10), report(30, cpu: 20)], at: 45).accepted == 1)
        #expect(node.isOvertaken(by: start.advanced(seconds: 20), now: start.advanced(seconds: 45)))
        #expect(!node.isOvertaken(by: start.advanced(seconds: 15), now: start.advanced(seconds: 45)))
        #expect(!node.isOvertaken(by: start.advanced(seconds: 7_200), now: start.advanced(seconds: 45)))
    }

    @Test func `what comes late is laid out by its own times, in order`() {
        var node = node(lastStored: 0)
        _ = take(&node, [report(15, cpu: 10)], at: 15)
        // Ten minutes without the daemon; the agent kept a report each 15 seconds, and sends them out of order.
        let late = (2...40).map { report(Int64($0) * 15, cpu: 20) }
        let taken = take(&node, late.reversed(), at: 601)
        #expect(taken.accepted == 39)
        #expect(times(taken.samples) == (1...10).map { $0 * 60 })
        #expect(taken.samples[0][MetricLeaf.cpuUsage] == .double(17.5))
        #expect(taken.samples[1...].allSatisfy { $0[MetricLeaf.cpuUsage] == .double(20) })
    }

    @Test func `what came before a hole is a sample of its own`() {
        var node = node(lastStored: 0)
        _ = take(&node, [report(15, cpu: 10), report(30, cpu: 20)], at: 30)
        let taken = take(&node, [report(3_600, cpu: 90)], at: 3_600)
        #expect(times(taken.samples) == [30, 3_600])
        #expect(taken.samples.map { $0[MetricLeaf.cpuUsage]?.double } == [15, 90])
    }

    @Test func `a report without a measurement is a heartbeat and no sample`() {
        var node = node()
        let taken = take(&node, [report(0)], at: 0)
        #expect(taken.accepted == 1)
        #expect(taken.samples.isEmpty)
        #expect(node.durableUntil == start)
    }

    @Test func `what a silent node left is closed before its time`() {
        var node = node(lastStored: 0)
        _ = take(&node, [report(15, cpu: 10)], at: 15)
        #expect(node.hasOpenSample)
        #expect(node.close()?.timestamp == start.advanced(seconds: 15))
        #expect(node.close() == nil)
    }

    // MARK: Facts.

    @Test func `facts are written once, and again only when they change`() {
        var node = node()
        var first = report(0)
        first[MetricLeaf.cores] = .int(8)
        first[MetricLeaf.memoryTotal] = .int(1 << 30)
        first[MetricLeaf.diskTotal] = .int(1 << 40)
        _ = take(&node, [first], at: 0)
        let hardware = FoundHardware(cores: 8, memoryBytes: 1 << 30, storageBytes: 1 << 40)
        #expect(
            node.factsToWrite(now: start)
                == AgentFacts(nodeID: "node_a", intervalSeconds: LearnedInterval.unknown, hardware: hardware))
        #expect(node.factsToWrite(now: start) == nil)
        _ = take(&node, [report(15)], at: 15)
        _ = take(&node, [report(30)], at: 30)
        let learned = AgentFacts(nodeID: "node_a", intervalSeconds: 15, hardware: hardware)
        #expect(node.factsToWrite(now: start) == learned)
        for step in Int64(3)...10 { _ = take(&node, [report(step * 15)], at: step * 15 + step % 2) }
        #expect(node.factsToWrite(now: start) == nil)

        var next = self.node(lastStored: 150, facts: learned)
        _ = take(&next, [report(165)], at: 165)
        #expect(next.factsToWrite(now: start) == nil)
    }

    @Test func `an acknowledged drain is a fact`() {
        var node = node()
        _ = take(&node, [report(0)], at: 0, drained: start)
        #expect(node.factsToWrite(now: start)?.drained == start)
        _ = take(&node, [report(15)], at: 15)
        #expect(node.factsToWrite(now: start) == nil)
    }

    @Test func `sizes that only breathe are no news, and nothing of a machine is news more often than once a minute`() {
        func sized(_ seconds: Int64, cores: Int64, storage: Int64) -> ResourceSample {
            var sample = report(seconds)
            sample[MetricLeaf.cores] = .int(cores)
            sample[MetricLeaf.diskTotal] = .int(storage)
            return sample
        }
        var node = node(facts: AgentFacts(nodeID: "node_a", intervalSeconds: 15, hardware: FoundHardware()))
        var known = FoundHardware()
        func written(_ seconds: Int64, cores: Int64, storage: Int64) -> FoundHardware? {
            _ = take(&node, [sized(seconds, cores: cores, storage: storage)], at: seconds)
            let hardware = node.factsToWrite(now: start.advanced(seconds: seconds))?.hardware
            guard let hardware, hardware != known else { return nil }
            known = hardware
            return hardware
        }
        #expect(written(0, cores: 8, storage: 1_000_000)?.cores == 8)
        #expect(written(15, cores: 4, storage: 1_000_000) == nil)
        #expect(written(75, cores: 4, storage: 1_005_000) == FoundHardware(cores: 4, storageBytes: 1_005_000))
        #expect(written(150, cores: 4, storage: 1_010_000) == nil)
        #expect(written(225, cores: 4, storage: 1_016_000)?.storageBytes == 1_016_000)
        #expect(written(240, cores: 8, storage: 1_016_000) == nil)
        #expect(written(255, cores: 4, storage: 1_016_000) == nil)
        #expect(written(300, cores: 4, storage: 1_016_000) == nil)
    }

    @Test func `a node with the longest interval is not lost before it has reported three times`() {
        var interval = LearnedInterval()
        var last = start
        for report in 0..<4 {
            let now = start.advanced(seconds: Int64(report) * 300)
            let facts = AgentFacts(nodeID: "node_a", intervalSeconds: interval.seconds, hardware: FoundHardware())
            // Half a minute late, and seen a little later.
            let seen = now.advanced(seconds: 45)
            #expect(!HeartbeatRule(facts, .none).isLost(last, wasLost: false, now: seen), "\(report)")
            interval.reported(at: now)
            last = now
        }
        #expect(interval.seconds == 300)
    }

    struct Gaps: Sendable, CustomTestStringConvertible {
        var name: String
        var gaps: [Int64]
        var seconds: Int64
        var testDescription: String { name }
    }

    @Test(arguments: [
        Gaps(name: "nothing yet", gaps: [], seconds: 120), Gaps(name: "one gap", gaps: [15], seconds: 120),
        Gaps(name: "one long gap", gaps: [250], seconds: 250),
        Gaps(name: "steady", gaps: [30, 30, 30], seconds: 30),
        Gaps(name: "never below 15", gaps: [1, 1, 1], seconds: 15),
        Gaps(name: "never above 300", gaps: [900, 900], seconds: 300),
        Gaps(name: "one outage", gaps: [20, 20, 20, 4_000, 20], seconds: 20),
        Gaps(name: "an outage at once", gaps: [4_000, 20], seconds: 20),
        Gaps(name: "more rarely: believed after two", gaps: [15, 15, 15, 15, 120, 120], seconds: 120),
        Gaps(name: "more often", gaps: [120, 120, 15, 15, 15, 15], seconds: 15),
    ])
    func `the interval is learned`(_ one: Gaps) {
        var interval = LearnedInterval()
        var now = start
        interval.reported(at: now)
        for gap in one.gaps {
            now = now.advanced(seconds: gap)
            interval.reported(at: now)
        }
        #expect(interval.seconds == one.seconds)
    }

    @Test func `what is made up for after an outage teaches no interval`() {
        var node = node()
        for step in Int64(0)...3 { _ = take(&node, [report(step * 120)], at: step * 120) }
        #expect(node.interval.seconds == 120)
        for part in Int64(0)..<6 { _ = take(&node, [report(480 + part * 120)], at: 1_200) }
        #expect(node.interval.seconds == 120)
    }

    @Test func `a node may report a thousand times a minute`() {
        var allowance = ReportAllowance()
        #expect(allowance.take(1_000, at: start) == nil)
        #expect(allowance.take(1, at: start) == ReportAllowance.RefusedFor(seconds: 1))
        #expect(allowance.take(500, at: start)?.seconds == 30)
        #expect(allowance.take(500, at: start.advanced(seconds: 30)) == nil)
        // A clock that jumps back gives nothing.
        #expect(allowance.take(1, at: start) != nil)
        #expect(allowance.take(1_000, at: start.advanced(seconds: 3_600)) == nil)
    }
}
