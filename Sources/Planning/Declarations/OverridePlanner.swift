import Fleet

/// What operators set by hand on declared resources. No apply touches it, and it does not move the generation.
package enum OverrideAction: Sendable {
    case cordon(reason: String)
    /// Takes a drain back, too.
    case uncordon
    case drain(reason: String)
    case suspend(reason: String, until: Timestamp?)
    case resume
    /// So many nodes of a pool in use. Each time a wish of its own, so that it holds also when the scaler went on.
    case scale(nodes: Int64, reason: String)
    /// The size stays as it is, and the scaler's.
    case unscale
}

package struct OverridePlan: DesiredPlan {
    package var revision: Int64
    package var writes: [DesiredWrite] = []
    /// `configured`, `unchanged`, `failed` and, beside a failed one, `held`.
    package var results: [DeclarationResult] = []
    package var diagnostics: [Diagnostic] = []
    package var writtenRevision: Int64?
}

package enum OverrideRule: String, CaseIterable, Sendable {
    case notFound = "not-found"
    /// Only nodes can be cordoned and drained.
    case nodesOnly = "nodes-only"
    /// The manifest itself suspends it.
    case declaredSuspension = "declared-suspension"
    case untilPassed = "until-passed"
    /// Only pools can be scaled.
    case poolsOnly = "pools-only"
    /// More or fewer nodes than the pool may have.
    case outsideBounds = "outside-bounds"
    /// A paused pool is not scaled.
    case paused
    case beingDeleted = "being-deleted"
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
        case .unscale: return key.kind == .nodePool ? nil : (.poolsOnly, "only pools can be scaled")
        case .scale(let nodes, _): return obstacle(toScaling: current, to: nodes, view, now)
        }
    }

    private static func obstacle(
        toScaling pool: Desired, to nodes: Int64, _ view: DeclaringView, _ now: Timestamp
    ) -> (OverrideRule, String)? {
        guard pool.key.kind == .nodePool else { return (.poolsOnly, "only pools can be scaled") }
        if let deletion = pool.deletion { return (.beingDeleted, "\(deletion.by) deletes it") }
        if let pause = pool.pause(at: now) {
            return (.paused, "it is suspended (\(pause.reason), by \(pause.by)): resume it before it is scaled")
        }
        // Asked of the scaler itself, so that what is accepted here is what is done there.
        var wished = pool
        wished.overrides.scale = ScaleOverride(nodes: nodes, by: "", reason: "", at: now)
        var fleet = FleetView()
        fleet.desired = view.desired
        let resolved = ResolvedPolicy(of: pool, in: fleet)
        guard let policy = PoolScaler(wished, resolved, status: nil)?.policy else { return nil }
        guard nodes < policy.minNodes || nodes > policy.maxNodes else { return nil }
        let isScaled = pool.spec[PoolLeaf.autoScaling] == .bool(true) && resolved != nil
        let bounds = "\(policy.minNodes) to \(policy.maxNodes)"
        return (
            .outsideBounds, isScaled ? "its policy keeps \(bounds) nodes in use" : "it can have \(bounds) nodes in use"
        )
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
        case .scale(let nodes, let reason):
            // Told from the one before by its time, also within one millisecond.
            let at = max(now, overrides.scale.map { Timestamp(milliseconds: $0.at.milliseconds + 1) } ?? now)
            overrides.scale = ScaleOverride(nodes: nodes, by: manager, reason: reason, at: at)
        case .unscale: overrides.scale = nil
        case .cordon, .drain, .suspend: break
        }
    }
}
