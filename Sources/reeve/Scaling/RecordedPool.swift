import Fleet
import FleetStore
import Planning

/// A pool as it is declared, and what is stored of its past.
struct RecordedPool {
    let record: LoadRecord
    let policy: ScalingPolicy
    /// How many nodes it has, if nobody makes others.
    let members: Int64?

    /// More days are not read: minutes are reckoned one by one.
    static let mostDays: Int64 = 1_000

    /// - Parameters:
    ///   - stated: the policy to be tried; nil for the pool's own, or the defaults if it has none.
    ///   - from: samples since then, and before `until`.
    static func read(
        _ key: ResourceKey, under stated: Spec?, from: Moment, until: Moment?, in store: MongoStore
    ) async throws -> RecordedPool {
        let now = try await store.serverTime()
        let (since, end) = (from.timestamp(now: now), min(until?.timestamp(now: now) ?? now, now))
        guard since < end else { throw CommandFailure(.usage, "--since \(since) is not before \(end)") }
        guard end.seconds(since: since) <= mostDays * 86_400 else {
            throw CommandFailure(.usage, "--since \(since) is more than \(mostDays) days before \(end)")
        }
        let view = try await store.read([key])
        guard let pool = view.desired[key] else { throw try await NotFound.failure([key], in: store) }
        let policy = try policy(of: pool, under: stated, view)
        let history = try await store.nodeHistory(since: since)
        let states = try await states(of: pool, history, store)
        let points = try await store.usage(since: since, stepSeconds: 60, of: Array(states.keys))
        let loads = points.filter { $0.at < end }.map(NodeLoad.init).sorted { $0.at < $1.at }
        guard let record = LoadRecord(of: states, loads, history, metrics: policy.metrics) else {
            let metrics = policy.metrics.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure(
                .differences,
                "there is nothing to replay: no \(metrics) of a node that was in use in \(key) is stored from \(since) "
                    + "to \(end)")
        }
        return RecordedPool(
            record: record, policy: policy, members: pool.hasProvider ? nil : Int64(states.count))
    }

    private static func policy(of pool: Desired, under stated: Spec?, _ view: FleetView) throws -> ScalingPolicy {
        let maximum = pool.spec.withDefaults()[PoolLeaf.maxNodes]?.int ?? 1
        if let stated { return ScalingPolicy(stated, maxNodes: maximum) }
        if let resolved = ResolvedPolicy(of: pool, in: view) { return ScalingPolicy(resolved.spec, maxNodes: maximum) }
        if let name = pool.spec[PoolLeaf.policyReference]?.string {
            throw CommandFailure(
                .differences, "\(pool.key) names \(ResourceKey(.scalingPolicy, name)), which is not declared")
        }
        return ScalingPolicy(maxNodes: maximum)
    }

    /// Those that stand in the pool now, and those that its provider made and took away again: of others that left it
    /// nothing says that they were there.
    private static func states(
        of pool: Desired, _ history: [HistoryEntry], _ store: MongoStore
    ) async throws -> [String: NodeState?] {
        var keys = Set(try await store.nodes(inPool: pool.key.id))
        let made = Set(history.map(\.nodeID)).filter(pool.mayHaveMade)
        keys.formUnion(made.map { ResourceKey(.node, $0) })
        let view = try await store.read(keys.sorted())
        var states: [String: NodeState?] = [:]
        for key in keys {
            if let observed = view.observed[key] {
                guard observed.poolID == pool.key.id else { continue }
                states[key.id] = .some(view.status[key]?.state ?? observed.state)
            } else if made.contains(key.id), view.desired[key] == nil {
                states[key.id] = .some(nil)
            }
        }
        return states
    }
}

extension NodeLoad {
    fileprivate init(_ point: UsagePoint) {
        self.init(nodeID: point.nodeID, at: point.at, cpu: point.cpu, memory: point.memory, gpu: point.gpu)
    }
}
