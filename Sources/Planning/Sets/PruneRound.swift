import Fleet

/// Decides which of the candidates go: those that nothing needs once the request is written, as long as they are not more
/// than the budget allows.
struct PruneRound {
    private let sorting: Sorting
    /// In the order in which they go.
    private var going: [Desired] = []
    private var failed: [(key: ResourceKey, diagnostics: [Diagnostic])] = []
    private(set) var outcome = PruneOutcome()

    init(_ sorting: Sorting) {
        self.sorting = sorting
        outcome.kept = sorting.candidates.kept
        guard let pruning = sorting.request.pruning, !sorting.candidates.prunable.isEmpty else { return }
        let renamed = Set(sorting.renames.values.map(\.old))
        going = sorting.candidates.prunable.filter { !renamed.contains($0.key) }
        dropWhatIsNeeded()
        hold(pruning)
    }

    /// What can't go although it left the directory.
    var diagnostics: [Diagnostic] { failed.flatMap(\.diagnostics) }

    /// Marks what goes, with `writesNothing` only says what would.
    func add(to plan: inout DeclarationPlan, writesNothing: Bool, now: Timestamp) {
        for desired in (going + provided).sorted(by: { $0.key.goesBefore($1.key) }) {
            guard !writesNothing else {
                plan.results.append(DeclarationResult(desired.key, .held))
                continue
            }
            plan.writes.append(desired.marked(by: sorting.request.manager, at: now))
            plan.results.append(
                DeclarationResult(desired.key, .deleted, DeletionObstacles.remarks(on: desired)))
            plan.pruning.deleted.append(desired.key)
        }
        for (key, diagnostics) in failed { plan.results.append(DeclarationResult(key, .failed, diagnostics)) }
    }

    // MARK: What is needed

    /// A candidate that something needs stays, and so may others that it needs itself.
    private mutating func dropWhatIsNeeded() {
        let declared = sorting.cases.map(\.declaration)
        let written = Set(declared.map(\.key)).subtracting(sorting.failed.keys).subtracting(sorting.held)
        let usage = DeletionUsage(of: Set(going.map(\.key)), declared: declared, written: written, sorting.view)
        var stays = true
        while stays {
            let keys = Set(going.map(\.key))
            var rest: [Desired] = []
            for desired in going {
                let obstacles = usage.obstacles(to: desired, going: keys)
                if obstacles.isEmpty {
                    rest.append(desired)
                } else {
                    failed.append(
                        (desired.key, obstacles.map { $0.diagnostic(desired.key, "left the input, but ") }))
                }
            }
            stays = rest.count < going.count
            going = rest
        }
        failed.sort { $0.key.goesBefore($1.key) }
    }

    /// What the providers of the pools that go made for them.
    private var provided: [Desired] { sorting.view.provided(with: going) }

    // MARK: The budget

    private mutating func hold(_ pruning: Pruning) {
        let renames = sorting.renames.values.sorted { $0.old.goesBefore($1.old) }
        guard let (reason, message) = reason(pruning, renames) else { return }
        let old = Set(renames.map(\.old))
        let renamed = sorting.candidates.prunable.filter { old.contains($0.key) }
        let held = reason == .renamed ? renamed : (going + renamed).sorted { $0.key.goesBefore($1.key) }
        if reason != .renamed { going = [] }
        outcome.blocked = PruneBlock(
            digest: pruning.digest,
            objects: held.map { DeclarationIdentity($0.key, firstRevision: $0.firstRevision) }, reason: reason,
            message: message, renames: renames)
    }

    /// Why something is held; nil when everything may go.
    private func reason(_ pruning: Pruning, _ renames: [Rename]) -> (PruneReason, String)? {
        guard !going.isEmpty || !renames.isEmpty else { return nil }
        if let obstacle = pruning.obstacle { return (.incomplete, obstacle) }
        if sorting.request.hasErrors || sorting.request.hasUnidentified {
            return (.incomplete, "what is missing may stand in a manifest that is not valid")
        }
        if pruning.isEmpty, pruning.budget != .unlimited {
            return (.emptyDirectory, "the directory holds not a single manifest")
        }
        if let excess = excess(over: pruning.budget) { return (.overBudget, excess) }
        guard let rename = renames.first else { return nil }
        let rest = renames.count == 1 ? "" : "; so for \(renames.count - 1) more"
        return (
            .renamed,
            "\(rename.new) seems to be \(rename.old) under a new name: `metadata.moved_from: \(rename.old.id)` in its "
                + "manifest keeps the document and its history\(rest)"
        )
    }

    /// What this request brings into the set, so that it is judged alike before and after it was written.
    private var joining: Int {
        sorting.cases.count { each in
            let key = each.declaration.key
            return each.isWritten && each.current?.set != sorting.request.set && sorting.failed[key] == nil
                && !sorting.held.contains(key)
        }
    }

    /// What is on its way from an earlier snapshot counts as well; one resource may always go.
    private func excess(over budget: PruneBudget) -> String? {
        let leaving = sorting.candidates.leaving
        let provided = provided.count
        let count = going.count + provided + leaving.count
        guard count > 1 else { return nil }
        let counted = leaving.isEmpty ? "" : " (\(leaving.count) of them are going already)"
        let owned = sorting.candidates.owned.count + provided + joining
        if let excess = budget.excess(deleting: count, of: owned, remark: counted) { return excess }
        guard let percent = budget.percent else { return nil }
        // A node on its way may have been drained already: it counts as one that was in use.
        let active = sorting.view.activeNodes
        let leavingNodes = Set(leaving.filter { $0.key.kind == .node }.map(\.key.id))
        let losing = going.count { $0.key.kind == .node && active.contains($0.key.id) }
        let lost = losing + leavingNodes.count
        let all = active.union(leavingNodes).count
        guard losing > 0, lost * 100 > all * percent else { return nil }
        return "\(lost) of the set's \(all) active nodes to delete\(counted) are more than \(percent) %"
    }
}

extension Desired {
    /// The write that marks it for deletion; the daemon does the rest.
    func marked(by manager: String, at now: Timestamp, cascade: Bool = false) -> DesiredWrite {
        var next = self
        let mark = deletion ?? DeletionMark(by: manager, at: now)
        next.deletion = DeletionMark(by: mark.by, at: mark.at, cascade: cascade)
        next.updatedAt = now
        return .replace(next, previous: self)
    }
}
