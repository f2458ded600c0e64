import Fleet
import FleetStore
import Planning

/// All lanes of one leadership, and what is laid on which.
final class Lanes: Sendable {
    let map: LaneMap
    let all: [Lane]
    private let clock: any EngineClock
    private let bulk: Int

    /// - Parameter bulk: more changes than this at a time are bulk, which single changes pass.
    init(count: Int, clock: any EngineClock, bulk: Int) {
        map = LaneMap(count: count)
        all = (0..<count).map { Lane($0, seed: UInt64($0) &+ 1) }
        self.clock = clock
        self.bulk = bulk
    }

    /// What the feed told.
    func add(_ changes: [FeedChange]) {
        let urgency: Urgency = changes.count > bulk ? .resync : .change
        let now = clock.now()
        let byLane = Dictionary(grouping: changes) { map.lane(of: $0.key, pool: $0.poolID) }
        for (lane, changes) in byLane { all[lane].add(changes.lazy.map(\.key), urgency, now: now) }
    }

    /// Follow-ups of what was written, and what a look at everything found.
    func add(_ key: ResourceKey, pool poolID: String?, _ urgency: Urgency, due: Timestamp? = nil) {
        all[map.lane(of: key, pool: poolID)].add([key], urgency, due: due, now: clock.now())
    }

    /// Who waits for one of these resources may stand on any lane.
    func wake(waitersOf keys: Set<ResourceKey>) {
        guard !keys.isEmpty else { return }
        let now = clock.now()
        for lane in all { lane.wake(waitersOf: keys, now: now) }
    }
}
