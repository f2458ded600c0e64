import ArgumentParser
import Declaring
import Fleet
import FleetStore
import Planning

struct AdoptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt", abstract: "Declare documents as they stand, or give declared resources to a set.",
        discussion: """
            A document that no manifest declares is declared as it was found, so that nothing of it changes: what the \
            daemon will add to it (defaults that it lacks) is named. What no valid manifest could say is refused. \
            `reeve export` prints the manifests afterwards.

            With --set what is adopted, or declared by the command line already, belongs to that set; its directory \
            leaves it alone until it declares it itself. --from-set takes resources, or all that a set owns, from there \
            and gives them to --set, or to the command line: then the directory must drop them, too, and leaves them alone \
            until it changes.

            Examples:
              reeve adopt node/fra-01 --dry-run
              reeve adopt all --undeclared --continue
              reeve adopt pool/render-eu --set fleet
              reeve adopt --from-set old --set fleet

            Exit codes: 1 something that was named does not exist, 3 a document is no valid manifest, 4 a conflict \
            (with both nothing was written), 6 with --continue: some could not be adopted.
            """)

    @Argument(help: ArgumentHelp("What to adopt: KIND/ID…, or with --undeclared kinds, or all.", valueName: "object"))
    var objects: [String] = []

    @Flag(help: "All documents of the kinds that no manifest declares.")
    var undeclared = false

    @Option(help: ArgumentHelp("The set that gets them.", valueName: "name"))
    var set: String?

    @Option(
        help: ArgumentHelp("The set that they are taken from; without objects all that it owns.", valueName: "name"))
    var fromSet: String?

    @Flag(name: .customLong("continue"), help: "Beside documents that can't be adopted, adopt the others.")
    var continues = false

    @Flag(help: "Say what would be done, and do nothing.")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        for name in [set, fromSet].compactMap(\.self) { try SetName.check(name) }
        if fromSet != nil {
            guard !undeclared else {
                throw ValidationError("--from-set moves what is declared; leave --undeclared out.")
            }
            guard set != fromSet else { throw ValidationError("--set and --from-set name the same set.") }
        } else if objects.isEmpty {
            throw ValidationError("What is to be adopted? Name KIND/ID, or kinds with --undeclared.")
        }
    }

    func run() async throws {
        let terminal = global.terminal
        let keys = objects.isEmpty || undeclared ? [] : try ObjectName.keys(objects)
        let kinds = undeclared ? try wholeKinds() : []
        try await global.withStore(declares: true) { store in
            let declarer = Declarer(store) { Terminal.standardError($0) }
            var adoption = Adoption(
                declarer: declarer, set: set, manager: "cli/\(Person.name)", continues: continues, isDryRun: dryRun)
            if let fromSet {
                try await store.requireSet(fromSet)
                try await adoption.move(keys.isEmpty ? nil : keys, from: .set(fromSet), in: store)
            } else {
                try await adoption.adopt(rows(keys, kinds, in: store))
            }
            try await adoption.foresee(in: store)
            try finish(adoption, terminal)
        }
    }

    private func wholeKinds() throws -> [Kind] {
        guard case .kinds(let kinds) = try ObjectSelection(objects) else {
            throw ValidationError("--undeclared adopts whole kinds; leave the ids out.")
        }
        return kinds.filter { $0.collection != nil }
    }

    private func rows(_ keys: [ResourceKey], _ kinds: [Kind], in store: any Store) async throws -> [ScanRow] {
        var rows: [ScanRow] = []
        for kind in kinds {
            let take: @Sendable (inout [ScanRow], ScanRow) -> Void = { rows, row in
                if row.desired == nil, row.observed != nil { rows.append(row) }
            }
            rows += try await store.scan(kind, into: { [] }, row: take).flatMap(\.self)
        }
        guard !keys.isEmpty else { return rows }
        let view = try await store.read(keys)
        let missing = keys.filter { view.desired[$0] == nil && view.observed[$0] == nil }
        guard missing.isEmpty else { throw try await NotFound.failure(missing, in: store) }
        return keys.map { ScanRow($0, in: view) }
    }

    private func finish(_ adoption: Adoption, _ terminal: Terminal) throws {
        let report = ResultReport(
            results: adoption.results, diagnostics: adoption.diagnostics, isDryRun: dryRun,
            words: [.created: "adopted", .configured: "moved"])
        if terminal.isStructured {
            terminal.value(report.value.adding([("added", .list(adoption.additions.map(\.value)))]))
        } else {
            report.print(to: terminal, listingFailures: continues)
            if terminal.format != .name { for each in adoption.additions { terminal.note(each.sentence) } }
            for note in adoption.notes { terminal.note(note.printable) }
            if adoption.results.isEmpty { terminal.note("there is nothing to adopt") }
            if adoption.refusal != nil, !continues { terminal.note("nothing was written") }
        }
        guard let refusal = adoption.refusal else { return }
        throw continues ? ExitStatus.incomplete : refusal
    }
}
