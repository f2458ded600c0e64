import Fleet
import FleetStore

/// Waits for what the daemon makes of declarations, all of them judged on one look at a time.
struct Waiting {
    private enum Verdict {
        case done, pending
        case failed(String)
    }

    private let store: any Store
    private let terminal: Terminal
    private let timeout: TimeSpan

    init(_ store: any Store, _ terminal: Terminal, _ timeout: TimeSpan) {
        self.store = store
        self.terminal = terminal
        self.timeout = timeout
    }

    /// Until each resource's present generation is in MongoDB as declared.
    func untilSynced(_ keys: [ResourceKey]) async throws {
        try await wait(for: keys, "not synced") { key, view in
            // Deleted by somebody else meanwhile: there is nothing left to become synced.
            guard let desired = view.desired[key] else { return .failed("it was deleted") }
            guard let status = view.status[key], status.firstRevision == desired.firstRevision,
                status.observedGeneration >= desired.generation
            else { return .pending }
            if let stalled = status[.stalled], stalled.status == .yes {
                return .failed("\(stalled.reason): \(stalled.message)")
            }
            return status[.synced]?.status == .yes ? .done : .pending
        }
    }

    /// Until each node is in maintenance and its work has had its time to end.
    func untilDrained(_ keys: [ResourceKey]) async throws {
        try await wait(for: keys, "not drained") { key, view in
            guard let desired = view.desired[key] else { return .failed("it was deleted") }
            guard desired.overrides.drain != nil else { return .failed("it was uncordoned") }
            guard let status = view.status[key], status.state == .maintenance else { return .pending }
            return status[.draining]?.status == .yes ? .pending : .done
        }
    }

    /// Until nothing is declared under the keys any more.
    func untilGone(_ keys: [ResourceKey]) async throws {
        try await wait(for: keys, "not gone") { key, view in view.desired[key] == nil ? .done : .pending }
    }

    private func wait(
        for keys: [ResourceKey], _ state: String, judge: (ResourceKey, FleetView) -> Verdict
    ) async throws {
        let end = ContinuousClock.now + timeout.duration
        var pending = keys
        var failures: [String] = []
        var pause = Duration.milliseconds(20)
        while true {
            let view = try await store.read(pending)
            pending = pending.filter { key in
                switch judge(key, view) {
                case .done: return false
                case .pending: return true
                case .failed(let reason):
                    failures.append("\(key): \(reason)")
                    return false
                }
            }
            guard failures.isEmpty else { throw CommandFailure(.incomplete, failures.joined(separator: "\n")) }
            guard !pending.isEmpty else { return }
            guard ContinuousClock.now < end else {
                throw CommandFailure(.timedOut, message(pending, state, view))
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 3 / 2, .milliseconds(500))
        }
    }

    private func message(_ pending: [ResourceKey], _ state: String, _ view: FleetView) -> String {
        let shown = pending.prefix(5).map { key in
            let condition = view.status[key]?.conditions.first { $0.status == .no }
            return "\(key)" + (condition.map { " (\($0.reason): \($0.message))" } ?? "")
        }
        let rest = pending.count > 5 ? " and \(pending.count - 5) more" : ""
        let advice = pending.allSatisfy { view.status[$0] == nil } ? "; does `reeve run` run?" : ""
        return "\(state) after \(timeout): \(shown.joined(separator: ", "))\(rest)\(advice)"
    }
}
