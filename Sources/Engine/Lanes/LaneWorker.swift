import Fleet
import FleetStore
import Logging
import Planning

/// Works on one lane until it is cancelled or fenced: takes a batch, runs it, settles the queue.
struct LaneWorker: Sendable {
    let lane: Lane
    let lanes: Lanes
    let runner: BatchRunner
    let store: any Store
    let health: HealthWatch
    /// Nil where nobody makes nodes.
    var providing: ProviderWorker?
    let permits: BulkPermits
    let clock: any EngineClock
    let tuning: Tuning
    let metrics: EngineMetrics
    let progress: DaemonProgress
    let logger: Logger

    enum Step {
        case worked
        /// Nothing is due.
        case idle
        /// Bulk is due, and enough other lanes work on theirs; the lane's signal tells when to ask again.
        case blocked
    }

    /// Returns when the task is cancelled or `isStopping` answers true between two batches; throws when leadership is
    /// lost.
    func run(until isStopping: @Sendable () -> Bool) async throws {
        while !Task.isCancelled, !isStopping() {
            switch try await step() {
            case .worked: continue
            case .idle: await lane.signal.wait(until: lane.nextDue(), clock)
            case .blocked: await lane.signal.wait()
            }
        }
    }

    /// Works on one batch, if something is due.
    func step() async throws -> Step {
        let now = clock.now()
        guard let due = lane.nextDue(), due <= now else { return .idle }
        let waited = now.milliseconds - due.milliseconds
        guard !lane.changeWaits(now: now) else {
            lanes.servesChange(at: now)
            return try await work(on: lane.take(upTo: tuning.creations, now: now), waited)
        }
        guard permits.take(or: lane.signal) else { return .blocked }
        defer { permits.give() }
        let hurried = lanes.servedChange(since: now.advanced(seconds: -1))
        return try await work(on: lane.take(upTo: hurried ? tuning.changes : tuning.creations, now: now), waited)
    }

    /// - Parameter waited: how long the first of them had been due, in milliseconds.
    private func work(on keys: [ResourceKey], _ waited: Int64) async throws -> Step {
        guard !keys.isEmpty else { return .idle }
        metrics.tookBatch(dueFor: waited)
        progress.took(batchOn: lane.index)
        let (began, taken) = (clock.now(), clock.uptime())
        var failed = 0
        defer {
            progress.settled(batchOn: lane.index)
            metrics.settledBatch(after: clock.uptime() - taken, failed: failed)
        }
        do {
            let result = try await runner.run(keys, on: lane)
            KillPoint.hit(.batchSettling)
            try await follow(lane.owe(result.followUps))
            lane.settled()
            for (key, poolID) in result.strays {
                lanes.add(key, pool: poolID, keys.count > tuning.bulk ? .resync : .change)
            }
            failed = result.outcomes.count { $0.outcome == .failed }
            lane.finish(result.outcomes, now: clock.now())
            if lanes.resume(began: began) { logger.info("the store can be used again") }
        } catch let error as StoreError {
            guard case .fenced = error else { return pause(keys, begun: began, because: error) }
            throw error
        }
        return .worked
    }

    /// MongoDB is away or refuses us as a whole: no key is to blame.
    private func pause(_ keys: [ResourceKey], begun began: Timestamp, because error: StoreError) -> Step {
        if lanes.pause(began: began) {
            logger.warning("the store can't be used now; trying again", metadata: ["why": "\(error)"])
        }
        lane.finish(keys.map { ($0, .rerun) }, now: clock.now())
        return .worked
    }

    private func follow(_ followUps: FollowUps) async throws {
        health.follow(followUps)
        providing?.follow(followUps)
        runner.scaling.follow(followUps)
        lanes.wake(waitersOf: followUps.changed)
        for poolID in followUps.pools { lanes.add(ResourceKey(.nodePool, poolID), pool: poolID, .resync) }
        for (poolID, nodes) in followUps.scaled {
            for id in nodes.sorted() { lanes.add(ResourceKey(.node, id), pool: poolID, .change) }
        }
        for poolID in followUps.suspensions {
            for key in try await store.nodes(inPool: poolID) { lanes.add(key, pool: poolID, .resync) }
        }
        for policyID in followUps.policies {
            lanes.add(ResourceKey(.scalingPolicy, policyID), pool: nil, .resync)
            for key in try await store.pools(naming: policyID) { lanes.add(key, pool: key.id, .resync) }
        }
    }
}
