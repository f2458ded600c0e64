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
            directory next. What has to wait until something is gone for good, such as a place in a full pool, is declared \
            by the same undo again. More than fits into one transaction takes several; cut off in between, the same undo \
            again does the rest.

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
