import ArgumentParser
import Declaring
import Fleet
import FleetStore
import Planning
import Syncing

struct SyncApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Release deletions that a set holds back: exactly those that it lists.",
        discussion: """
            Each goes only if it is still the set's and was not declared anew; what appears afterwards is held anew. With \
            the mark that stands beside the list (`reeve describe set/NAME`), a list that is another by now is refused.

            Examples:
              reeve sync approve prod --dry-run
              reeve sync approve prod 3f2a91bc

            Exit codes: 1 nothing is held, 4 what is held can't be approved, 6 some of it is in use.
            """)

    @Argument(help: ArgumentHelp("The set's name (`reeve get sets`).", valueName: "set"))
    var set: String

    @Argument(help: "The mark of the list that was looked at.")
    var mark: String?

    @Flag(help: "Say what would be deleted, and do nothing.")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = global.terminal
        let name = SetName.stated(in: set) ?? set
        try await global.withStore(declares: true) { store in
            guard let status = try await store.set(name) else {
                throw CommandFailure(.differences, "there is no set \(name.printable): `reeve get sets` lists them")
            }
            guard let blocked = status.blocked, !blocked.objects.isEmpty else {
                throw CommandFailure(.differences, "nothing is held in \(name.printable)")
            }
            try check(blocked, of: status)
            if !dryRun {
                let revision = try await store.declaringView(of: [], pools: []).revision
                guard try await SetApproval(store).begin(status, at: revision, by: "cli/\(Person.name)") else {
                    throw CommandFailure(.conflict, "the set was synced meanwhile: look again; nothing was done")
                }
            }
            let declarer = Declarer(store) { Terminal.standardError($0) }
            let plan = try await declarer.approve(
                set: name, objects: blocked.objects, by: "cli/\(Person.name)", dryRun: dryRun)
            ResultReport(results: plan.results, diagnostics: plan.diagnostics, isDryRun: dryRun).print(to: terminal)
            if !dryRun { try await SetApproval(store).tell(plan, of: blocked, in: name, by: "cli/\(Person.name)") }
            if plan.diagnostics.contains(where: { $0.severity == .error }) { throw ExitStatus.incomplete }
        }
    }

    private func check(_ blocked: PruneBlock, of status: SetStatus) throws {
        let name = status.name.printable
        guard blocked.reason.canBeApproved else {
            throw CommandFailure(
                .conflict, "this can't be approved: \(blocked.message.printable) (`reeve describe set/\(name)`)")
        }
        guard blocked.digest == status.attempted?.digest, mark.map({ $0 == blocked.mark }) ?? true else {
            throw CommandFailure(
                .conflict,
                "what is held is another list by now: `reeve describe set/\(name)` shows it; nothing was done")
        }
    }
}
