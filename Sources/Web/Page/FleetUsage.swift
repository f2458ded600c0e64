internal import Fleet
internal import FleetStore

/// The last hour's load: of each pool step by step, of each node as it is now.
struct FleetUsage: Sendable {
    static let window: Int64 = 3_600
    static let stepSeconds: Int64 = 150

    /// Means over the pool's nodes, oldest first; nil where nobody measured. `window / stepSeconds` places.
    var cpuOfPool: [String: [Double?]] = [:]
    var latest: [String: UsagePoint] = [:]

    /// A point older than this is no answer to how a node does now.
    private static let fresh: Int64 = 600

    static func take(_ store: any UsageStore, _ snapshot: FleetSnapshot) async throws(StoreError) -> FleetUsage {
        // Whole steps, the running one last: the same steps for whoever asks when.
        let now = snapshot.at.milliseconds / 1000
        let first = (now / stepSeconds - window / stepSeconds + 1) * stepSeconds
        let since = Timestamp(milliseconds: first * 1000)
        let points = try await store.usage(since: since, stepSeconds: stepSeconds, of: nil)
        return FleetUsage(points, since: since, snapshot)
    }

    init() {}

    init(_ points: [UsagePoint], since: Timestamp, _ snapshot: FleetSnapshot) {
        let places = Int(Self.window / Self.stepSeconds)
        var sums: [String: [(sum: Double, count: Int)]] = [:]
        for point in points {
            let place = Int(point.at.seconds(since: since) / Self.stepSeconds)
            guard point.at >= since, place < places else { continue }
            if snapshot.at.seconds(since: point.at) < Self.fresh { latest[point.nodeID] = point }
            guard let cpu = point.cpu, let pool = snapshot.poolOfNode[point.nodeID] else { continue }
            sums[pool, default: Array(repeating: (0, 0), count: places)][place].sum += cpu
            sums[pool]?[place].count += 1
        }
        cpuOfPool = sums.mapValues { steps in steps.map { $0.count == 0 ? nil : $0.sum / Double($0.count) } }
    }
}
