import ArgumentParser
import Declaring
import Fleet
import FleetStore
import Foundation
import Manifests
import Planning

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Declare what manifests say, all of it or nothing.",
        discussion: """
            Everything is declared in one transaction. With anything wrong nothing is written, unless --continue is \
            given. Declaring the same again changes nothing. What a set owns is refused, unless --force takes it. With \
            --plan a plan that `reeve plan --out` saved is carried out, once, and only as it was seen.

            Examples:
              reeve apply -f fleet/ --dry-run
              reeve apply -f fleet/ -f extra.yaml --wait --timeout 2m
              generate-fleet | reeve apply -f - -o json
              reeve apply -R -f fleet/ --prune --set fleet
              reeve plan -f fleet/ --out fleet.plan && reeve apply --plan fleet.plan

            Exit codes: 3 invalid manifests, or a plan that was edited or cut, 4 a conflict, deletions over their \
            budget, or a plan that does not fit any more (with each of them nothing was written), 6 with --continue: \
            some of it failed, with --wait: something is stalled or paused, 7 with --wait: timed out.
            """)

    @OptionGroup var input: InputOptions
    @OptionGroup var ownership: OwnershipOptions

    @Option(
        name: .customLong("plan"),
        help: ArgumentHelp("Carry out this saved plan instead of manifests.", valueName: "file"), completion: .file())
    var planPath: String?

    @Flag(help: "Say what would be done, and do nothing.")
    var dryRun = false

    @Flag(
        name: .customLong("continue"),
        help: "Beside invalid manifests, declare the valid ones that do not depend on an invalid one.")
    var continues = false

    @Flag(help: "Wait until all of it is reconciled, and what is deleted is gone.")
    var wait = false

    @Option(help: "How long to wait at most.")
    var timeout = TimeSpan(seconds: 60)

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        try ownership.check(beside: input)
        guard planPath != nil else { return }
        guard input.paths.isEmpty, input.selector == nil, !input.recursive, !ownership.isStated, !continues else {
            throw ValidationError("A saved plan (--plan) holds its manifests and options: nothing can be added to it.")
        }
    }

    func run() async throws {
        if let planPath { return try await carryOut(try PlanFile.read(planPath)) }
        let terminal = global.terminal
        let loaded = try await input.load(isWhole: ownership.prune)
        let request = ownership.request(loaded, continues: continues)
        guard !request.declarations.isEmpty else { return try finish(loaded, nil, terminal) }
        do {
            try await global.withStore(declares: true) { store in
                let declarer = Declarer(store) { Terminal.standardError($0) }
                let notes = try await pin(request, in: store) {
                    try await declarer.declare(request, dryRun: true).writes
                }
                let pinned = PinnedResources(store)
                var plan = try await declarer.declare(request, dryRun: dryRun, steps: pinned.steps)
                pinned.tell(in: &plan, of: request)
                try await finish(loaded, plan, notes, store, terminal)
            }
        } catch let failure as CommandFailure where loaded.hasErrors && failure.status == .unavailable {
            // The manifests are wrong whatever the database would have said about them.
            try finish(loaded, nil, terminal)
        }
    }

    private func carryOut(_ file: PlanFile) async throws {
        let database = try global.databaseName()
        guard file.database == database else {
            throw CommandFailure(
                .conflict,
                "the plan was made for the database \(file.database.printable), not for \(database): nothing was written"
            )
        }
        let (terminal, person) = (global.terminal, "cli/\(Person.name)")
        try await global.withStore(declares: true) { store in
            let declarer = Declarer(store) { Terminal.standardError($0) }
            let (saved, attempt) = (file.plan(for: person), UUID().uuidString)
            let notes = try await pin(saved.request, in: store) {
                try await declarer.apply(saved, by: person, attempt: attempt, in: store, dryRun: true).writes
            }
            let pinned = PinnedResources(store)
            var plan = try await declarer.apply(
                saved, by: person, attempt: attempt, in: store, dryRun: dryRun, steps: pinned.steps)
            pinned.tell(in: &plan, of: saved.request)
            try await finish(LoadedManifests(), plan, notes, store, terminal)
            if plan.results.allSatisfy({ $0.outcome == .unchanged }), !terminal.isStructured {
                terminal.note("No changes.")
            }
        }
    }

    /// What the command line takes from sets, their directories leave alone; see `Departures`.
    private func pin(
        _ request: DeclarationRequest, in store: MongoStore, writes: () async throws -> [DesiredWrite]
    ) async throws -> [String] {
        guard request.takesOver, request.set == nil, !dryRun else { return [] }
        return try await Departures(writes()).pin(in: store)
    }

    private func finish(
        _ loaded: LoadedManifests, _ plan: DeclarationPlan, _ notes: [String], _ store: MongoStore, _ terminal: Terminal
    ) async throws {
        if !terminal.isStructured { for note in notes { terminal.note(note.printable) } }
        let declared = plan.results.filter { $0.outcome.isDeclared }.map(\.key)
        guard wait, !dryRun, !declared.isEmpty || !plan.pruning.deleted.isEmpty else {
            return try finish(loaded, plan, terminal)
        }
        // The results come first: whoever waits wants to see what for.
        report(loaded, plan, terminal)
        let waiting = Waiting(store, timeout)
        if !declared.isEmpty { try await waiting.untilSynced(declared) }
        if !plan.pruning.deleted.isEmpty { try await waiting.untilGone(plan.pruning.deleted) }
        try refuse(loaded, plan)
    }

    private func finish(_ loaded: LoadedManifests, _ plan: DeclarationPlan?, _ terminal: Terminal) throws {
        report(loaded, plan, terminal)
        try refuse(loaded, plan)
    }

    private func report(_ loaded: LoadedManifests, _ plan: DeclarationPlan?, _ terminal: Terminal) {
        let report = ResultReport(
            results: loaded.failures + (plan?.results ?? []),
            diagnostics: loaded.diagnostics + (plan?.allDiagnostics ?? []), isDryRun: dryRun)
        let isRefused = report.diagnostics.refusal != nil
        report.print(to: terminal, listingFailures: continues)
        if isRefused, !continues, !terminal.isStructured { terminal.note("nothing was written") }
    }

    private func refuse(_ loaded: LoadedManifests, _ plan: DeclarationPlan?) throws {
        guard let refusal = (loaded.diagnostics + (plan?.allDiagnostics ?? [])).refusal else { return }
        throw continues ? ExitStatus.incomplete : refusal
    }
}

extension DeclarationOutcome {
    /// Whether the resource now stands as the manifest has it.
    var isDeclared: Bool {
        switch self {
        case .created, .configured, .unchanged: true
        case .deleted, .held, .failed: false
        }
    }
}
