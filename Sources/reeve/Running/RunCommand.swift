import ArgumentParser
import Engine
import FleetStore
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals
import Web

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the daemon that keeps what is declared.",
        discussion: """
            It follows every change of declarations and documents, puts back what was changed by hand, judges nodes by \
            their heartbeats, and writes what it made of each resource into its status.

            Any number of daemons may run on one database: one leads, the others stand by and take over within \
            15 seconds, or at once when the leader stops on SIGTERM or SIGINT. Two \
            on one host need different names (--instance).

            Examples:
              reeve run
              reeve run --instance rack-7 --log-format json
              reeve run --listen 127.0.0.1:8095
              reeve run --watch prod=/srv/fleet

            Exit codes: 0 stopped by a signal, 5 the database is not prepared or refuses us.
            """)

    enum LogFormat: String, CaseIterable, ExpressibleByArgument {
        case text, json
    }

    @Option(
        help: ArgumentHelp(
            "The name of this daemon: the same after a restart, different from any other's (default: the host's name).",
            valueName: "name"))
    var instance: String?

    @Option(help: "How the log is written, on standard error.")
    var logFormat: LogFormat = .text

    @OptionGroup var listening: ListeningOptions

    @OptionGroup var watching: WatchingOptions

    @OptionGroup var following: FollowingOptions

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if let instance, instance.isEmpty || instance.contains("/") {
            throw ValidationError("--instance is empty or holds a slash.")
        }
        if watching.isGiven, listening.listen == nil {
            throw ValidationError("--page-token-file, --allowed-host and --metrics-max-objects go with --listen.")
        }
    }

    func run() async throws {
        let instance = instance ?? ProcessInfo.processInfo.hostName.replacing("/", with: "-")
        let logger = logFormat.logger(level: global.verbose ? .debug : .info)
        try await global.withStore(role: "daemon", instance: instance, logger: logger) { store in
            // Signals are the group's; it says nothing of its own below a warning.
            var quiet = logger
            quiet.logLevel = global.verbose ? .debug : .warning
            let clock = try await ServerClock(store)
            // Before the daemon is made: what it counts goes where the metrics are shown.
            let shown = try listening.listen.map { try Watching(watching, at: $0, store: store) }
            let daemon = Daemon(
                Daemon.Parts(
                    instance: instance, store: store, laneCount: try await store.lanes(), clock: clock,
                    providing: Daemon.Providing(store: store, provider: ExecProvider()),
                    abandon: { _exit(ExitStatus.done.rawValue) }),
                logger: logger)
            var services: [any Service] = [daemon]
            // Before it leads: whoever judges nodes has to know that until now none could report.
            if shown != nil { try await store.ingestServes(instance, lapse: Ingest.lapseSeconds) }
            if let address = listening.listen, let shown {
                let parts = Listening.Parts(
                    instance: instance, store: store, clock: clock, watching: shown, progress: daemon.progress)
                services.append(try Listening(address, listening, parts, logger: logger))
            }
            let sets = try following.service(
                instance: instance, store: store, progress: daemon.progress, logger: logger)
            if let sets { services.append(sets) }
            try await ServiceGroup(
                services: [Together(services: services, logger: quiet)], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: quiet
            ).run()
        }
    }
}
