import ArgumentParser
import Declaring
import Fleet
import FleetStore
import Planning

struct UndoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Bring a resource, or a set, back to how it was declared before.",
        discussion: """
            Of a resource the generation before is declared again, as a new one; what was deleted is declared as it was \
            last. An undo twice in a row leads to where it began. What operators set by hand stays. Of a set (set/NAME) \
            everything is taken back that its directory's last snapshot changed: what it created is deleted, what it \
            deleted is declared again.

            What would delete more of a set than a snapshot may by itself (--prune-limit, --prune-percent) is refused.

            What a set owns is pinned: its directory leaves it alone until it holds something else. So mend the \
            directory next.

            Examples:
              reeve undo pool/render-eu --dry-run
              reeve undo node/fra-01 --to 3
              reeve undo set/fleet

            Exit codes: 1 there is nothing to go back to, 4 something is in the way (nothing was changed), 6 of a set: \
            something is still being deleted, or how it stood is not kept any more.
            """)

    @Argument(help: ArgumentHelp("KIND/ID, or set/NAME.", valueName: "object"))
    var object: String

    @Option(help: ArgumentHelp("The generation to go back to; see `reeve history`.", valueName: "generation"))
    var to: Int64?

    @Flag(help: "Say what would be done, and do nothing.")
    var dryRun = false

    @OptionGroup var pruning: PruneOptions

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let subject = try RevertSubject(object)
        let terminal = global.terminal
        try await global.withStore(declares: true) { store in
            let undo = Undo(
                store: store, declarer: Declarer(store) { Terminal.standardError($0) }, isDryRun: dryRun,
                budget: pruning.budget, terminal: terminal)
            switch subject {
            case .resource(let key): try await undo.undo(key, to: to)
            case .set(let name):
                guard to == nil else { throw ValidationError("--to names a resource's generation; a set has none.") }
                try await undo.undo(set: name)
            }
        }
    }
}

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
            if undo.changesNothing, record.snapshot.digest != attempted.digest { return try report.print(to: terminal) }
            let next = try status.pinning(
                undo.keys, digest: attempted.digest, by: Person.name, at: try await store.serverTime())
            report.wasPinned = next == status
            if plan.diagnostics.isEmpty {
                report.pinnedSet = name
                if !isDryRun {
                    // Read and decided on this status: whoever wrote it meanwhile may have applied something else.
                    let written = next == status ? status : try await store.write(next)
                    guard let pin = written?.pin else { continue }
                    report.pin = (name, pin)
                    report.plan = try await declarer.revert(undo.targets, by: manager)
                }
            }
            return try report.print(to: terminal)
        }
        throw CommandFailure(
            .conflict,
            "the set `\(name.printable)` is being written by others all the while: nothing was taken back, try again")
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
