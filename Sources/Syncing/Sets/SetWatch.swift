import FleetStore
import Logging
import ServiceLifecycle

/// Keeps what directories hold declared, for as long as it runs: each its own set, side by side.
///
/// A set is attempted when its directory's content changed, when `desired` moved since the last attempt, and when a retry is
/// due; otherwise nothing is read but the directory's listing, and nothing is written. MongoDB away, a directory that is
/// gone and a manifest that is not valid are waited out.
package struct SetWatch: Service {
    /// How often what may have changed is looked at.
    package struct Pace: Sendable {
        /// The directory, where events say nothing, and `desired`.
        package var poll = Duration.seconds(30)
        /// `desired`, while something of the set is not as it should be.
        package var outstanding = Duration.seconds(2)
        /// Whether this process may sync yet.
        package var standby = Duration.milliseconds(500)

        package init() {}
    }

    private let sets: [SetSyncer.Settings]
    private let store: any Store
    private let mode: DirectoryWatch.Mode
    private let pace: Pace
    private let leads: @Sendable () -> Bool
    private let logger: Logger

    /// - Parameters:
    ///   - mode: whether changes of the directories are heard of, or only looked for.
    ///   - leads: whether this process may sync now; asked again and again.
    package init(
        _ sets: [SetSyncer.Settings], store: any Store, mode: DirectoryWatch.Mode = .events, pace: Pace = Pace(),
        leads: @escaping @Sendable () -> Bool = { true }, logger: Logger
    ) {
        self.sets = sets
        self.store = store
        self.mode = mode
        self.pace = pace
        self.leads = leads
        self.logger = logger
    }

    /// Runs until a graceful shutdown or until it is cancelled; a transaction in hand is finished or given up.
    package func run() async {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                for settings in sets {
                    var logger = logger
                    logger[metadataKey: "set"] = "\(settings.name)"
                    group.addTask { [logger] in
                        var follower = SetFollower(settings, store, mode, pace, leads: leads, logger: logger)
                        await follower.run()
                    }
                }
            }
        }
    }
}
