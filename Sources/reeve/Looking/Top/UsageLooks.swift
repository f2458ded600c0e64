import Fleet
import FleetStore

/// Takes looks at what the fleet's machines use, and keeps between them what a rate is made of.
struct UsageLooks {
    struct Found: Sendable {
        var now: Timestamp
        var nodes: [NodeUsage]
        var pools: [PoolUsage]
    }

    let store: MongoStore
    private var traffic = TrafficMeter()

    init(store: MongoStore) { self.store = store }

    mutating func take() async throws -> Found {
        let now = try await store.serverTime()
        let steps = TrendSteps(until: now)
        async let found = store.scan(.node, into: { [NodeUsage]() }, row: { $0 += NodeUsage.found($1) })
        async let foundPools = store.scan(.nodePool, into: { [PoolUsage]() }, row: { $0 += PoolUsage.found($1) })
        async let points = store.usage(since: steps.start, stepSeconds: TrendSteps.seconds, of: nil)
        let newest = try await store.latestSamples(since: steps.start, of: nil)
        let samples = Dictionary(newest.map { ($0.nodeID, $0) }) { first, _ in first }
        var trends: [String: [Double?]] = [:]
        for point in try await points {
            guard let step = steps.index(of: point.at) else { continue }
            trends[point.nodeID, default: Array(repeating: nil, count: TrendSteps.count)][step] = point.cpu
        }
        var nodes = try await found.flatMap(\.self)
        for index in nodes.indices {
            let id = nodes[index].id
            nodes[index].trend = trends[id] ?? []
            guard let sample = samples[id] else { continue }
            nodes[index].take(sample)
            nodes[index].traffic = traffic.rate(sample)
        }
        let members = Dictionary(grouping: nodes) { $0.poolID ?? "" }
        let pools = try await foundPools.flatMap(\.self).map {
            PoolUsage(id: $0.id, name: $0.name, nodes: members[$0.id] ?? [])
        }
        return Found(now: now, nodes: nodes, pools: pools)
    }
}

extension NodeUsage {
    /// The node, without what it uses; none where a status alone is left.
    static func found(_ row: ScanRow) -> [NodeUsage] {
        guard row.exists else { return [] }
        return [
            NodeUsage(
                id: row.key.id, name: row.name ?? row.key.id, poolID: row.observed?.poolID ?? row.desired?.poolID,
                status: row.observed?.state?.rawValue ?? row.observed?.status?.description ?? "")
        ]
    }

    /// Other services may have written the sample: what is no number counts as not measured.
    mutating func take(_ sample: ResourceSample) {
        sampledAt = sample.timestamp
        cpu = sample[MetricLeaf.cpuUsage]?.double.flatMap(NodeUsage.percent)
        load = sample[MetricLeaf.loadAverage]?.list?.first?.double
        memory = NodeUsage.share(sample, MetricLeaf.memoryUsed, of: MetricLeaf.memoryTotal)
        disk = NodeUsage.share(sample, MetricLeaf.diskUsed, of: MetricLeaf.diskTotal)
    }

    private static func share(_ sample: ResourceSample, _ used: Int, of total: Int) -> Double? {
        guard let used = sample[used]?.double, let total = sample[total]?.double, total > 0 else { return nil }
        return percent(used / total * 100)
    }

    private static func percent(_ value: Double) -> Double? { value.isFinite ? min(max(value, 0), 100) : nil }
}

extension PoolUsage {
    fileprivate static func found(_ row: ScanRow) -> [PoolUsage] {
        row.exists ? [PoolUsage(id: row.key.id, name: row.name ?? row.key.id, nodes: [])] : []
    }
}
