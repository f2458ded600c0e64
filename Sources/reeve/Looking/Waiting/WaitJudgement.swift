import Fleet
import FleetStore

/// What one look says of one object that is waited for.
enum WaitVerdict: Hashable {
    case met
    case pending(String)
    /// It will not come about any more, or is not worth waiting for.
    case failed(String)
    /// Somebody paused it: it will not come about before the pause ends.
    case held(String)
    /// It was never there.
    case missing
}

struct WaitJudgement {
    /// All of them must hold at the same time.
    var goals: [WaitGoal]
    /// Any of them ends the waiting.
    var failures: [WaitGoal] = []
    /// A pause ends the waiting, instead of being waited out.
    var endsAtPause = false

    /// - Parameters:
    ///   - wasThere: an earlier look has seen its declaration.
    ///   - pause: the pause that is in force, its own or its pool's.
    func verdict(_ row: ScanRow, wasThere: Bool, pause: Suspension? = nil) -> WaitVerdict {
        if let failure = failures.first(where: { $0.holds(row) }) {
            return .failed(explanation(failure, row) ?? "\(failure)")
        }
        let open = goals.filter { !$0.holds(row) }
        guard let first = open.first else { return .met }
        if row.desired == nil, !goals.contains(.created) { return wasThere ? .failed("it was deleted") : .missing }
        if first == .drained, let desired = row.desired, desired.overrides.drain == nil {
            return .failed("it was uncordoned")
        }
        if case .scaled(let nodes) = first, let why = row.obstacle(toSize: nodes) { return .failed(why) }
        if endsAtPause, let pause {
            return .held("paused: \(pause.reason) (by \(pause.by)\(pause.until.map { " until \($0)" } ?? ""))")
        }
        return .pending(explanation(first, row) ?? "not yet \(first)")
    }

    private func explanation(_ goal: WaitGoal, _ row: ScanRow) -> String? {
        switch goal {
        case .created: return row.desired == nil ? "not declared" : nil
        case .deleted:
            let blocked = row.currentStatus?[.deletionBlocked]
            return blocked.map { "\($0.reason): \($0.message)" }
                ?? (row.desired?.deletion == nil ? "nobody deletes it" : "still being deleted")
        case .drained:
            let draining = row.currentStatus?[.draining]
            return draining.map { "\($0.reason): \($0.message)" } ?? "not in maintenance yet"
        case .scaled(let nodes):
            let active = row.currentStatus?.counts?.active ?? 0
            guard row.hasAdoptedSize else {
                let able = row.currentStatus?[.ableToScale].flatMap {
                    $0.status == .no ? "\($0.reason): \($0.message)" : nil
                }
                return able ?? "the daemon has not adopted the size yet"
            }
            return "\(active) of \(nodes) nodes are active"
        case .condition(let type, _):
            guard let desired = row.desired else { return "not declared" }
            if let pause = row.currentStatus?[.suspended], pause.status == .yes { return "paused: \(pause.message)" }
            guard row.present(type) != nil, let status = row.currentStatus else {
                return "generation \(desired.generation) is not reconciled yet"
            }
            guard let condition = status[type] else { return "\(type.rawValue) is not listed" }
            let message = condition.message.isEmpty ? "" : ": \(condition.message)"
            return "\(type.rawValue) is \(condition.status.rawValue), \(condition.reason)\(message)"
        }
    }
}

extension ScanRow {
    /// The scaler has done what an operator asked for, as far as it could.
    var hasAdoptedSize: Bool {
        guard let wish = desired?.overrides.scale, let adopted = currentStatus?.scaling?.timers.adopted else {
            return false
        }
        return adopted >= wish.at
    }

    /// Why the pool will not come to that size by itself any more.
    fileprivate func obstacle(toSize nodes: Int64) -> String? {
        guard let wish = desired?.overrides.scale else { return "the size was cleared" }
        guard wish.nodes == nodes else { return "\(wish.by) asked for \(wish.nodes) meanwhile" }
        guard hasAdoptedSize, let last = currentStatus?.scaling?.last, last.desired != nodes else { return nil }
        let limited = last.conditions.scalingLimited
        let reason = limited.holds ? limited.reason : last.reason
        return "it comes to \(last.desired) of \(nodes) nodes: \(reason.sentence) (\(reason.rawValue))"
    }
}
