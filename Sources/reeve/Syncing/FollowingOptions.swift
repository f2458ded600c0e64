import ArgumentParser
import Engine
import FleetStore
import Logging
import ServiceLifecycle
import Syncing

/// Which directories the daemon keeps declared.
struct FollowingOptions: ParsableArguments {
    @Option(
        name: .customLong("watch"), parsing: .singleValue,
        help: ArgumentHelp(
            "Keep declared what these directories hold, each a set called like its path, or NAME=DIR; several with "
                + "commas, or repeated. Only the daemon that leads syncs.", valueName: "directory"),
        completion: .directory)
    var directories: [String] = []

    @Flag(help: "Look for changes of the directories every 30 seconds, where the file system does not tell of them.")
    var pollOnly = false

    @OptionGroup var pruning: PruneOptions

    func validate() throws {
        let watched = try watched()
        if watched.isEmpty, pollOnly || pruning.isGiven {
            throw ValidationError("--poll-only, --prune-limit and --prune-percent go with --watch.")
        }
        for (position, directory) in watched.enumerated() {
            guard !watched[..<position].contains(where: { $0.name == directory.name || $0.path == directory.path })
            else { throw ValidationError("--watch names \(directory.path.printable) or its set twice.") }
        }
    }

    private func watched() throws(ValidationError) -> [WatchedDirectory] {
        var all: [WatchedDirectory] = []
        for text in directories {
            for word in text.split(separator: ",", omittingEmptySubsequences: false) {
                all.append(try WatchedDirectory(String(word)))
            }
        }
        return all
    }

    /// Nil where there is nothing to follow.
    func service(
        instance: String, store: MongoStore, progress: DaemonProgress, logger: Logger
    ) throws -> Following? {
        let sets = try watched().map { directory in
            var settings = SetSyncer.Settings(
                directory.name, directory: directory.path, syncedBy: "daemon/\(instance)")
            settings.budget = pruning.budget
            return settings
        }
        guard !sets.isEmpty else { return nil }
        return try Following(
            sets, mode: pollOnly ? .polling : .events, store: store, progress: progress, logger: logger)
    }
}

/// The daemon's part that follows directories, while it leads.
struct Following: Service {
    private let store: MongoStore
    private let watch: SetWatch

    init(
        _ sets: [SetSyncer.Settings], mode: DirectoryWatch.Mode, store: MongoStore, progress: DaemonProgress,
        logger: Logger
    ) throws {
        // A client of its own: what the daemon's writes is passed over by its feed, and this is to be reconciled.
        self.store = try store.another(role: "sync")
        watch = SetWatch(
            sets, store: self.store, mode: mode, leads: { progress.isLeading }, logger: logger)
    }

    func run() async {
        await watch.run()
        await store.close()
    }
}
