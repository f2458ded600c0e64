import Engine
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
        guard let look = try await PoolLook(key, in: view, from: store, now: now) else { return nil }
        var input = look.scaler.input(look.situation, health: view.status[key]?.health, now: now)
        input.isPaused = view.pause(of: key, at: now) != nil
        self.init(look.scaler.policy, input)
    }
}
