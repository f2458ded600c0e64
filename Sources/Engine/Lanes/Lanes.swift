import Fleet
import FleetStore
import Planning
import Synchronization

/// All lanes of one leadership, and what is laid on which.
final class Lanes: Sendable {
    let map: LaneMap
    let all: [Lane]
    private let clock: any EngineClock
    private let bulk: Int
    private let outage = Mutex(Outage(seed: 1))
    private let lastChange = Mutex<Timestamp?>(nil)

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
        // Pools and policies that others own have no status that would change: their event is what is waited for.
        wake(waitersOf: Set(changes.lazy.map(\.key).filter { $0.kind != .node }))
    }

    /// Follow-ups of what was written, and what a look at everything found.
    func add(_ key: ResourceKey, pool poolID: String?, _ urgency: Urgency, due: Timestamp? = nil) {
        all[map.lane(of: key, pool: poolID)].add([key], urgency, due: due, now: clock.now())
    }

    /// A single change was served: while such come, bulk is taken in small bites, so that the next one waits for less.
    func servesChange(at now: Timestamp) { lastChange.withLock { $0 = now } }

    func servedChange(since instant: Timestamp) -> Bool { lastChange.withLock { $0.map { $0 >= instant } ?? false } }

    /// MongoDB is away, as far as the lanes know.
    var isInOutage: Bool { outage.withLock(\.isOn) }

    /// MongoDB is away: all lanes pause, under one backoff.
    ///
    /// - Parameter began: when the work that failed was begun.
    /// - Returns: true for the first lane that finds it away, so that it is said once.
    func pause(began: Timestamp) -> Bool {
        outage.withLock { outage in
            let isNews = !outage.isOn
            guard let end = outage.failed(began: began, now: clock.now()) else { return false }
            for lane in all { lane.pause(until: end) }
            return isNews
        }
    }

    /// MongoDB answers: all lanes go on at once. True if it was away.
    ///
    /// - Parameter began: when the work that went through was begun; nil for what happens now.
    @discardableResult
    func resume(began: Timestamp? = nil) -> Bool {
        outage.withLock { outage in
            let now = clock.now()
            guard outage.ended(began: began ?? now, now: now) else { return false }
            for lane in all { lane.resume() }
            return true
        }
    }

    /// Who waits for one of these resources may stand on any lane.
    func wake(waitersOf keys: Set<ResourceKey>) {
        guard !keys.isEmpty else { return }
        let now = clock.now()
        for lane in all { lane.wake(waitersOf: keys, now: now) }
    }
}
