import Fleet
import FleetStore

/// What every kind shows of an object at a glance: does it work, and if not, why not.
struct ObjectSummary: Hashable {
    var ready: Condition.Status
    var reason: String
    var message: String
    /// Who paused it, why and until when; nil when it is not paused.
    var suspended: String?
    /// Nil when the document is as declared.
    var drift: String?

    init(_ row: ScanRow, now: Timestamp) {
        guard let desired = row.desired else {
            (ready, reason, message) = (.unknown, "Undeclared", "no declaration names it")
            return
        }
        let status = row.currentStatus
        let condition = status?[.stalled] ?? status?[.ready] ?? status?[.synced]
        ready = status?[.ready]?.status ?? .unknown
        reason = condition?.reason ?? "Pending"
        message = condition?.message ?? "not reconciled yet"
        if let status, status.observedGeneration < desired.generation, status[.stalled] == nil {
            let waiting = status[.reconciling]
            reason = waiting?.reason ?? "Pending"
            message = waiting?.message ?? "generation \(desired.generation) is not reconciled yet"
        }
        suspended = ObjectSummary.suspension(desired, status, now)
        if let suspended, reason == "Pending" { (reason, message) = ("Suspended", suspended) }
        if let drifted = status?[.drifted], drifted.status == .yes {
            drift = drifted.reason
        } else if status?[.synced]?.reason == "DriftIgnored" {
            drift = "Ignored"
        }
    }

    /// What the object itself states counts at once; what it inherits is known from its status.
    private static func suspension(_ desired: Desired, _ status: ResourceStatus?, _ now: Timestamp) -> String? {
        if let pause = desired.pause(at: now) {
            return "\(pause.reason) (by \(pause.by)" + (pause.until.map { " until \($0)" } ?? "") + ")"
        }
        guard let condition = status?[.suspended], condition.status == .yes, condition.reason == "PoolSuspended" else {
            return nil
        }
        return "pool: \(condition.message)"
    }
}

extension ScanRow {
    init(_ key: ResourceKey, in view: FleetView) {
        self.init(key: key, desired: view.desired[key], observed: view.observed[key], status: view.status[key])
    }

    /// The status, if it is of the declaration that stands now and not of an earlier one under the same id.
    var currentStatus: ResourceStatus? {
        guard let desired, let status, status.firstRevision == desired.firstRevision else { return nil }
        return status
    }

    /// There is something to show: a status alone is a leftover that the leader removes.
    var exists: Bool { desired != nil || observed != nil }
}
