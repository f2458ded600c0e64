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
    let clock: any EngineClock
    let tuning: Tuning
    let logger: Logger

    /// Returns when the task is cancelled or `isStopping` answers true between two batches; throws when leadership is
    /// lost.
    func run(until isStopping: @Sendable () -> Bool) async throws {
        while !Task.isCancelled, !isStopping() {
            if try await step() { continue }
            await lane.signal.wait(until: lane.nextDue(), clock)
        }
    }

    /// Works on one batch if something is due; false if nothing is.
    func step() async throws -> Bool {
        let keys = lane.take(upTo: tuning.creations, now: clock.now())
        guard !keys.isEmpty else { return false }
        do {
            let result = try await runner.run(keys, on: lane)
            KillPoint.hit(.batchSettling)
            try await follow(lane.owe(result.followUps))
            lane.settled()
            for (key, poolID) in result.strays {
                lanes.add(key, pool: poolID, keys.count > tuning.bulk ? .resync : .change)
            }
            lane.finish(result.outcomes, now: clock.now())
            lane.resume()
        } catch let error as StoreError {
            guard case .fenced = error else { return pause(keys, because: error) }
            throw error
        }
        return true
    }

    /// MongoDB is away or refuses us as a whole: no key is to blame.
    private func pause(_ keys: [ResourceKey], because error: StoreError) -> Bool {
        logger.warning("the store can't be used now; trying again", metadata: ["why": "\(error)"])
        let now = clock.now()
        lane.finish(keys.map { ($0, .rerun) }, now: now)
        lane.pause(now: now)
        return true
    }

    private func follow(_ followUps: FollowUps) async throws {
        health.watch(followUps.silent)
        lanes.wake(waitersOf: followUps.changed)
        for poolID in followUps.pools { lanes.add(ResourceKey(.nodePool, poolID), pool: poolID, .resync) }
        for poolID in followUps.suspensions {
            for key in try await store.nodes(inPool: poolID) { lanes.add(key, pool: poolID, .resync) }
        }
        for policyID in followUps.policies {
            lanes.add(ResourceKey(.scalingPolicy, policyID), pool: nil, .resync)
            for key in try await store.pools(naming: policyID) { lanes.add(key, pool: key.id, .resync) }
        }
    }
}
