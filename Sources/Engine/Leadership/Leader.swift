import Fleet
import FleetStore
import Logging
import Planning
import Synchronization

/// One leadership: from the fences' rise until the lease is lost or the daemon stops.
final class Leader: Sendable {
    private let store: any Store
    private let clock: any EngineClock
    private let tuning: Tuning
    private let logger: Logger
    private let lanes: Lanes
    private let runner: BatchRunner
    private let health: HealthWatch
    private let providing: ProviderWorker?
    private let scaling: ScalingWatch
    private let scalingWanted = Signal()
    private let permits: BulkPermits
    private let record: DaemonRecord
    private let metrics: EngineMetrics
    private let progress: DaemonProgress
    private let resyncWanted = Signal()
    /// The feed broke, and not everything was looked at since.
    private let isBehind = Mutex(false)
    private let stopping = Mutex(false)

    /// - Parameter providing: nil where nobody makes nodes.
    init(
        _ store: any Store, providing: Daemon.Providing? = nil, instance: String, epoch: Int64, laneCount: Int,
        clock: any EngineClock, tuning: Tuning,
        metrics: EngineMetrics, progress: DaemonProgress, logger: Logger
    ) {
        self.store = store
        self.clock = clock
        self.tuning = tuning
        self.logger = logger
        self.metrics = metrics
        self.progress = progress
        lanes = Lanes(count: laneCount, clock: clock, bulk: tuning.bulk)
        let record = DaemonRecord(store, instance: instance, epoch: epoch, clock: clock)
        self.record = record
        health = HealthWatch(store, lanes, clock) { record.note($0, $1, $2) }
        self.providing = providing.map { [lanes] parts in
            ProviderWorker(
                parts.store, parts.provider, lanes, epoch: epoch, clock: clock,
                interval: tuning.healthInterval, logger: logger)
        }
        let register = ScalingRegister()
        scaling = ScalingWatch(
            store, lanes, register, clock, metrics: metrics, progress: progress, logger: logger)
        runner = BatchRunner(
            store: store, epoch: epoch, map: lanes.map, register: health.register, provided: self.providing?.register,
            scaling: register, clock: clock, tuning: tuning,
            journal: Journal(logger: logger, metrics: metrics))
        permits = BulkPermits(tuning.bulkLanes)
    }

    /// Works until it is told to stop or is cancelled; throws `StoreError.fenced` when another leads.
    func run() async throws {
        metrics.leads(true)
        progress.leads(lanes)
        defer {
            metrics.leads(false)
            progress.leads(nil)
        }
        // Before anything is planned: without it nodes would be judged as if nobody knew their intervals.
        _ = try await health.register.refresh(from: store)
        let feed = try await store.feed { [self] in heard($0) }
        do {
            // Whether a lane ended.
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for lane in lanes.all {
                    let worker = LaneWorker(
                        lane: lane, lanes: lanes, runner: runner, store: store, health: health, providing: providing,
                        permits: permits,
                        clock: clock, tuning: tuning, metrics: metrics, progress: progress, logger: logger)
                    group.addTask {
                        try await worker.run(until: { self.stopping.withLock(\.self) })
                        return true
                    }
                }
                var watches = [resync, watchHealth, watchLoad]
                if let providing { watches.append(providing.run) }
                for watch in watches {
                    group.addTask {
                        try await watch()
                        return false
                    }
                }
                // The lanes end when the leader stops; what only watches is cancelled then.
                var left = lanes.all.count
                while left > 0, let isLane = try await group.next() { left -= isLane ? 1 : 0 }
                group.cancelAll()
            }
        } catch is CancellationError {
            // What watches was cancelled, as it should be.
        } catch {
            await feed.close()
            throw error
        }
        await feed.close()
    }

    /// Ends after the batches in hand.
    func stop() {
        stopping.withLock { $0 = true }
        // First: a program has two seconds to end.
        providing?.stop()
        for lane in lanes.all { lane.signal.raise() }
        resyncWanted.raise()
        scalingWanted.raise()
    }

    private func heard(_ event: FeedEvent) {
        switch event {
        case .opened:
            lanes.resume()
            resyncWanted.raise()
        case .changed(let changes):
            lanes.add(changes)
            if scaling.register.heard(changes) { scalingWanted.raise() }
        case .lost(let reason):
            logger.warning("the feed of changes broke; everything is looked at again", metadata: ["why": "\(reason)"])
            metrics.lostFeed()
            isBehind.withLock { $0 = true }
            record.note(.warning, "FeedLost", "the feed of changes broke, everything is looked at again: \(reason)")
        }
    }

    /// Once when the feed opens, and at intervals that leave the machine alone.
    private func resync() async throws {
        let resync = Resync(store: store, lanes: lanes, clock: clock, health: health, scaling: scaling.register)
        // Also when the feed does not open.
        var next: Timestamp? = clock.now().advanced(seconds: 10)
        while !Task.isCancelled {
            await resyncWanted.wait(until: next, clock)
            guard !Task.isCancelled, !stopping.withLock(\.self) else { return }
            let started = clock.uptime()
            do {
                // What breaks while it runs is looked at by the next one, which `.opened` asks for.
                let wasBehind = isBehind.withLock { isBehind in
                    defer { isBehind = false }
                    return isBehind
                }
                do {
                    let count = try await resync.run()
                    scalingWanted.raise()
                    logger.debug("looked at everything", metadata: ["due": "\(count)"])
                    if wasBehind { record.note(.normal, "Resynced", "looked at everything; to work on: \(count)") }
                } catch {
                    if wasBehind { isBehind.withLock { $0 = true } }
                    throw error
                }
                try await record.write()
            } catch StoreError.fenced {
                throw StoreError.fenced
            } catch let error as StoreError {
                logger.warning("could not look at everything", metadata: ["why": "\(error)"])
                try await clock.sleep(for: tuning.healthInterval)
                resyncWanted.raise()
            }
            let took = clock.uptime() - started
            metrics.looked(at: took)
            let pause = max(tuning.resyncInterval, took * tuning.resyncShare)
            next = Timestamp(milliseconds: clock.now().milliseconds + pause.milliseconds)
        }
    }

    private func watchHealth() async throws {
        while !Task.isCancelled {
            try await clock.sleep(for: tuning.healthInterval)
            let now = clock.now()
            metrics.waits(lanes.all.reduce(0) { $0 + $1.counts(now: now).depth })
            defer { progress.looked() }
            do {
                try await clock.synchronise(with: store)
                try await health.look()
                try await record.write()
            } catch StoreError.fenced {
                throw StoreError.fenced
            } catch let error as StoreError {
                logger.warning("could not look at heartbeats", metadata: ["why": "\(error)"])
            }
        }
    }

    /// At intervals, and soon after a look at everything or a change of a pool's declaration.
    private func watchLoad() async throws {
        while !Task.isCancelled {
            let next = Timestamp(milliseconds: clock.now().milliseconds + tuning.scalingInterval.milliseconds)
            await scalingWanted.wait(until: next, clock)
            guard !Task.isCancelled, !stopping.withLock(\.self) else { return }
            try await scaling.look()
            try await clock.sleep(for: tuning.scalingPause)
        }
    }
}
