import Fleet
import FleetStore

/// A set as it is shown: what is told of it, and how what it owns fares.
struct SetView: Hashable {
    var status: SetStatus
    var tally: SetTally

    /// Whether everything is declared and works; counted when somebody looks, and stored nowhere.
    struct Readiness: Hashable {
        var status: Condition.Status
        var reason: String
        var message: String
    }

    var ready: Readiness {
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
    func conditions(now: Timestamp) -> [Condition] {
        let ready = ready
        let counted = Condition(
            .ready, ready.status, reason: ready.reason, message: ready.message,
            lastTransition: status[.synced]?.lastTransition ?? now, observedGeneration: status.generation)
        return Condition.ConditionType.allCases.compactMap { $0 == .ready ? counted : status[$0] }
    }

    /// All sets, or those named as far as they exist, in the order given.
    static func read(_ names: [String]?, in store: any Store) async throws(StoreError) -> [SetView] {
        var found: [SetStatus] = []
        if let names {
            for name in names {
                if let status = try await store.set(name) { found.append(status) }
            }
        } else {
            found = try await store.sets()
        }
        let tallies = try await store.tallies(ofSets: found.map(\.name))
        return found.map { SetView(status: $0, tally: tallies[$0.name] ?? SetTally()) }
    }
}

extension SetView {
    /// Throws a line for each that was asked for and does not exist, with the nearest name that does.
    static func requireAll(_ names: [String], among views: [SetView], in store: any Store) async throws {
        let found = Set(views.map(\.status.name))
        let missing = names.filter { !found.contains($0) }
        guard !missing.isEmpty else { return }
        let known = try await store.sets().map(\.name)
        let lines = missing.map { name in
            let nearest = Spelling.nearest(to: name, among: known).map { "; did you mean set/\($0.printable)?" }
            return "there is no set \(name.printable)" + (nearest ?? "")
        }
        throw CommandFailure(.differences, lines.joined(separator: "\nerror: "))
    }
}

extension Store {
    /// Throws when neither a status nor a resource of such a set stands, with the nearest name that there is.
    func requireSet(_ name: String) async throws {
        let isSynced = try await set(name) != nil
        if !isSynced, try await declared(inSet: name).isEmpty {
            try await SetView.requireAll([name], among: [], in: self)
        }
    }
}
