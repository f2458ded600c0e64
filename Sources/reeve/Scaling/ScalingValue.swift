import Fleet

// What programs read of a pool's scaling: `status.scaling` of `get -o json`, and what `why -o json` says. The names are
// those of the stored documents.

extension PoolScaling {
    var value: FieldValue {
        let intents = intents.sorted { $0.key < $1.key }.map { id, intent -> FieldValue in
            .members([
                ("node_id", .string(id)), ("wanted", .bool(intent.isWanted)), ("at", .timestamp(intent.at)),
            ])
        }
        let provided = provided.sorted { $0.key < $1.key }.map { id, node -> FieldValue in
            .members([
                ("node_id", .string(id)), ("phase", .string(node.phase.rawValue)), ("since", .timestamp(node.since)),
            ])
        }
        return .members([
            ("last_change", timers.lastChange.map { .timestamp($0) }), ("size", timers.size.map { .int($0) }),
            ("adopted", timers.adopted.map { .timestamp($0) }), ("failures", .int(timers.failures)),
            ("last_failure", timers.lastFailure.map { .timestamp($0) }), ("intents", .list(intents)),
            ("provided", provided.isEmpty ? nil : .list(provided)), ("decisions", .int(decisions)),
            ("last", last?.value), ("last_at", lastAt.map { .timestamp($0) }),
        ])
    }
}

extension ScalingDecision {
    var value: FieldValue { .members(members) }

    var members: [(String, FieldValue?)] {
        [
            ("current", .int(current)), ("want", .int(want)), ("desired", .int(desired)),
            ("reason", .string(reason.rawValue)), ("message", .string(reason.sentence)),
            ("carried_out", .bool(isCarriedOut)), ("coming", .names(coming)), ("making", .int(making)),
            ("going", .names(going)), ("taken_back", .names(takenBack)), ("conditions", conditions.value),
            ("steps", .list(steps.map(\.value))),
        ]
    }
}

extension ScalingRecord {
    /// The decision with its number and time before it.
    var value: FieldValue { .members([("number", .int(number)), ("at", .timestamp(at))] + decision.members) }
}

extension ScalingConditions {
    /// In the order in which people read them.
    var all: [(name: String, type: Condition.ConditionType, entry: Entry)] {
        [
            ("able_to_scale", .ableToScale, ableToScale), ("scaling_active", .scalingActive, scalingActive),
            ("scaling_limited", .scalingLimited, scalingLimited), ("pool_healthy", .poolHealthy, poolHealthy),
        ]
    }

    fileprivate var value: FieldValue {
        .members(
            all.map { name, _, entry in
                (name, .members([("holds", .bool(entry.holds)), ("reason", .string(entry.reason.rawValue))]))
            })
    }
}

extension ScalingStep {
    fileprivate var value: FieldValue {
        let figures = figures.map { figure -> FieldValue in
            .members([
                ("name", .string(figure.name)), ("value", .double(figure.value)),
                ("unit", .string(figure.unit.rawValue)),
            ])
        }
        return .members([
            ("rule", .string(rule.rawValue)), ("metric", metric.map { .string($0) }),
            ("candidate", candidate.map { .string($0) }), ("figures", .list(figures)), ("want", want.map { .int($0) }),
            ("reason", reason.map { .string($0.rawValue) }), ("text", .string(description)),
        ])
    }
}

extension FieldValue {
    static func names(_ names: [String]) -> FieldValue { .list(names.map { .string($0) }) }
}
