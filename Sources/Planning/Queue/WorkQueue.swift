import Fleet

/// The queue of one lane: which resources to look at next. A state machine without a clock, a thread or a wait.
///
/// A key says only "look at this one": a lost reason or a doubled event is harmless. Its laws:
///
/// 1. **Once.** A key stands in the queue once, however often it is added.
/// 2. **Alone.** A key that was taken is not given out again before `finish`. Added meanwhile, it runs again after.
/// 3. **The earlier due time wins**, and **the higher urgency wins**, whichever came with which `add`. So a change also
///    ends a backoff early. A due time in the past counts as now.
/// 4. **Changes first.** While a change is due, a batch has at most `changeBatch` keys and takes changes; otherwise it
///    takes up to `limit` of resync. A resync key that was due for longer than `agedAfter` may then go before newer
///    changes: of four places at most one while changes wait for it, and every place that they leave free. So
///    neither starves: a change waits for one place in four, an aged resync key for at most three changes.
/// 5. **Order.** Within an urgency by due time, then kind (policies, pools, nodes), then arrival.
/// 6. **Backoff.** A failure counts an attempt and delays its key alone, by `backoff`, under the urgency it ran with.
///    Success forgets. `retry(after:)` tells in advance exactly what `finish(.failed)` will do.
/// 7. **Waiting.** A key that waits for another resource is not retried; `wake` or a new `add` brings it back. A wake
///    that comes while the key still runs is not lost. A woken key comes as resync, because a pool may wake thousands.
/// 8. **Pause.** `pause` stops the whole queue for a while (MongoDB is away): no key counts an attempt.
/// 9. **Nothing is lost.** Each key that was added, is due, and does not wait is taken in the end.
///
/// Every operation is O(log n), `counts` O(number due). The jitter comes from the seed: the same calls give the same
/// answers. Feed all calls from one clock; the queue itself tolerates a step back by a delay as long as the step.
package struct WorkQueue: Sendable {
    /// The most keys of a batch while changes wait: 16 settle in a few milliseconds, 512 take up to 60.
    package static let changeBatch = 16
    /// How long a resync key stands behind changes before it may go ahead of some, in milliseconds.
    package static let agedAfter: Int64 = 10_000
    /// How many changes go for each aged resync key while both wait.
    package static let changesPerAged = 3
    /// The longest delay of `Outcome.rerun`, in milliseconds.
    package static let rerunJitter: Int64 = 20

    struct Run {
        let taken: UInt64
        let urgency: Urgency
    }

    let seed: UInt64
    let backoff: Backoff
    var slots = QueueSlots()
    var changes = SlotHeap()
    var resyncs = SlotHeap()
    var runs: [Int32: Run] = [:]
    /// Numbers arrivals, takes and wakes, so that their order is known.
    var sequence: UInt64 = 0
    var changesSinceAged = 0
    var waiters: [ResourceKey: Set<Int32>] = [:]
    var waitsFor: [Int32: ResourceKey] = [:]
    /// When a resource last woke its waiters, kept while anything runs that may yet say that it waits for it.
    var wakes: [ResourceKey: UInt64] = [:]
    var pausedUntil: Timestamp?

    package init(seed: UInt64, backoff: Backoff = .retry) {
        self.seed = seed
        self.backoff = backoff
    }

    /// Asks for a look at `key` at `due`, or at once if that has passed. Idempotent; merges by laws 1 to 3.
    package mutating func add(_ key: ResourceKey, _ urgency: Urgency, due: Timestamp, now: Timestamp) {
        let due = max(due, now).milliseconds
        guard let slot = slots.slot(of: key) else {
            return schedule(slots.insert(key), urgency, due: due)
        }
        switch slots[slot].place {
        case .running:
            let wanted = slots[slot].again
            slots[slot].due = wanted ? min(slots[slot].due, due) : due
            slots[slot].urgency = wanted ? min(slots[slot].urgency, urgency) : urgency
            slots[slot].again = true
        case .scheduled: advance(slot, urgency, due: due)
        case .parked, .free: schedule(slot, urgency, due: due)
        }
    }

    /// Ends the work on a key that `take` gave out; a key that is not running is left as it is.
    package mutating func finish(_ key: ResourceKey, _ outcome: Outcome, now: Timestamp) {
        guard let slot = slots.slot(of: key), let run = runs.removeValue(forKey: slot) else { return }
        var next: (urgency: Urgency, due: Int64)?
        switch outcome {
        case .settled(let again):
            slots[slot].attempts = 0
            if let again { next = (.resync, max(again, now).milliseconds) }
        case .rerun:
            var generator = generator(of: run)
            next = (run.urgency, now.milliseconds + Int64.random(in: 1...WorkQueue.rerunJitter, using: &generator))
        case .failed:
            let (attempts, delay) = retry(of: slot, run)
            slots[slot].attempts = UInt32(clamping: attempts)
            next = (run.urgency, now.milliseconds + delay)
        case .waiting(let other):
            slots[slot].attempts = 0
            if let woken = wakes[other], woken > run.taken {
                next = (.resync, now.milliseconds)
            } else {
                waiters[other, default: []].insert(slot)
                waitsFor[slot] = other
            }
        }
        if slots[slot].again {
            let added = (urgency: slots[slot].urgency, due: slots[slot].due)
            next = next.map { (min($0.urgency, added.urgency), min($0.due, added.due)) } ?? added
        }
        if let next {
            schedule(slot, next.urgency, due: next.due)
        } else if waitsFor[slot] != nil {
            slots[slot].place = .parked
        } else {
            slots.remove(slot)
        }
        if runs.isEmpty { wakes.removeAll(keepingCapacity: true) }
    }

    /// What a failure of a running key would mean now: how many failures in a row that makes, and the delay in
    /// milliseconds until the next try (unless an `add` comes first). `finish(.failed)` with the same `now` does exactly
    /// this, so the status document can say it in advance. For a key that is not running: the next failure's figures
    /// before jitter.
    package func retry(after key: ResourceKey) -> (attempts: Int64, delay: Int64) {
        guard let slot = slots.slot(of: key) else { return (1, backoff.delay(attempt: 1)) }
        guard let run = runs[slot] else {
            let attempts = Int64(slots[slot].attempts) + 1
            return (attempts, backoff.delay(attempt: attempts))
        }
        return retry(of: slot, run)
    }

    /// Brings back at once all keys that wait for `resource`, and those that run and are about to wait for it.
    ///
    /// - Returns: how many waited.
    @discardableResult
    package mutating func wake(waitersOf resource: ResourceKey, now: Timestamp) -> Int {
        sequence += 1
        if !runs.isEmpty { wakes[resource] = sequence }
        // In the order in which they came, not of hashes: the same calls give the same answers.
        let woken = (waiters.removeValue(forKey: resource) ?? []).sorted { slots[$0].arrival < slots[$1].arrival }
        for slot in woken {
            waitsFor[slot] = nil
            switch slots[slot].place {
            case .parked: schedule(slot, .resync, due: now.milliseconds)
            case .scheduled: advance(slot, .resync, due: now.milliseconds)
            case .running, .free: break
            }
        }
        return woken.count
    }
}

extension WorkQueue {
    private func retry(of slot: Int32, _ run: Run) -> (attempts: Int64, delay: Int64) {
        let attempts = Int64(slots[slot].attempts) + 1
        var generator = generator(of: run)
        return (attempts, backoff.delay(attempt: attempts, jitter: &generator))
    }

    /// One generator a run, so that `retry(after:)` and `finish` draw the same number.
    private func generator(of run: Run) -> SeededGenerator { SeededGenerator(seed: seed &+ run.taken) }

    private mutating func schedule(_ slot: Int32, _ urgency: Urgency, due: Int64) {
        sequence += 1
        slots[slot].urgency = urgency
        slots[slot].due = due
        slots[slot].arrival = sequence
        slots[slot].again = false
        slots[slot].place = .scheduled
        insert(slot)
    }

    /// Merges a further wish into a scheduled key.
    private mutating func advance(_ slot: Int32, _ urgency: Urgency, due: Int64) {
        if urgency < slots[slot].urgency {
            remove(slot)
            slots[slot].urgency = urgency
            slots[slot].due = min(due, slots[slot].due)
            insert(slot)
        } else if due < slots[slot].due {
            slots[slot].due = due
            switch slots[slot].urgency {
            case .change: changes.moved(slot, in: &slots.entries)
            case .resync: resyncs.moved(slot, in: &slots.entries)
            }
        }
    }

    private mutating func insert(_ slot: Int32) {
        switch slots[slot].urgency {
        case .change: changes.insert(slot, in: &slots.entries)
        case .resync: resyncs.insert(slot, in: &slots.entries)
        }
    }

    mutating func remove(_ slot: Int32) {
        switch slots[slot].urgency {
        case .change: changes.remove(slot, in: &slots.entries)
        case .resync: resyncs.remove(slot, in: &slots.entries)
        }
    }
}
