import ArgumentParser
import Declaring
import Fleet
import FleetStore
import Foundation
import Manifests
import Planning

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what applying manifests would change, and why.",
        discussion: """
            The same planner decides as for `apply` and the daemon. Shown are changes of declarations, and drift that \
            the daemon would put back; drift that stays is only counted. Beside errors, what is shown is what `apply \
            --continue` would do: without it, nothing would be written.

            --out saves the plan for `reeve apply --plan`, which carries out what was shown, once and within 30 days, or \
            nothing when something that the plan was made of has changed since.

            Examples:
              reeve plan -f fleet/
              reeve plan -R -f fleet/ --prune --set fleet
              reeve plan -f fleet/ --out fleet.plan
              reeve plan -f pool.yaml --detailed-exitcode
              reeve plan -f fleet/ -o json

            Exit codes: 0 with or without changes (1 with changes and --detailed-exitcode), 2 the file of --out can't be \
            written, 3 invalid manifests, 4 a conflict, or deletions over their budget.
            """)

    @OptionGroup var input: InputOptions
    @OptionGroup var ownership: OwnershipOptions

    @Option(
        name: .customLong("out"),
        help: ArgumentHelp("Save the plan in this file, for `reeve apply --plan`.", valueName: "file"),
        completion: .file())
    var savedPath: String?

    @Flag(help: "Exit 1 when there are changes.")
    var detailedExitcode = false

    @OptionGroup var global: GlobalOptions

    func validate() throws { try ownership.check(beside: input) }

    func run() async throws {
        let terminal = global.terminal
        let loaded = try await input.load(isWhole: ownership.prune)
        try await global.withStore { store in
            let (plan, saved) = try await decide(loaded, store)
            let diagnostics = loaded.diagnostics + plan.allDiagnostics
            let view = try await store.read(plan.results.map(\.key))
            let list = PreviewList(plan, view, now: try await store.serverTime())
            if terminal.isStructured {
                terminal.value(PlanCommand.value(list, diagnostics))
            } else {
                terminal.report(diagnostics)
                let errors = diagnostics.count { $0.severity == .error }
                PlanCommand.show(list, errors: errors, terminal)
            }
            try save(saved, terminal)
            if let refusal = diagnostics.refusal { throw refusal }
            if detailedExitcode, !list.previews.isEmpty { throw ExitStatus.differences }
        }
    }

    /// The second is there when it is to be saved, and can be.
    private func decide(
        _ loaded: LoadedManifests, _ store: MongoStore
    ) async throws -> (DeclarationPlan, SavedPlan?) {
        let (declarer, pinned) = (Declarer(store), PinnedResources(store))
        if savedPath != nil {
            let request = ownership.request(loaded, continues: false)
            var (plan, saved) = try await declarer.plan(request, id: UUID().uuidString, steps: pinned.steps)
            if let saved {
                pinned.tell(in: &plan, of: request)
                return (plan, saved)
            }
        }
        let request = ownership.request(loaded, continues: true)
        var plan = try await declarer.declare(request, dryRun: true, steps: pinned.steps)
        pinned.tell(in: &plan, of: request)
        return (plan, nil)
    }

    private func save(_ plan: SavedPlan?, _ terminal: Terminal) throws {
        guard let savedPath else { return }
        guard let plan else { return terminal.note("no plan was saved") }
        try PlanFile(plan, database: try global.databaseName(), by: "cli/\(Person.name)").write(to: savedPath)
        if terminal.isStructured || terminal.format == .name { return }
        terminal.note("saved: `reeve apply --plan \(savedPath)` carries out exactly this, once")
    }

    private static func show(_ list: PreviewList, errors: Int, _ terminal: Terminal) {
        if terminal.format == .name {
            for preview in list.previews { terminal.line(preview.key.listed) }
            return
        }
        var text = ""
        for preview in list.previews { text += preview.text(terminal) + "\n" }
        text += list.summary(errors: errors) + "\n"
        if list.pending > 0 {
            text += "\(list.pending) declared already, and not reconciled yet.\n"
        }
        if let sentence = list.toleratedSentence { text += sentence + "\n" }
        Terminal.standardOutput(text)
    }

    /// `{"changes":[{"kind","id","action","reason","fields":[{"path","old","new"}]}],"summary":{…},"diagnostics":[…]}`
    private static func value(_ list: PreviewList, _ diagnostics: [Diagnostic]) -> FieldValue {
        let summary: [(String, FieldValue?)] = [
            ("create", .int(Int64(list.count(.create)))), ("change", .int(Int64(list.count(.change)))),
            ("delete", .int(Int64(list.count(.delete)))), ("tolerated_drift", .int(Int64(list.toleratedDrift))),
            ("pending", .int(Int64(list.pending))),
            ("errors", .int(Int64(diagnostics.count { $0.severity == .error }))),
        ]
        return .members([
            ("changes", .list(list.previews.map(\.value))), ("summary", .members(summary)),
            ("diagnostics", .list(diagnostics.map(\.value))),
        ])
    }
}
