import Fleet
import FleetStore
import Planning

extension PoolAnswer {
    /// For programs:
    /// `{"kind","id","at","scaled","message","decision":{…},"stored":{"at","same"},"policy":{…},"timers":{…},`
    /// `"override":{…},"nodes":[{"id","role",…}],"decisions":[…]}`; without `decision`, `policy`, `timers` and `nodes`
    /// where `scaled` is false.
    var value: FieldValue {
        .members([
            ("kind", .string(row.key.kind.rawValue)), ("id", .string(row.key.id)), ("at", .timestamp(now)),
            ("scaled", .bool(live != nil)), ("message", .string(headline)), ("decision", live?.decision.value),
            (
                "stored",
                stored.map { stored in .members([("at", .timestamp(stored.at)), ("same", .bool(!differs))]) } ?? .null
            ),
            ("policy", live?.policy.value), ("timers", live?.timers), ("override", row.desired?.overrides.scale?.value),
            ("nodes", live.map { .list($0.verdicts.sorted { $0.nodeID < $1.nodeID }.map(\.value)) }),
            ("decisions", .list(records.map(\.value))),
        ])
    }
}

extension PoolAnswer.Live {
    fileprivate var timers: FieldValue {
        let timers = input.timers
        return .members([
            ("last_change", timers.lastChange.map { .timestamp($0) } ?? .null),
            ("cooldown_until", timers.cooldownUntil(policy).map { .timestamp($0) } ?? .null),
            ("backoff_until", timers.backoffUntil.map { .timestamp($0) } ?? .null),
            ("failures", .int(timers.failures)), ("adopted", timers.adopted.map { .timestamp($0) } ?? .null),
            ("size", timers.size.map { .int($0) } ?? .null),
        ])
    }
}

extension ScalingPolicy {
    /// As it counts, with every default.
    fileprivate var value: FieldValue {
        .members([
            ("scale_up_threshold", .double(up)), ("scale_down_threshold", .double(down)), ("target", .double(target)),
            ("min_nodes", .int(minNodes)), ("max_nodes", .int(maxNodes)), ("cooldown_minutes", .int(cooldownMinutes)),
            ("metric", .names(metrics.map(\.rawValue))), ("window_minutes", .int(windowMinutes)),
            ("max_step_down_percent", .int(maxStepDownPercent)), ("mode", .string(mode.rawValue)),
            ("standby_nodes", .int(standbyNodes)), ("forecast", .bool(forecast)),
        ])
    }
}

extension NodeVerdict {
    fileprivate var value: FieldValue {
        let sample = latest.map { latest -> FieldValue in
            .members(
                [("at", .timestamp(latest.at))]
                    + UsageMetric.allCases.map { metric in (metric.rawValue, latest[metric].map { .double($0) }) })
        }
        return .members([
            ("id", .string(nodeID)), ("role", .string(role.name)), ("pinned", .bool(isPinned)),
            ("missing", .bool(isMissing)), ("sample", sample ?? .null), ("score", score.map { .double($0) } ?? .null),
            ("choice", .string(choice.rawValue)), ("why", .string(why)),
        ])
    }
}
