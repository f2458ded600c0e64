import Fleet

/// What nodes and pools have in common for `top`. Shares are percent, 0 to 100; nil is not measured.
protocol UsageRow: Sendable {
    var id: String { get }
    var name: String { get }
    var cpu: Double? { get }
    var memory: Double? { get }
    /// The CPU of the last minutes, oldest first.
    var trend: [Double?] { get }
}

/// How busy a node is.
struct NodeUsage: UsageRow, Hashable {
    var id: String
    var name: String
    var poolID: String?
    /// As its document has it.
    var status: String
    var cpu: Double?
    /// Runnable tasks, over one minute.
    var load: Double?
    var memory: Double?
    var disk: Double?
    var traffic: TrafficRate?
    /// When the newest sample was measured.
    var sampledAt: Timestamp?
    var trend: [Double?] = []
}

/// How busy the nodes of a pool are.
struct PoolUsage: UsageRow, Hashable {
    var id: String
    var name: String
    var active: Int
    var total: Int
    /// Means of the nodes that measured.
    var cpu: Double?
    var memory: Double?
    var trend: [Double?] = []
}

extension PoolUsage {
    init(id: String, name: String, nodes: [NodeUsage]) {
        self.id = id
        self.name = name
        active = nodes.count { $0.status == NodeState.active.rawValue }
        total = nodes.count
        cpu = nodes.compactMap(\.cpu).mean
        memory = nodes.compactMap(\.memory).mean
        let steps = nodes.map(\.trend.count).max() ?? 0
        trend = (0..<steps).map { step in
            nodes.compactMap { $0.trend.indices.contains(step) ? $0.trend[step] : nil }.mean
        }
    }
}

extension [Double] {
    fileprivate var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }
}

/// The steps of a trend: whole minutes, the last of which is the present one.
struct TrendSteps {
    static let count = 15
    static let seconds: Int64 = 60

    let start: Timestamp

    init(until now: Timestamp) {
        let step = Self.seconds * 1000
        let last = now.milliseconds / step * step
        start = Timestamp(milliseconds: last - Int64(Self.count - 1) * step)
    }

    /// Which step an instant lies in; nil before the first and after the last.
    func index(of time: Timestamp) -> Int? {
        guard time >= start else { return nil }
        let index = Int(time.seconds(since: start) / Self.seconds)
        return index < Self.count ? index : nil
    }
}

/// What passes through a node's network interfaces, in bytes per second.
struct TrafficRate: Hashable, Sendable {
    var bytesIn: Double
    var bytesOut: Double
}

/// Makes rates of counters: from a node's newest sample and the one before that was seen.
struct TrafficMeter {
    private struct Entry {
        var at: Timestamp
        var bytesIn: Int64
        var bytesOut: Int64
        var rate: TrafficRate?
    }

    private var entries: [String: Entry] = [:]

    /// The rate up to this sample. The same sample has the same rate again; after a restart, when counters begin anew,
    /// there is none.
    mutating func rate(_ sample: ResourceSample) -> TrafficRate? {
        guard let bytesIn = sample[MetricLeaf.bytesIn]?.int, let bytesOut = sample[MetricLeaf.bytesOut]?.int else {
            entries[sample.nodeID] = nil
            return nil
        }
        var entry = Entry(at: sample.timestamp, bytesIn: bytesIn, bytesOut: bytesOut)
        if let before = entries[sample.nodeID] {
            guard before.at < sample.timestamp else { return before.rate }
            if before.bytesIn <= bytesIn, before.bytesOut <= bytesOut {
                let seconds = Double(sample.timestamp.milliseconds - before.at.milliseconds) / 1000
                entry.rate = TrafficRate(
                    bytesIn: (Double(bytesIn) - Double(before.bytesIn)) / seconds,
                    bytesOut: (Double(bytesOut) - Double(before.bytesOut)) / seconds)
            }
        }
        entries[sample.nodeID] = entry
        return entry.rate
    }
}
