import Fleet
import Planning
import Synchronization

/// One lane: its queue, and the signal that something was put into it.
final class Lane: Sendable {
    let index: Int
    let signal = Signal()
    private let queue: Mutex<WorkQueue>
    private let owed = Mutex(FollowUps())

    init(_ index: Int, seed: UInt64) {
        self.index = index
        queue = Mutex(WorkQueue(seed: seed))
    }

    func add(_ keys: some Sequence<ResourceKey>, _ urgency: Urgency, due: Timestamp? = nil, now: Timestamp) {
        queue.withLock { queue in
            for key in keys { queue.add(key, urgency, due: due ?? now, now: now) }
        }
        signal.raise()
    }

    func take(upTo limit: Int, now: Timestamp) -> [ResourceKey] {
        queue.withLock { $0.take(upTo: limit, now: now) }
    }

    func finish(_ outcomes: [(key: ResourceKey, outcome: Outcome)], now: Timestamp) {
        queue.withLock { queue in
            for (key, outcome) in outcomes { queue.finish(key, outcome, now: now) }
        }
    }

    func wake(waitersOf keys: Set<ResourceKey>, now: Timestamp) {
        let woken = queue.withLock { queue in
            keys.reduce(0) { $0 + queue.wake(waitersOf: $1, now: now) }
        }
        if woken > 0 { signal.raise() }
    }

    /// What a failure of the key would mean now: how many in a row, and how long until the next attempt.
    func retry(after key: ResourceKey) -> (attempts: Int64, delay: Int64) {
        queue.withLock { $0.retry(after: key) }
    }

    func changeWaits(now: Timestamp) -> Bool { queue.withLock { $0.changeWaits(now) } }

    func nextDue() -> Timestamp? { queue.withLock { $0.nextDue } }

    /// MongoDB is away: nothing is taken until then, and no key counts an attempt.
    func pause(until end: Timestamp) { queue.withLock { $0.pause(until: end) } }

    func resume() {
        queue.withLock { $0.resume() }
        signal.raise()
    }

    /// What was committed makes this due; it is owed until `settled`, also when the store goes away in between.
    func owe(_ followUps: FollowUps) -> FollowUps {
        owed.withLock { owed in
            owed.merge(followUps)
            return owed
        }
    }

    func settled() { owed.withLock { $0 = FollowUps() } }

    func counts(now: Timestamp) -> WorkQueue.Counts { queue.withLock { $0.counts(now) } }
}
