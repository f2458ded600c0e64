import Fleet
import Planning

/// What an undo did, or would do.
struct UndoReport {
    var plan: ReversionPlan
    let isDryRun: Bool
    /// The set whose directory leaves alone what was taken back.
    var pinnedSet: String?
    var pin: (set: String, pin: SetPin)?
    /// The same was pinned before.
    var wasPinned = false
    /// Still being deleted, so that it can't be declared again yet.
    var waiting: [ResourceKey] = []
    /// How these stood is no longer kept.
    var lost: [ResourceKey] = []
    /// Were created and stay: `lifecycle.prune` is false.
    var kept: [ResourceKey] = []

    init(_ plan: ReversionPlan, isDryRun: Bool) {
        self.plan = plan
        self.isDryRun = isDryRun
    }

    /// Throws what the command ends with, if that is no success.
    func print(to terminal: Terminal) throws(ExitStatus) {
        let report = ResultReport(results: plan.results, diagnostics: plan.diagnostics, isDryRun: isDryRun)
        if terminal.isStructured {
            terminal.value(value(report))
        } else {
            if terminal.format != .name {
                Terminal.standardOutput(previews.map { $0.text(terminal) }.joined(separator: "\n"))
            }
            report.print(to: terminal, listingFailures: true)
            for remark in remarks { terminal.note(remark.printable) }
        }
        if !plan.diagnostics.isEmpty { throw .conflict }
        if !waiting.isEmpty || !plan.waiting.isEmpty || !lost.isEmpty { throw .incomplete }
    }

    private var previews: [Preview] {
        plan.writes.map { write in
            var preview = Preview(write)
            preview.reason =
                switch preview.action {
                case .create: "declared again, as it was last"
                case .change: "as it was declared before, as generation \(write.desired.generation)"
                case .delete: "was not declared before"
                }
            return preview
        }
    }

    private var remarks: [String] {
        var remarks: [String] = []
        if !plan.diagnostics.isEmpty { return ["nothing was changed"] }
        if plan.writes.isEmpty, waiting.isEmpty, plan.waiting.isEmpty, lost.isEmpty {
            remarks.append(wasPinned ? "taken back already" : "it stands so already")
        }
        for key in waiting {
            remarks.append("\(key) is still being deleted: undo again when it is gone, and it is declared again")
        }
        remarks += reasonsToWait
        for key in lost { remarks.append("how \(key) stood before is no longer kept: it was left as it is") }
        for key in kept { remarks.append("\(key) stays: its `lifecycle.prune` is false") }
        if let (set, pin) = pin {
            remarks.append(
                "pinned in the set `\(set)`: its directory leaves this alone while it holds snapshot "
                    + "\(pin.digest.prefix(12))")
        } else if let pinnedSet {
            remarks.append("it would be pinned in the set `\(pinnedSet)`")
        }
        return remarks
    }

    /// What can't stand beside what is being deleted, and what to do.
    var reasonsToWait: [String] {
        guard !plan.waiting.isEmpty else { return [] }
        let waiting = Set(plan.waiting)
        var reasons: [String] = []
        // All that share one cause have one reason.
        for reason in plan.results.filter({ waiting.contains($0.key) }).flatMap(\.diagnostics)
        where !reasons.contains(reason.message) { reasons.append(reason.message) }
        let names = plan.awaited.map(\.listed).joined(separator: " ")
        let command = plan.awaited.count > 10 ? "" : " (`reeve wait \(names) --for delete`)"
        let rest = reasons.count > 5 ? ["and \(reasons.count - 5) more like these"] : []
        return reasons.prefix(5) + rest + ["undo again when what is being deleted is gone\(command)"]
    }

    /// That of results, with `"changes":[…]` as of `plan`, `"waiting"`, `"lost"` and `"pin":{"set","digest","by","at",
    /// "objects"}`.
    private func value(_ report: ResultReport) -> FieldValue {
        func objects(_ keys: [ResourceKey]) -> FieldValue {
            .list(keys.map { .members([("kind", .string($0.kind.rawValue)), ("id", .string($0.id))]) })
        }
        return report.value.adding([
            ("changes", .list(previews.map(\.value))), ("waiting", objects(waiting + plan.waiting)),
            ("lost", objects(lost)),
            ("pin", pin.map { FieldValue.members([("set", .string($0.set))]).adding($0.pin.value) }),
        ])
    }
}
