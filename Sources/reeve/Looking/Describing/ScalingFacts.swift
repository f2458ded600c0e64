import Fleet
import FleetStore
import Planning

/// What `describe` says of how a pool is scaled; nothing of a pool that nobody scales.
struct ScalingFacts {
    let row: ScanRow
    let view: FleetView
    let now: Timestamp

    /// The size that was set by hand, and whether the daemon took it.
    var byHand: String? {
        guard let wish = row.desired?.overrides.scale else { return nil }
        let adopted = row.hasAdoptedSize ? "adopted" : "not adopted yet"
        return "to \(wish.nodes) \(wish.nodes == 1 ? "node" : "nodes") by \(wish.by), \(ago(wish.at)): \(wish.reason) "
            + "(\(adopted))"
    }

    var facts: [(String, String?)] {
        guard let scaling = row.currentStatus?.scaling else { return [] }
        let last = scaling.last
        return [
            ("Wanted", last.map { "\($0.desired) nodes in use: \($0.reason.sentence) (\($0.reason.rawValue))" }),
            ("Cooldown", cooldown(scaling.timers)), ("Back-off", backoff(scaling.timers)),
            ("Out of use", outOfUse(scaling)), ("Asked for", asked(scaling)),
            ("Last decision", last.flatMap { decision in scaling.lastAt.map { line(decision, $0) } }),
        ]
    }

    private func line(_ decision: ScalingDecision, _ at: Timestamp) -> String {
        let parts = [
            "\(ago(at)): \(decision.change) nodes, \(decision.reason.rawValue)", decision.moves(),
            decision.isCarriedOut ? "" : "only recommended",
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "; ")
    }

    private func cooldown(_ timers: ScalingTimers) -> String? {
        guard let desired = row.desired,
            let policy = PoolScaler(desired, ResolvedPolicy(of: desired, in: view), status: nil)?.policy,
            let until = timers.cooldownUntil(policy), until > now
        else { return nil }
        return "nothing is taken away for \(Age.text(from: now, to: until)) more"
    }

    private func backoff(_ timers: ScalingTimers) -> String? {
        guard let until = timers.backoffUntil, until > now else { return nil }
        return "nothing is added for \(Age.text(from: now, to: until)) more, because what was added did not come"
    }

    private func outOfUse(_ scaling: PoolScaling) -> String? {
        let ids = scaling.intents.filter { !$0.value.isWanted }.keys.sorted()
        return ids.isEmpty ? nil : "\(ids.firstFew()), by the scaler"
    }

    private func asked(_ scaling: PoolScaling) -> String? {
        let ids = scaling.provided.filter { $0.value.phase == .asked }.keys.sorted()
        return ids.isEmpty ? nil : "\(ids.firstFew()), of the provider"
    }

    private func ago(_ time: Timestamp) -> String { Age.text(from: time, to: now) + " ago" }
}
