import ArgumentParser
import Declaring
import Fleet
import Manifests
import Planning

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Declare what manifests say, all of it or nothing.",
        discussion: """
            Everything is declared in one transaction. With anything wrong nothing is written, unless --continue is \
            given. Declaring the same again changes nothing.

            Examples:
              reeve apply -f fleet/ --dry-run
              reeve apply -f fleet/ -f extra.yaml --wait --timeout 2m
              generate-fleet | reeve apply -f - -o json

            Exit codes: 3 invalid manifests, 4 a conflict (with both nothing was written), 6 with --continue: some of \
            it failed, with --wait: something is stalled or paused, 7 with --wait: timed out.
            """)

    @OptionGroup var input: InputOptions

    @Flag(help: "Say what would be done, and do nothing.")
    var dryRun = false

    @Flag(
        name: .customLong("continue"),
        help: "Beside invalid manifests, declare the valid ones that do not depend on an invalid one.")
    var continues = false

    @Flag(help: "Wait until all of it is reconciled.")
    var wait = false

    @Option(help: "How long to wait at most.")
    var timeout = TimeSpan(seconds: 60)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = global.terminal
        let loaded = try input.load()
        let request = loaded.request(continues: continues)
        guard !request.declarations.isEmpty else { return try finish(loaded, nil, terminal) }
        do {
            try await global.withStore(declares: true) { store in
                let declarer = Declarer(store) { Terminal.standardError($0) }
                let plan = try await declarer.declare(request, dryRun: dryRun)
                let waits = wait && !dryRun
                if waits, plan.results.contains(where: { $0.outcome.isDeclared }) {
                    // The results come first: whoever waits wants to see what for.
                    report(loaded, plan, terminal)
                    let keys = plan.results.filter { $0.outcome.isDeclared }.map(\.key)
                    try await Waiting(store, timeout).untilSynced(keys)
                    try refuse(loaded, plan)
                } else {
                    try finish(loaded, plan, terminal)
                }
            }
        } catch let failure as CommandFailure where loaded.hasErrors && failure.status == .unavailable {
            // The manifests are wrong whatever the database would have said about them.
            try finish(loaded, nil, terminal)
        }
    }

    private func finish(_ loaded: LoadedManifests, _ plan: DeclarationPlan?, _ terminal: Terminal) throws {
        report(loaded, plan, terminal)
        try refuse(loaded, plan)
    }

    private func report(_ loaded: LoadedManifests, _ plan: DeclarationPlan?, _ terminal: Terminal) {
        let report = ResultReport(
            results: loaded.failures + (plan?.results ?? []),
            diagnostics: loaded.diagnostics + (plan?.diagnostics ?? []), isDryRun: dryRun)
        let isRefused = report.diagnostics.refusal != nil
        report.print(to: terminal, listingFailures: continues)
        if isRefused, !continues, !terminal.isStructured { terminal.note("nothing was written") }
    }

    private func refuse(_ loaded: LoadedManifests, _ plan: DeclarationPlan?) throws {
        guard let refusal = (loaded.diagnostics + (plan?.diagnostics ?? [])).refusal else { return }
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
