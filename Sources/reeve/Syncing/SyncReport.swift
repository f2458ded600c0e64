import Fleet
import Planning
import Syncing

/// What a sync came to: a line for each resource, and one for all.
struct SyncReport {
    let attempt: SetAttempt
    let isDryRun: Bool
    /// What is held back from being deleted among them.
    let results: [DeclarationResult]

    init(_ attempt: SetAttempt, isDryRun: Bool) {
        self.attempt = attempt
        self.isDryRun = isDryRun
        let known = Set(attempt.results.map(\.key))
        let held = attempt.pass.plan?.pruning.blocked?.objects.map(\.key).filter { !known.contains($0) } ?? []
        results = attempt.results + held.map { DeclarationResult($0, .held) }
    }

    private var report: ResultReport {
        ResultReport(results: results, diagnostics: attempt.diagnostics, isDryRun: isDryRun)
    }

    func print(to terminal: Terminal) {
        guard !terminal.isStructured else { return terminal.value(value) }
        report.print(to: terminal)
        if terminal.format != .name { terminal.note(summary) }
        guard let blocked = attempt.pass.plan?.pruning.blocked else { return }
        terminal.note("held: \(blocked.text.printable)")
        if blocked.reason.canBeApproved, !isDryRun {
            terminal.note("to delete exactly these: \(blocked.approval(ofSet: attempt.status.name).printable)")
        }
    }

    /// `{"set","commit","digest",…}` and what `apply` has.
    private var value: FieldValue {
        guard case .record(let members) = report.value else { return report.value }
        let snapshot = attempt.pass.snapshot
        let first = FieldValue.members([
            ("set", .string(attempt.status.name)), ("digest", snapshot.map { .string($0.digest) }),
            ("commit", snapshot?.commit.map { .string($0) }), ("branch", snapshot?.branch.map { .string($0) }),
            ("blocked", attempt.pass.plan?.pruning.blocked?.value),
        ])
        guard case .record(let head) = first else { return first }
        return .record(head + members)
    }

    private var summary: String {
        let outcomes: [DeclarationOutcome] = [.created, .configured, .deleted, .unchanged, .held, .failed]
        let counts = outcomes.map { outcome in (outcome, results.count { $0.outcome == outcome }) }
            .filter { $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }
        let commit = attempt.pass.snapshot?.shortCommit.map { " at \($0)" } ?? ""
        let what = counts.isEmpty ? "nothing is declared" : counts.joined(separator: ", ")
        return "\(attempt.status.name.printable)\(commit): \(what)" + (isDryRun ? " (dry run)" : "")
    }

    /// Nil when everything stands.
    func exitStatus(isAtomic: Bool) -> ExitStatus? {
        if attempt.pass.snapshot == nil || attempt.pass.refusal != nil { return .invalid }
        if isAtomic, let refusal = attempt.diagnostics.refusal { return refusal }
        let isWrong = attempt.diagnostics.contains { $0.severity == .error }
        return isWrong || results.contains { [.held, .failed].contains($0.outcome) } ? .incomplete : nil
    }
}
