import Declaring
import Fleet
import FleetStore
import Planning

/// Takes back, and says what it did.
struct Undo {
    let store: any Store
    let declarer: Declarer
    let isDryRun: Bool
    /// How much of a set may be deleted.
    let budget: PruneBudget
    let terminal: Terminal

    private var pinning: SetPinning { SetPinning(store: store, by: Person.name) }
    private var manager: String { "cli/\(Person.name)" }

    // MARK: A resource

    func undo(_ key: ResourceKey, to generation: Int64?) async throws {
        let timeline = try await store.timelines(of: [key])[0]
        let former: Desired
        do throws(UndoObstacle) {
            former = try UndoPlanner.former(of: timeline, generation: generation)
        } catch {
            throw try await failure(error, key)
        }
        let targets = [Reversion.declared(former)]
        let plan = try await declarer.revert(targets, by: manager, dryRun: true)
        var report = UndoReport(plan, isDryRun: isDryRun)
        guard plan.waiting.isEmpty else {
            let reasons = report.reasonsToWait.map(\.printable) + ["nothing was changed"]
            throw CommandFailure(.conflict, reasons.joined(separator: "\n"))
        }
        // What stands keeps its owner; what is gone goes back to its last one.
        let owner = (timeline.current?.desired ?? former).set
        if let owner, plan.diagnostics.isEmpty, !isDryRun {
            report.pin = try await pinning.pin([key], in: owner).map { (owner, $0) }
        } else if let owner, plan.diagnostics.isEmpty, try await store.set(owner)?.attempted != nil {
            report.pinnedSet = owner
        }
        if plan.diagnostics.isEmpty, !isDryRun {
            report.plan = try await declarer.revert(targets, by: manager)
        }
        try report.print(to: terminal)
    }

    private func failure(_ obstacle: UndoObstacle, _ key: ResourceKey) async throws -> CommandFailure {
        switch obstacle {
        case .neverDeclared: return try await NotFound.failure([key], in: store)
        case .beingDeleted(let mark):
            return CommandFailure(
                .conflict,
                "\(key) is being deleted (by \(mark.by.printable)): `reeve wait \(key.listed) --for delete`, then undo declares "
                    + "it again")
        case .isFirst:
            return CommandFailure(
                .differences, "\(key) stands in its first generation: there is nothing to go back to but `reeve delete`"
            )
        case .isCurrent(let generation):
            return CommandFailure(.differences, "\(key) stands in generation \(generation) already")
        case .notKept(let generation, let kept):
            let known = kept.isEmpty ? "none is kept" : "kept are \(kept.map(String.init).joined(separator: ", "))"
            return CommandFailure(.differences, "generation \(generation) of \(key) is not kept; \(known)")
        }
    }

    // MARK: A set

    func undo(set name: String) async throws {
        for _ in 0..<20 {
            if let report = try await attempt(name) { return try report.print(to: terminal) }
        }
        throw CommandFailure(
            .conflict,
            "the set `\(name.printable)` is being written by others all the while: nothing was taken back, try again")
    }

    /// Nil when somebody else wrote the set's status in between, so that another snapshot may be the last one by now.
    private func attempt(_ name: String) async throws -> UndoReport? {
        let status = try await store.knownSet(name)
        guard let record = status.records.last, let attempted = status.attempted else {
            throw CommandFailure(.differences, "no snapshot of the set `\(name.printable)` was applied yet")
        }
        let undo = try await plan(record, of: name)
        if undo.keys.isEmpty {
            throw CommandFailure(
                .differences,
                "the last snapshot of the set `\(name.printable)` changed nothing that could be taken back")
        }
        if !isDryRun { try await check(undo, of: name) }
        let plan = try await declarer.revert(undo.targets, by: manager, dryRun: true)
        var report = UndoReport(plan, isDryRun: isDryRun)
        (report.waiting, report.lost, report.kept) = (undo.waiting, undo.lost, undo.kept)
        // Nothing of it stands, and the directory holds something else: there is nothing to pin either.
        if undo.changesNothing, record.snapshot.digest != attempted.digest { return report }
        let now = try await store.serverTime()
        let next = try status.pinning(undo.keys, digest: attempted.digest, by: Person.name, at: now)
        report.wasPinned = next == status
        guard plan.diagnostics.isEmpty else { return report }
        report.pinnedSet = name
        guard !isDryRun else { return report }
        // Pinned first, or the directory's next pass would declare it again.
        let events = SetEvents.between(status, next, at: now)
        let written = next == status ? status : try await store.write(next, telling: events)
        guard let pin = written?.pin else { return nil }
        report.pin = (name, pin)
        report.plan = try await declarer.revert(undo.targets, by: manager)
        return report
    }

    /// The snapshot that is taken back may be the one that created nearly everything.
    private func check(_ undo: SetUndo, of name: String) async throws {
        let deleted = undo.targets.count { if case .absent = $0 { true } else { false } }
        let owned = try await store.declared(inSet: name).count
        guard let excess = budget.excess(deleting: deleted, of: owned) else { return }
        throw CommandFailure(
            .conflict,
            "\(excess): nothing was changed. --dry-run shows them; with --prune-limit unlimited they go")
    }

    private func plan(_ record: SetRecord, of set: String) async throws -> SetUndo {
        // What was last written before the snapshot was not changed by it.
        let changed = try await store.declared(inSet: set).filter { $0.revision > record.before }.map(\.key)
        let removed = try await store.removed(fromSet: set, since: record.before)
        let keys = Set(changed).union(removed).sorted()
        return UndoPlanner.undo(record, of: set, in: try await store.timelines(of: keys))
    }
}
