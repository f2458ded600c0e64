import Fleet

/// What operators set by hand on declared resources. No apply touches it, and it does not move the generation.
package enum OverrideAction: Sendable {
    case cordon(reason: String)
    /// Takes a drain back, too.
    case uncordon
    case drain(reason: String)
    case suspend(reason: String, until: Timestamp?)
    case resume
}

package struct OverridePlan: DesiredPlan {
    package var revision: Int64
    package var writes: [DesiredWrite] = []
    /// `configured`, `unchanged`, `failed` and, beside a failed one, `held`.
    package var results: [DeclarationResult] = []
    package var diagnostics: [Diagnostic] = []
}

package enum OverrideRule: String, CaseIterable, Sendable {
    case notFound = "not-found"
    /// Only nodes can be cordoned and drained.
    case nodesOnly = "nodes-only"
    /// The manifest itself suspends it.
    case declaredSuspension = "declared-suspension"
    case untilPassed = "until-passed"
}

package enum OverridePlanner {
    /// Sets or takes back the override on all keys, or with anything wrong on none.
    package static func plan(
        _ action: OverrideAction, on keys: [ResourceKey], by manager: String, in view: DeclaringView, now: Timestamp
    ) -> OverridePlan {
        var plan = OverridePlan(revision: view.revision)
        let obstacles = keys.map { obstacle(to: action, on: $0, view, now) }
        let isRefused = obstacles.contains { $0 != nil }
        for (key, obstacle) in zip(keys, obstacles) {
            if let (rule, message) = obstacle {
                let diagnostic = Diagnostic(.error, "\(key): \(message)", rule: rule.rawValue)
                plan.diagnostics.append(diagnostic)
                plan.results.append(DeclarationResult(key, .failed, [diagnostic]))
            } else if let current = view.desired[key] {
                var next = current
                apply(action, to: &next.overrides, by: manager, now)
                guard next.overrides != current.overrides else {
                    plan.results.append(DeclarationResult(key, .unchanged))
                    continue
                }
                next.updatedAt = now
                plan.results.append(DeclarationResult(key, isRefused ? .held : .configured))
                if !isRefused { plan.writes.append(.replace(next, previous: current)) }
            }
        }
        return plan
    }

    private static func obstacle(
        to action: OverrideAction, on key: ResourceKey, _ view: DeclaringView, _ now: Timestamp
    ) -> (OverrideRule, String)? {
        guard let current = view.desired[key] else { return (.notFound, "it is not declared") }
        switch action {
        case .cordon, .uncordon, .drain:
            return key.kind == .node ? nil : (.nodesOnly, "only nodes can be cordoned and drained")
        case .suspend(_, let until):
            guard let until, until <= now else { return nil }
            return (.untilPassed, "\(until) has passed, it is \(now)")
        case .resume:
            guard current.overrides.suspend == nil, let suspension = current.declaration.lifecycle.suspend,
                suspension.isInForce(at: now)
            else { return nil }
            return (
                .declaredSuspension,
                "its manifest suspends it (\(suspension.reason)): take `lifecycle.suspend` out of the manifest"
            )
        }
    }

    private static func apply(
        _ action: OverrideAction, to overrides: inout Overrides, by manager: String, _ now: Timestamp
    ) {
        // The same reason again is nothing new: who set it first, and when, stays.
        switch action {
        case .cordon(let reason) where overrides.cordon?.reason != reason:
            overrides.cordon = Override(by: manager, reason: reason, at: now)
        case .drain(let reason) where overrides.drain?.reason != reason:
            overrides.drain = Override(by: manager, reason: reason, at: now)
        case .uncordon:
            overrides.cordon = nil
            overrides.drain = nil
        case .suspend(let reason, let until)
        where overrides.suspend?.reason != reason || overrides.suspend?.until != until:
            overrides.suspend = Suspension(reason: reason, by: manager, until: until)
        case .resume: overrides.suspend = nil
        case .cordon, .drain, .suspend: break
        }
    }
}
