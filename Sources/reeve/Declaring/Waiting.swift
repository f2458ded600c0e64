import Fleet
import FleetStore

/// Waits, as `wait` does, for what the daemon makes of what a command just wrote. What somebody paused is told at once.
struct Waiting {
    private let store: any Store
    private let timeout: TimeSpan
    private let progress: (Int, Int) -> Void

    /// `progress` is told after each look how many of how many are there.
    init(_ store: any Store, _ timeout: TimeSpan, progress: @escaping (Int, Int) -> Void = { _, _ in }) {
        self.store = store
        self.timeout = timeout
        self.progress = progress
    }

    /// Until each resource's present generation is in MongoDB as declared.
    func untilSynced(_ keys: [ResourceKey]) async throws {
        try await wait(for: keys, .condition(.synced, .yes), failures: [.condition(.stalled, .yes)])
    }

    /// Until each node is in maintenance and its work has had its time to end.
    func untilDrained(_ keys: [ResourceKey]) async throws { try await wait(for: keys, .drained) }

    /// Until each pool has that many active nodes; that it came to another size is told at once.
    func untilScaled(_ keys: [ResourceKey], to nodes: Int64) async throws { try await wait(for: keys, .scaled(nodes)) }

    /// Until nothing is declared under the keys any more.
    func untilGone(_ keys: [ResourceKey]) async throws { try await wait(for: keys, .deleted) }

    private func wait(for keys: [ResourceKey], _ goal: WaitGoal, failures: [WaitGoal] = []) async throws {
        let judgement = WaitJudgement(goals: [goal], failures: failures, endsAtPause: true)
        var wait = ConditionWait(keys: keys, judgement: judgement, store: store, declared: true)
        let ending = try await wait.run(for: timeout.duration, progress)
        let report = WaitReport(keys: keys, verdicts: wait.verdicts, goals: [goal], unheard: wait.unheard)
        if let message = report.message(ending, timeout) { throw CommandFailure(ending.status, message) }
    }
}
