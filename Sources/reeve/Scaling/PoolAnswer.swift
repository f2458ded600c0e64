import Fleet
import FleetStore
import Planning

/// How a pool's size arises, decided on what stands in MongoDB now by the function that the daemon decides with.
struct PoolAnswer {
    /// The decision, and what it was made from.
    struct Live {
        var policy: ScalingPolicy
        var input: ScalingInput
        var decision: ScalingDecision
        var verdicts: [NodeVerdict]

        init(_ policy: ScalingPolicy, _ input: ScalingInput) {
            (self.policy, self.input) = (policy, input)
            (decision, verdicts) = (Scaler.decide(input), Scaler.verdicts(input))
        }
    }

    let row: ScanRow
    let now: Timestamp
    /// Nil for a pool that is not scaled.
    let live: Live?
    /// The newest stored decisions, newest last.
    let records: [ScalingRecord]

    /// What the daemon decided last, and when.
    var stored: (decision: ScalingDecision, at: Timestamp)? {
        guard let scaling = row.currentStatus?.scaling, let last = scaling.last, let at = scaling.lastAt else {
            return nil
        }
        return (last, at)
    }

    /// The daemon's last decision came to something else.
    var differs: Bool {
        guard let live else { return false }
        guard let stored = stored?.decision else { return true }
        return (stored.desired, stored.reason) != (live.decision.desired, live.decision.reason)
    }
}

extension PoolAnswer {
    /// - Parameter limit: of stored decisions.
    init(_ key: ResourceKey, decisions limit: Int, in store: MongoStore) async throws {
        let view = try await store.read([key])
        let now = try await store.serverTime()
        let row = ScanRow(key, in: view)
        let records = row.desired == nil ? [] : try await store.decisions(of: key.id, limit: limit)
        self.init(row: row, now: now, live: try await Live(key, in: view, now: now, store), records: records)
    }
}

extension PoolAnswer.Live {
    /// Nil for a pool that is not scaled.
    fileprivate init?(_ key: ResourceKey, in view: FleetView, now: Timestamp, _ store: MongoStore) async throws {
        guard let desired = view.desired[key],
            let scaler = PoolScaler(desired, ResolvedPolicy(of: desired, in: view), status: view.status[key])
        else { return nil }
        let keys = try await store.nodes(inPool: key.id)
        let nodes = try await store.read(keys)
        let members = keys.compactMap {
            ScalingMember(
                key.id, desired: nodes.desired[$0], observed: nodes.observed[$0], status: nodes.status[$0])
        }
        let window = try await PoolWindow(scaler, members, now: now).read(from: store)
        let situation = ScalingSituation(members: members, window: window, sampleInterval: PoolWindow.sampleInterval)
        var input = scaler.input(situation, health: view.status[key]?.health, now: now)
        input.isPaused = view.pause(of: key, at: now) != nil
        self.init(scaler.policy, input)
    }
}

/// The samples that a pool's window holds, read as the leader reads them after a restart.
private struct PoolWindow {
    let policy: ScalingPolicy
    /// Since when each node's samples count.
    let measured: [String: Timestamp]
    let now: Timestamp

    static let sampleInterval: Int64 = 60
    /// What is newer is read sample by sample, what is older as means of a minute.
    private static let rawSeconds: Int64 = 180
    /// Windows shorter than this have steps of less than a minute.
    private static let shortMinutes: Int64 = 12

    init(_ scaler: PoolScaler, _ members: [ScalingMember], now: Timestamp) {
        policy = scaler.policy
        measured = scaler.measured(members)
        self.now = now
    }

    func read(from store: MongoStore) async throws -> UsageWindow {
        var window = UsageWindow(
            minutes: policy.windowMinutes, metrics: policy.metrics, sampleInterval: Self.sampleInterval,
            forecasts: policy.forecast)
        let minutes = max(policy.windowMinutes, policy.forecast ? Int64(LoadForecast.minutesKept) : 0) + 1
        let isShort = policy.windowMinutes < Self.shortMinutes
        let raw = now.advanced(seconds: -max(Self.rawSeconds, isShort ? (policy.windowMinutes + 1) * 60 : 0))
        let since = Timestamp(milliseconds: raw.milliseconds - raw.milliseconds % 60_000)
        let means = try await store.meanSamples(
            since: now.advanced(seconds: -minutes * 60), stepSeconds: 60)
        for load in means where load.at < since { add(load, to: &window) }
        for load in try await store.samples(since: since) { add(load, to: &window) }
        window.advance(to: now)
        return window
    }

    private func add(_ load: NodeLoad, to window: inout UsageWindow) {
        guard let since = measured[load.nodeID], load.at > since else { return }
        window.add(UsageSample(load), of: load.nodeID, now: min(load.at, now))
    }
}
