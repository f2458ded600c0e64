/// A set as it is shown: what is told of it, and how what it owns fares.
package struct SetView: Hashable, Sendable {
    package var status: SetStatus
    package var tally: SetTally

    package init(status: SetStatus, tally: SetTally) {
        self.status = status
        self.tally = tally
    }

    /// Whether everything is declared and works; counted when somebody looks, and stored nowhere.
    package struct Readiness: Hashable, Sendable {
        package var status: Condition.Status
        package var reason: String
        package var message: String
    }

    package var ready: Readiness {
        guard let synced = status[.synced] else {
            return Readiness(status: .unknown, reason: "Pending", message: "not synced yet")
        }
        guard synced.status == .yes else {
            return Readiness(status: .no, reason: synced.reason, message: synced.message)
        }
        // Whoever syncs tells so with its next look.
        if let pin = status.pin, pin.digest == status.attempted?.digest {
            return Readiness(
                status: .no, reason: "Pinned", message: "\(pin.keys.count) resources stay as \(pin.by) took them back")
        }
        let wanted = tally.objects - tally.going
        guard tally.ready < wanted else {
            return Readiness(status: .yes, reason: "Ready", message: "\(tally.ready) of \(wanted) resources are ready")
        }
        let names = tally.unready.map(\.description).joined(separator: ", ")
        return Readiness(
            status: .no, reason: "ResourcesNotReady",
            message: "\(tally.ready) of \(wanted) resources are ready; not \(names)"
                + (wanted - tally.ready > Int64(tally.unready.count) ? ", …" : ""))
    }

    /// With `Ready`, in the order of their types.
    package func conditions(now: Timestamp) -> [Condition] {
        let ready = ready
        let counted = Condition(
            .ready, ready.status, reason: ready.reason, message: ready.message,
            lastTransition: status[.synced]?.lastTransition ?? now, observedGeneration: status.generation)
        return Condition.ConditionType.allCases.compactMap { $0 == .ready ? counted : status[$0] }
    }
}

extension SetSnapshot {
    package var shortDigest: String { String(digest.prefix(12)) }
}
