import ArgumentParser
import Declaring
import Fleet
import FleetStore
import Logging
import Manifests
import Planning
import ServiceLifecycle
import Syncing
import UnixSignals

struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Keep declared what a directory holds; what left it is deleted.",
        discussion: """
            A directory is a set: it owns what it declares, and what left it goes. `reeve sync DIR` reads it once, with \
            --watch until it is stopped; `reeve run --watch DIR` does the same in the daemon. Invalid manifests hold \
            themselves and what depends on them, and all deletions; the rest goes on. More deletions than the budget \
            allows are held until `reeve sync approve SET`. `reeve help sync directory` has the options.

            Examples:
              reeve sync fleet/ --dry-run
              reeve sync fleet/ --set prod --wait --timeout 2m
              reeve sync fleet/ --set prod --watch
              reeve sync approve prod

            Exit codes: 1 nothing is held that could be approved, 3 the directory can't be read, or with --atomic \
            something is not valid, 4 with --atomic a conflict, 6 something failed or is held, 7 with --wait: timed out.
            """,
        subcommands: [SyncDirectoryCommand.self, SyncApproveCommand.self], defaultSubcommand: SyncDirectoryCommand.self)
}

struct SyncDirectoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "directory", abstract: "Declare what a directory holds, once or continuously (`reeve sync DIR`).")

    @Argument(help: "The directory of manifests.", completion: .directory)
    var directory: String

    @Option(help: ArgumentHelp("The name of its set (default: the directory's whole path).", valueName: "name"))
    var set: String?

    @Flag(help: "Go on with each change of the directory, until interrupted.")
    var watch = false

    @Flag(help: "With anything wrong write nothing at all.")
    var atomic = false

    @Flag(help: "Take over what other sets or the command line declared.")
    var force = false

    @Flag(help: "Say what would be done, and do nothing.")
    var dryRun = false

    @Flag(help: "With --watch: look for changes every 30 seconds, where the file system does not tell of them.")
    var pollOnly = false

    @OptionGroup var pruning: PruneOptions

    @Flag(help: "Wait until all of it is reconciled, and what goes is gone.")
    var wait = false

    @Option(help: "How long to wait at most.")
    var timeout = TimeSpan(seconds: 60)

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if let set { try SetName.check(set) }
        if watch, dryRun || wait { throw ValidationError("--watch excludes --dry-run and --wait.") }
        if watch, global.terminal.isStructured { throw ValidationError("--watch writes a log; there is no -o for it.") }
        if watch, force {
            throw ValidationError("--force takes over once, and --watch goes on: sync with --force first, then watch.")
        }
        if pollOnly, !watch { throw ValidationError("--poll-only goes with --watch.") }
    }

    private var settings: SetSyncer.Settings {
        let path = SetName.directory(directory)
        var settings = SetSyncer.Settings(set ?? path, directory: path, syncedBy: "cli/\(Person.name)")
        settings.isAtomic = atomic
        settings.takesOver = force
        settings.budget = pruning.budget
        return settings
    }

    func run() async throws {
        if watch { return try await follow() }
        let progress = SyncProgress(global.terminal)
        let reader = DirectoryReader(settings.directory)
        try await global.withStore(declares: true) { store in
            let syncer = SetSyncer(settings, store: store, notice: { Terminal.standardError($0) }) {
                await SetSyncer.look(reader)
            }
            try await checkName(store)
            progress.show("reading \(settings.directory)")
            let look = await SetSyncer.look(reader)
            progress.show("declaring", of: (try? look.get())?.loaded.declarations.count)
            let attempt = try await syncer.attempt(look, dryRun: dryRun)
            progress.end()
            let report = SyncReport(attempt, isDryRun: dryRun)
            report.print(to: global.terminal)
            if wait, !dryRun { try await settle(report, store, progress) }
            if let status = report.exitStatus(isAtomic: atomic) { throw status }
        }
    }

    /// A directory is one set. Forced under another name it would take everything from the set that follows it.
    private func checkName(_ store: MongoStore) async throws {
        let (name, path) = (settings.name, settings.directory)
        let others = try await store.sets().filter { $0.name != name && $0.directory == path }.map(\.name)
        let tallies = try await store.tallies(ofSets: others)
        guard let other = others.first(where: { (tallies[$0]?.objects ?? 0) > 0 }) else { return }
        let same = "\(path.printable) is synced as the set \(other.quotedWord) already"
        let way = "`reeve sync \(directory.quotedWord) --set \(other.quotedWord)"
        guard force else { return global.terminal.note("\(same): \(way)`".printable) }
        throw CommandFailure(
            .conflict,
            "\(same), from which this would take all: \(way) --force` takes over what others own, and `reeve adopt "
                + "--from-set \(other.quotedWord) --set \(name.quotedWord)` gives the set another name; nothing was written"
        )
    }

    /// Until what stands declared is reconciled, and what was deleted is gone.
    private func settle(_ report: SyncReport, _ store: MongoStore, _ progress: SyncProgress) async throws {
        let declared = report.results.filter { $0.outcome.isDeclared }.map(\.key)
        let deleted = report.results.filter { $0.outcome == .deleted }.map(\.key)
        let waiting = Waiting(store, timeout) { progress.show("reconciling", $0, of: $1) }
        defer { progress.end() }
        if !declared.isEmpty { try await waiting.untilSynced(declared) }
        if !deleted.isEmpty { try await waiting.untilGone(deleted) }
    }

    private func follow() async throws {
        let logger = RunCommand.LogFormat.text.logger(level: global.verbose ? .debug : .info)
        var quiet = logger
        quiet.logLevel = global.verbose ? .debug : .warning
        try await global.withStore(logger: logger) { store in
            // Before anything is followed: what never worked is told at once.
            _ = try await store.lanes()
            let watch = SetWatch([settings], store: store, mode: pollOnly ? .polling : .events, logger: logger)
            try await ServiceGroup(
                services: [watch], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet
            ).run()
        }
    }
}
