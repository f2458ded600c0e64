import Fleet

/// What a pool really carried, minute by minute, and on how many nodes: from the stored samples and the history of its
/// nodes.
///
/// A node is in use in a minute if its status was `active` at its start or became so in it. The load is the sum of what
/// these nodes measured, in fully used nodes. A node without a sample in a minute counts with its last one while that is
/// fresh, and after that as the others do; where fewer than half of the nodes have a figure, the load is not known.
package struct LoadRecord: Sendable {
    /// Minutes in a row of which no load is known.
    package struct Gap: Hashable, Sendable {
        /// The first of them, counted from the record's start.
        package var minute: Int
        package var minutes: Int
    }

    package let start: Timestamp
    package let metrics: [UsageMetric]
    /// By metric, in their order: the load of each minute, in fully used nodes; nil where it is not known.
    package let loads: [[Double?]]
    /// Nodes in use in each minute.
    package let inUse: [Int64]

    /// From the first to the last minute with a sample of a node in use.
    ///
    /// - Parameters:
    ///   - states: each node of the pool with its present status, also those that are gone (nil).
    ///   - samples: in order of time; those of other nodes are passed over.
    ///   - history: changes of status since before the first sample, in order of time; those of other nodes likewise.
    /// - Returns: nil if no node that was in use has a sample.
    package init?(
        of states: [String: NodeState?], _ samples: [NodeLoad], _ history: [HistoryEntry], metrics: [UsageMetric]
    ) {
        let samples = samples.filter { states.keys.contains($0.nodeID) }
        guard let first = samples.first?.at.minute, let last = samples.last?.at.minute else { return nil }
        var reading = RecordReading(states, history, samples)
        var loads = metrics.map { _ in [Double?]() }
        var inUse: [Int64] = []
        var rest = samples[...]
        for minute in first...last {
            let new = rest.prefix { $0.at.minute <= minute }
            rest = rest[new.endIndex...]
            let nodes = reading.read(minute, new)
            inUse.append(Int64(nodes))
            for index in metrics.indices { loads[index].append(reading.load(metrics[index], minute, of: nodes)) }
        }
        func isKnown(_ place: Int) -> Bool { inUse[place] > 0 && loads.contains { $0[place] != nil } }
        guard let begin = inUse.indices.first(where: isKnown), let end = inUse.indices.last(where: isKnown) else {
            return nil
        }
        self.init(
            start: Timestamp(milliseconds: (first + Int64(begin)) * 60_000), metrics: metrics,
            loads: loads.map { Array($0[begin...end]) }, inUse: Array(inUse[begin...end]))
    }

    private init(start: Timestamp, metrics: [UsageMetric], loads: [[Double?]], inUse: [Int64]) {
        self.start = start
        self.metrics = metrics
        self.loads = loads
        self.inUse = inUse
    }

    /// A half of the minutes, cut as that of a load series is; nil if it has none.
    package func half(_ half: LoadSeries.Half) -> LoadRecord? {
        let middle = inUse.count / 2
        let most = Int(LoadSeries.daysOfHalf) * 1440
        let part = half == .first ? 0..<min(middle, most) : middle..<min(inUse.count, middle + most)
        guard !part.isEmpty else { return nil }
        return LoadRecord(
            start: start.advanced(seconds: Int64(part.lowerBound) * 60), metrics: metrics,
            loads: loads.map { Array($0[part]) }, inUse: Array(inUse[part]))
    }

    /// What really happened. Nodes that were starting are not in the record, so they are not charged.
    package var summary: ReplaySummary {
        var summary = ReplaySummary()
        var before = inUse.first ?? 0
        for (minute, nodes) in inUse.enumerated() {
            summary.add(minute: minute, load: load(minute), ready: nodes, starting: 0, change: nodes - before)
            before = nodes
        }
        return summary
    }

    package var gaps: [Gap] {
        var gaps: [Gap] = []
        for minute in inUse.indices where load(minute) == nil {
            if let last = gaps.last, last.minute + last.minutes == minute {
                gaps[gaps.count - 1].minutes += 1
            } else {
                gaps.append(Gap(minute: minute, minutes: 1))
            }
        }
        return gaps
    }

    private func load(_ minute: Int) -> Double? { loads.compactMap { $0[minute] }.max() }
}

extension Timestamp {
    /// Which minute since 1970 it lies in; nothing was measured before.
    fileprivate var minute: Int64 { milliseconds / 60_000 }
}

/// A record in the making: its nodes as they stand in one minute.
private struct RecordReading {
    private struct Node {
        var isActive: Bool
        var wasActive = false
        var newest: UsageSample?
        /// Minutes since 1970.
        var measuredIn: Int64 = 0
        /// Of a node that is gone, whose end the history need not have: the minute of its last sample.
        var end: Int64?
    }

    private let places: [String: Int]
    private var nodes: [Node]
    private var changes: ArraySlice<HistoryEntry>
    private let held: Int64

    init(_ states: [String: NodeState?], _ history: [HistoryEntry], _ samples: [NodeLoad]) {
        changes = history.filter { states.keys.contains($0.nodeID) }[...]
        let listed = Array(states)
        places = Dictionary(uniqueKeysWithValues: listed.enumerated().map { ($1.key, $0) })
        nodes = listed.map { Node(isActive: $0.value == .active) }
        held = RecordReading.held(samples)
        for sample in samples {
            if let place = places[sample.nodeID], listed[place].value == nil { nodes[place].end = sample.at.minute }
        }
        // Before its first change a node was what it changed from.
        for change in changes.reversed() { mark(change.nodeID, change.from) }
    }

    private mutating func mark(_ id: String, _ state: NodeState?) {
        guard let place = places[id] else { return }
        nodes[place].isActive = state == .active
        if nodes[place].isActive { nodes[place].wasActive = true }
    }

    /// For so many minutes a sample counts: as long as the decision takes it to be fresh, by the interval that most
    /// samples of a node have.
    private static func held(_ samples: [NodeLoad]) -> Int64 {
        var last: [String: Timestamp] = [:]
        var gaps: [Int64] = []
        for sample in samples {
            if let before = last.updateValue(sample.at, forKey: sample.nodeID) {
                gaps.append(sample.at.seconds(since: before))
            }
        }
        guard !gaps.isEmpty else { return 2 }
        gaps.sort()
        return (UsageWindow.secondsUntilStale(sampleInterval: gaps[gaps.count / 2]) + 59) / 60
    }

    /// Takes a minute in.
    ///
    /// - Returns: how many nodes were in use in it.
    mutating func read(_ minute: Int64, _ samples: ArraySlice<NodeLoad>) -> Int {
        for place in nodes.indices {
            if let end = nodes[place].end, minute > end { nodes[place].isActive = false }
            nodes[place].wasActive = nodes[place].isActive
        }
        let due = changes.prefix { $0.at.minute <= minute }
        changes = changes[due.endIndex...]
        for change in due { mark(change.nodeID, change.to) }
        for sample in samples {
            guard let place = places[sample.nodeID] else { continue }
            (nodes[place].newest, nodes[place].measuredIn) = (UsageSample(sample), minute)
        }
        return nodes.count(where: \.wasActive)
    }

    func load(_ metric: UsageMetric, _ minute: Int64, of count: Int) -> Double? {
        guard count > 0 else { return 0 }
        var tally = UsageTally()
        for node in nodes where node.wasActive && minute - node.measuredIn < held {
            if let value = node.newest?[metric] { tally.add(value) }
        }
        let valid = tally.count - tally.suspects(metric, of: Int64(count))
        guard valid > 0, valid * 2 >= Int64(count) else { return nil }
        return tally.sum / Double(valid) * Double(count) / 100
    }
}
