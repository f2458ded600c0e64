import Fleet
import FleetStore
import Logging
import ServiceLifecycle

/// The reconcile daemon: waits for the lease, leads while it has it, stands by when it lost it, stops when told to.
package struct Daemon: Service {
    /// What it is put together from; the command line does it.
    package struct Parts: Sendable {
        /// Stable over restarts, different for each daemon of a database.
        package var instance: String
        package var store: any Store & LeaseStore
        /// As the database was prepared.
        package var laneCount: Int
        package var clock: any EngineClock
        /// Nil: no pool's provider is ever asked.
        package var providing: Providing?
        /// Ends the process: called when a stop takes too long, because a blocked call can't be cancelled.
        package var abandon: @Sendable () -> Void

        package init(
            instance: String, store: any Store & LeaseStore, laneCount: Int, clock: any EngineClock,
            providing: Providing? = nil, abandon: @escaping @Sendable () -> Void = {}
        ) {
            self.instance = instance
            self.store = store
            self.laneCount = laneCount
            self.clock = clock
            self.providing = providing
            self.abandon = abandon
        }
    }

    /// What having nodes made takes.
    package struct Providing: Sendable {
        package var store: any ProviderStore
        package var provider: any NodeProvider

        package init(store: any ProviderStore, provider: any NodeProvider) {
            self.store = store
            self.provider = provider
        }
    }

    private let parts: Parts
    private let tuning: Tuning
    private let logger: Logger
    private let metrics = EngineMetrics()
    /// For probes.
    package let progress: DaemonProgress

    package init(_ parts: Parts, tuning: Tuning = Tuning(), logger: Logger) {
        self.parts = parts
        self.tuning = tuning
        self.logger = logger
        progress = DaemonProgress(parts.clock)
    }

    /// Runs until a graceful shutdown; what is in hand then is finished, or left as a crash would leave it.
    ///
    /// Throws only before it has led: `.refused` and `.notPrepared`, which trying again does not mend. Later on they
    /// may be a mistake that is taken back.
    package func run() async throws {
        try await withGracefulShutdownHandler {
            try await work()
        } onGracefulShutdown: { [parts, tuning] in
            Task {
                try? await parts.clock.sleep(for: tuning.stopGrace)
                parts.abandon()
            }
        }
    }

    private func work() async throws {
        let keeper = LeaseKeeper(
            leases: parts.store, clock: parts.clock, tuning: tuning, instance: parts.instance, progress: progress,
            logger: logger)
        var restarted = true
        var former: Lease?
        while !Task.isShuttingDownGracefully {
            guard let lease = try await acquire(keeper, restarted: restarted, former: former) else { break }
            former = lease
            KillPoint.hit(.leaseTaken)
            logger.info("leading", metadata: ["epoch": "\(lease.epoch)", "instance": "\(parts.instance)"])
            do {
                try await lead(lease, keeper)
                try? await parts.store.release(lease)
            } catch let error as StoreError {
                try? await parts.store.release(lease)
                switch error {
                case .fenced:
                    logger.error(
                        "a write was refused: another daemon leads; standing down",
                        metadata: ["epoch": "\(lease.epoch)"])
                case .refused, .notPrepared:
                    guard !restarted else { throw error }
                    logger.error("could not lead", metadata: ["why": "\(error)"])
                default: logger.error("could not lead", metadata: ["why": "\(error)"])
                }
                // Whatever it was, it is not to be tried as fast as the machine can.
                try? await cancelWhenGracefulShutdown { try await parts.clock.sleep(for: tuning.renewalInterval) }
            }
            restarted = false
        }
        logger.info("stopped")
    }

    /// Nil when the daemon is told to stop.
    private func acquire(_ keeper: LeaseKeeper, restarted: Bool, former: Lease?) async throws -> Lease? {
        do {
            return try await cancelWhenGracefulShutdown {
                try await keeper.acquire(restarted: restarted, former: former)
            }
        } catch is CancellationError {
            return nil
        }
    }

    /// Leads until the lease is lost, a write is fenced off, or the daemon stops.
    private func lead(_ lease: Lease, _ keeper: LeaseKeeper) async throws {
        let leader = Leader(
            parts.store, providing: parts.providing, instance: parts.instance, epoch: lease.epoch,
            laneCount: parts.laneCount, clock: parts.clock,
            tuning: tuning, metrics: metrics, progress: progress, logger: logger)
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: String?.self) { group in
                // The lease is kept from the start: fences that a dead leader locked may take a while.
                group.addTask { try await keeper.hold(lease) }
                group.addTask {
                    try await parts.store.raiseFences(to: lease)
                    KillPoint.hit(.fencesRaised)
                    try await leader.run()
                    return nil
                }
                defer { group.cancelAll() }
                if let lost = try await group.next() ?? nil {
                    logger.error("standing down", metadata: ["why": "\(lost)", "epoch": "\(lease.epoch)"])
                }
            }
        } onGracefulShutdown: {
            leader.stop()
        }
    }
}
