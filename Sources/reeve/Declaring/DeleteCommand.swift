import ArgumentParser
import Declaring
import Fleet
import Manifests
import Planning

struct DeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete resources; nodes are drained first.",
        discussion: """
            Marks the resources for deletion; the daemon drains nodes, deletes the documents and then the declarations. \
            A pool with nodes is refused unless its nodes go with it (--cascade). With `lifecycle.on_delete: orphan` \
            only the declaration goes, and the document stays, undeclared.

            Examples:
              reeve delete node/fra-01 --wait
              reeve delete pool/render-eu --cascade --dry-run
              reeve delete -f fleet/old.yaml --ignore-not-found

            Exit codes: 1 something is not declared, 3 invalid manifests, 4 something is in the way (nothing was \
            deleted), 7 with --wait: timed out.
            """)

    @Argument(help: ArgumentHelp("What to delete: KIND/ID…, or a kind and ids.", valueName: "object"))
    var objects: [String] = []

    @OptionGroup var input: InputOptions

    @Flag(help: "A pool's nodes, too.")
    var cascade = false

    @Flag(help: "What is not declared counts as deleted.")
    var ignoreNotFound = false

    @Flag(help: "Say what would be done, and do nothing.")
    var dryRun = false

    @Flag(help: "Wait until all of it is gone.")
    var wait = false

    @Option(help: "How long to wait at most.")
    var timeout = TimeSpan(seconds: 120)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = global.terminal
        let keys = try await keys(terminal)
        try await global.withStore(declares: true) { store in
            let declarer = Declarer(store) { Terminal.standardError($0) }
            let request = DeletionRequest(
                keys, cascades: cascade, ignoresMissing: ignoreNotFound, manager: Person.name)
            if !terminal.isStructured, terminal.format != .name {
                // What goes first is shown before anything goes.
                show(try await declarer.delete(request, dryRun: true), terminal)
            }
            let plan = try await declarer.delete(request, dryRun: dryRun)
            ResultReport(results: plan.results, diagnostics: plan.diagnostics, isDryRun: dryRun)
                .print(to: terminal, listingFailures: false)
            if let refusal = refusal(plan.diagnostics) {
                if !terminal.isStructured { terminal.note("nothing was deleted") }
                throw refusal
            }
            if wait, !dryRun { try await Waiting(store, timeout).untilGone(plan.results.map(\.key)) }
        }
    }

    private func keys(_ terminal: Terminal) async throws -> [ResourceKey] {
        guard input.paths.isEmpty else {
            guard objects.isEmpty else { throw ValidationError("Either objects or -f, not both.") }
            let loaded = try await input.load()
            if loaded.hasErrors {
                ResultReport(results: loaded.failures, diagnostics: loaded.diagnostics).print(to: terminal)
                throw ExitStatus.invalid
            }
            return loaded.declarations.map(\.key)
        }
        guard input.selector == nil else { throw ValidationError("-l selects among the manifests of -f.") }
        let keys = try ObjectName.keys(objects)
        guard !keys.isEmpty else { throw ValidationError("What is to be deleted? Name KIND/ID, or manifests with -f.") }
        return keys
    }

    private func refusal(_ diagnostics: [Diagnostic]) -> ExitStatus? {
        guard !diagnostics.isEmpty else { return nil }
        return diagnostics.allSatisfy { $0.rule == DeletionRule.notFound.rawValue } ? .differences : .conflict
    }

    private func show(_ plan: DeletionPlan, _ terminal: Terminal) {
        func name(_ key: ResourceKey) -> String {
            key.description + (plan.orphans.contains(key) ? ResultReport.documentStays : "")
        }
        for tree in plan.trees {
            terminal.line(name(tree.key), .bold)
            for (position, node) in tree.nodes.enumerated() {
                terminal.line((position == tree.nodes.count - 1 ? "└─ " : "├─ ") + name(node))
            }
        }
    }
}
