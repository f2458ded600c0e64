import Fleet
import FleetStore

/// Objects as a look at the fleet finds them.
enum Sample {
    static let now = Timestamp(milliseconds: 1_700_000_000_000)

    static func node(_ name: String = "fra-01", generation: Int64 = 2) -> Desired {
        var spec = Spec(.node)
        spec[NodeLeaf.type] = .string("worker")
        spec[NodeLeaf.poolID] = .string("pool_render")
        spec[NodeLeaf.cores] = .int(16)
        spec[NodeLeaf.memory] = .int(64 << 30)
        let declaration = Declaration(
            key: ResourceKey(.node, "node_\(name)"), name: name, labels: [Label("team", "render")], spec: spec)
        return Desired(
            declaration, generation: generation, revision: 7, firstRevision: 5, manager: "cli/ops",
            createdAt: now.advanced(seconds: -600), updatedAt: now.advanced(seconds: -60))
    }

    static func pool(_ name: String = "render", generation: Int64 = 2) -> Desired {
        var spec = Spec(.nodePool)
        spec[PoolLeaf.maxNodes] = .int(10)
        spec[PoolLeaf.autoScaling] = .bool(true)
        let declaration = Declaration(key: ResourceKey(.nodePool, "pool_\(name)"), name: name, spec: spec)
        return Desired(
            declaration, generation: generation, revision: 7, firstRevision: 5, manager: "cli/ops",
            createdAt: now.advanced(seconds: -600), updatedAt: now.advanced(seconds: -60))
    }

    static func decision(_ current: Int64, _ desired: Int64, _ reason: ScalingReason) -> ScalingDecision {
        ScalingDecision(
            current: current, want: desired, desired: desired, reason: reason, steps: [], timers: ScalingTimers(),
            conditions: ScalingConditions())
    }

    static func status(of desired: Desired, observed: Int64, _ conditions: [Condition]) -> ResourceStatus {
        var status = ResourceStatus(
            desired.key, observedGeneration: observed, firstRevision: desired.firstRevision)
        status.conditions = conditions
        return status
    }

    static func condition(
        _ type: Condition.ConditionType, _ status: Condition.Status, _ reason: String = "Reason",
        _ message: String = "", generation: Int64 = 2
    ) -> Condition {
        Condition(
            type, status, reason: reason, message: message, lastTransition: now.advanced(seconds: -30),
            observedGeneration: generation)
    }

    static func observed(_ desired: Desired) -> Observed {
        var observed = Observed(desired.key, documentID: DocumentID(high: 1, low: 2), leaves: desired.spec)
        observed.name = .string(desired.declaration.name)
        observed.status = .string("active")
        observed.lastHeartbeat = now.advanced(seconds: -4)
        return observed
    }

    static func row(
        _ desired: Desired?, _ status: ResourceStatus? = nil, observed: Observed? = nil
    ) -> ScanRow {
        let key = desired?.key ?? observed?.key ?? ResourceKey(.node, "node_fra-01")
        return ScanRow(key: key, desired: desired, observed: observed, status: status)
    }
}
