import Fleet
import FleetStore
import Logging
import Planning
import Synchronization

/// Looks every few seconds at the load of all scaled pools, and lays on their lanes those whose size, timers or
/// conditions would change. It decides in memory; the batch reads the pool afresh and decides again.
final class ScalingWatch: Sendable {
    /// Samples that were not read for so long are not made up for one by one: the windows are made anew.
    private static let longestMiss: Int64 = 300
    /// Seconds: what comes later than that is late for a decision, too.
    private static let longestOverlap: Int64 = 120
    /// After a rebuild that failed, seconds until the next try.
    private static let rebuildPause: Int64 = 60
    /// So many samples, or pools, are gone through before others have their turn.
    private static let bite = 1000
    private static let poolsInABite = 50

    let register: ScalingRegister
    private let store: any Store
    private let lanes: Lanes
    private let clock: any EngineClock
    private let metrics: EngineMetrics
    private let progress: DaemonProgress
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        /// Samples before this instant were read; nil before the first look.
        var readUntil: Timestamp?
        var rebuildAfter: Timestamp?
        var isFailing = false
    }

    init(
        _ store: any Store, _ lanes: Lanes, _ register: ScalingRegister, _ clock: any EngineClock,
        metrics: EngineMetrics, progress: DaemonProgress, logger: Logger
    ) {
        self.store = store
        self.lanes = lanes
        self.register = register
        self.clock = clock
        self.metrics = metrics
        self.progress = progress
        self.logger = logger
    }

    /// One look. What can't be read is said once, and holds everything: nothing is decided by what was not read.
    ///
    /// Only one at a time.
    func look() async throws {
        let began = clock.uptime()
        defer { progress.lookedAtLoad() }
        do {
            try await refresh()
            metrics.scales(pools: register.count)
            guard register.count > 0 else {
                state.withLock { $0.readUntil = nil }
                return succeeded()
            }
            try await feed()
            await decide()
            // After it, because no pool that grows waits for what is only needed to shrink.
            if await rebuild() {
                try await feed(isCatchingUp: true)
                await decide()
            }
            succeeded()
            metrics.lookedAtLoad(for: clock.uptime() - began)
        } catch StoreError.fenced {
            throw StoreError.fenced
        } catch let error as StoreError {
            let isNews = state.withLock { state in
                defer { state.isFailing = true }
                return !state.isFailing
            }
            guard isNews else { return }
            logger.warning("could not look at the pools' load; nothing is scaled", metadata: ["why": "\(error)"])
        }
    }

    private func succeeded() {
        let was = state.withLock { state in
            defer { state.isFailing = false }
            return state.isFailing
        }
        if was { logger.info("the pools' load is looked at again") }
    }

    /// Reads again the pools of which something was written.
    private func refresh() async throws {
        let stale = register.takeStale().map { ResourceKey(.nodePool, $0) }
        var rest = stale[...]
        do {
            while !rest.isEmpty {
                let keys = Array(rest.prefix(ScalingWatch.poolsInABite))
                let view = try await store.read(keys)
                let readings = try await PoolReading.read(keys, in: view, from: store)
                let found = Set(readings.map(\.id))
                for reading in readings { register.put(reading) }
                for key in keys where !found.contains(key.id) { register.remove(key.id) }
                rest = rest.dropFirst(keys.count)
            }
        } catch {
            register.touch(rest.map(\.id))
            throw error
        }
    }

    // MARK: Samples

    /// How far back samples are read again, because some are stored late: two intervals, as far as these are known.
    private var overlap: Int64 { min(2 * (register.longestInterval ?? 60), ScalingWatch.longestOverlap) }

    /// New samples into the windows.
    ///
    /// - Parameter isCatchingUp: however long ago the last ones were read.
    private func feed(isCatchingUp: Bool = false) async throws {
        let (now, overlap) = (clock.now(), overlap)
        var last = state.withLock(\.readUntil)
        if !isCatchingUp, let since = last, since.advanced(seconds: ScalingWatch.longestMiss) < now {
            register.forgetHistory()
            last = nil
        }
        let since = (last ?? now).advanced(seconds: -overlap)
        // What is further ahead than the window takes would be read again and again.
        let until = now.advanced(seconds: UsageWindow.clockTolerance)
        let samples = try await store.samples(since: since, until: until)
        metrics.readSamples(samples.count)
        var rest = samples[...]
        while !rest.isEmpty {
            register.add(rest.prefix(ScalingWatch.bite), since: last ?? since, now: now)
            rest = rest.dropFirst(ScalingWatch.bite)
            await Task.yield()
        }
        state.withLock { $0.readUntil = now }
    }

    /// Makes those windows that began empty from what is stored. Until it succeeds they are not full, so that nothing is
    /// scaled in. False if there is none.
    private func rebuild() async -> Bool {
        let (gaps, now) = (register.gaps(), clock.now())
        guard !gaps.isEmpty, state.withLock({ $0.rebuildAfter.map { $0 <= now } ?? true }) else { return false }
        do {
            let rebuild = WindowRebuild(store: store) { [progress] in progress.lookedAtLoad() }
            // A forecast looks back a day: nobody else's samples are read for that long.
            for group in Dictionary(grouping: gaps, by: \.load.minutesKept).sorted(by: { $0.key < $1.key }) {
                for (poolID, load) in try await rebuild.run(group.value, overlap: overlap, now: clock.now()) {
                    register.install(load, in: poolID)
                }
            }
            state.withLock { $0.rebuildAfter = nil }
            return true
        } catch {
            let after = now.advanced(seconds: ScalingWatch.rebuildPause)
            let isNews = state.withLock { state in
                defer { state.rebuildAfter = after }
                return state.rebuildAfter == nil
            }
            guard isNews else { return false }
            logger.warning(
                "could not read the load of the past; no pool shrinks before it is known",
                metadata: ["why": "\(error)"])
            return false
        }
    }

    // MARK: Decisions

    private func decide() async {
        var rest = register.poolIDs[...]
        var took = Duration.zero
        while !rest.isEmpty {
            let began = clock.uptime()
            let wanted = register.decide(rest.prefix(ScalingWatch.poolsInABite), now: clock.now())
            took += clock.uptime() - began
            for id in wanted { lanes.add(ResourceKey(.nodePool, id), pool: id, .change) }
            rest = rest.dropFirst(ScalingWatch.poolsInABite)
            await Task.yield()
        }
        metrics.evaluated(for: took)
    }
}
