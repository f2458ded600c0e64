import ArgumentParser
import Fleet
import FleetStore

/// What `wait` waits for, or gives up on.
enum WaitGoal: Hashable, CustomStringConvertible {
    case condition(Condition.ConditionType, Condition.Status)
    case created
    case deleted
    /// A node whose work was given time to end; for `drain`, not on the command line.
    case drained
    /// A pool that has so many active nodes because it was asked to; for `scale`, not on the command line.
    case scaled(Int64)

    /// `condition=Ready`, `condition=Ready=False`, `create`, `delete`.
    static func parse(_ text: String) throws -> WaitGoal {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map { $0.lowercased() }
        switch (parts[0], parts.count) {
        case ("create", 1): return .created
        case ("delete", 1): return .deleted
        case ("condition", 2), ("condition", 3): return try condition(parts)
        default:
            throw ValidationError("`\(text)` is none of condition=TYPE, condition=TYPE=VALUE, create and delete.")
        }
    }

    private static func condition(_ parts: [String]) throws -> WaitGoal {
        let types = Condition.ConditionType.allCases
        guard let type = types.first(where: { $0.rawValue.lowercased() == parts[1] }) else {
            let known = types.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("`\(parts[1])` is no condition; there are \(known).")
        }
        let statuses = [Condition.Status.yes, .no, .unknown]
        let wanted = parts.count == 3 ? parts[2] : "true"
        guard let status = statuses.first(where: { $0.rawValue.lowercased() == wanted }) else {
            throw ValidationError("`\(wanted)` is no condition's status; there are True, False and Unknown.")
        }
        return .condition(type, status)
    }

    var description: String {
        switch self {
        case .condition(let type, .yes): "condition=\(type.rawValue)"
        case .condition(let type, let status): "condition=\(type.rawValue)=\(status.rawValue)"
        case .created: "create"
        case .deleted: "delete"
        case .drained: "drained"
        case .scaled(let nodes): "scaled to \(nodes)"
        }
    }

    /// Whether it holds. A condition of an older generation than is declared does not count.
    func holds(_ row: ScanRow) -> Bool {
        switch self {
        case .created: row.desired != nil
        case .deleted: row.desired == nil
        case .drained:
            row.desired?.overrides.drain != nil && row.currentStatus?.state == .maintenance
                && row.currentStatus?[.draining]?.status != .yes
        case .scaled(let nodes):
            row.desired?.overrides.scale?.nodes == nodes && row.hasAdoptedSize
                && row.currentStatus?.counts?.active == nodes
        case .condition(let type, let wanted): row.present(type) == wanted
        }
    }
}

extension ScanRow {
    /// What the leader says of the generation that is declared now; nil when it has said nothing of it yet.
    func present(_ type: Condition.ConditionType) -> Condition.Status? {
        guard let desired, let status = currentStatus, status.observedGeneration >= desired.generation else {
            return nil
        }
        guard let condition = status[type] else { return type.isListedOnlyWhenTrue ? .no : .unknown }
        return condition.observedGeneration >= desired.generation ? condition.status : nil
    }
}

extension Condition.ConditionType {
    /// Absent means Unknown for the others.
    var isListedOnlyWhenTrue: Bool {
        switch self {
        case .synced, .ready, .ableToScale, .scalingActive, .scalingLimited, .forecast, .poolHealthy, .hardwareMatches:
            false
        case .reconciling, .stalled, .draining, .drifted, .suspended, .deletionBlocked, .pruneBlocked: true
        }
    }
}
