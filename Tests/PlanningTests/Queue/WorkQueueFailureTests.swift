import Fleet
import Planning
import Testing

/// What follows a failure, a conflict, a missing resource, and an absent store.
struct WorkQueueFailureTests {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)
    var queue = WorkQueue(seed: 11)
    let now = start
    let key = ResourceKey(.node, "node_1")
    let pool = ResourceKey(.nodePool, "pool_1")

    func later(_ milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: WorkQueueFailureTests.start.milliseconds + milliseconds)
    }

    /// Adds and takes `key`, which then runs.
    mutating func run(_ urgency: Urgency = .change, at instant: Timestamp) {
        queue.add(key, urgency, due: instant, now: instant)
        let taken = queue.take(upTo: 1, now: instant)
        #expect(taken == [key])
    }

    @Test mutating func `each failure counts, and its delay is the one that was told`() throws {
        var instant = now
        queue.add(key, .change, due: now, now: now)
        for attempt in Int64(1)...14 {
            #expect(queue.take(upTo: 1, now: instant) == [key])
            let told = queue.retry(after: key)
            #expect(told == queue.retry(after: key), "asking changes nothing")
            #expect(told.attempts == attempt)
            let full = Backoff.retry.delay(attempt: attempt)
            #expect(full - full / 4 <= told.delay && told.delay <= full)
            queue.finish(key, .failed, now: instant)
            let due = Timestamp(milliseconds: instant.milliseconds + told.delay)
            #expect(queue.nextDue == due)
            #expect(queue.take(upTo: 1, now: Timestamp(milliseconds: due.milliseconds - 1)) == [])
            #expect(queue.changeWaits(due), "retried under the urgency it ran with")
            instant = due
        }
    }

    @Test mutating func `success forgets the failures`() {
        run(at: now)
        queue.finish(key, .failed, now: now)
        run(at: later(10))
        #expect(queue.retry(after: key).attempts == 2)
        queue.finish(key, .settled(again: nil), now: later(10))
        #expect(queue.counts(later(10)) == WorkQueue.Counts())
        run(at: later(20))
        #expect(queue.retry(after: key).attempts == 1)
    }

    @Test mutating func `success forgets also when the key runs again`() {
        run(at: now)
        queue.finish(key, .failed, now: now)
        run(at: later(10))
        queue.add(key, .change, due: later(10), now: later(10))
        queue.finish(key, .settled(again: later(60_000)), now: later(10))
        #expect(queue.take(upTo: 1, now: later(10)) == [key], "the earlier of timer and change")
        #expect(queue.retry(after: key).attempts == 1)
    }

    @Test mutating func `a change ends a backoff early and keeps its count`() {
        run(at: now)
        queue.finish(key, .failed, now: now)
        #expect(queue.take(upTo: 1, now: later(5)) == [])
        queue.add(key, .change, due: later(5), now: later(5))
        #expect(queue.take(upTo: 1, now: later(5)) == [key])
        #expect(queue.retry(after: key).attempts == 2)
    }

    @Test mutating func `one key's failure delays no other`() {
        let other = ResourceKey(.node, "node_2")
        run(at: now)
        queue.finish(key, .failed, now: now)
        queue.add(other, .resync, due: now, now: now)
        #expect(queue.take(upTo: 9, now: now) == [other])
    }

    @Test func `a key that is not in the queue would begin with its first attempt`() {
        #expect(queue.retry(after: key) == (1, 1000))
    }

    @Test mutating func `a conflict runs again within milliseconds and counts nothing`() {
        run(at: now)
        queue.finish(key, .failed, now: now)
        run(at: later(10))
        queue.finish(key, .rerun, now: later(10))
        #expect(queue.take(upTo: 1, now: later(10)) == [])
        #expect(queue.take(upTo: 1, now: later(10 + WorkQueue.rerunJitter)) == [key])
        #expect(queue.retry(after: key).attempts == 2, "the earlier failure is neither forgotten nor joined by another")
    }

    @Test mutating func `a timer comes back as resync at its time`() {
        run(at: now)
        queue.finish(key, .settled(again: later(3_600_000)), now: now)
        #expect(queue.counts(now).delayed == 1)
        #expect(queue.take(upTo: 1, now: later(3_599_999)) == [])
        #expect(!queue.changeWaits(later(3_600_000)))
        #expect(queue.take(upTo: 1, now: later(3_600_000)) == [key])
    }

    @Test mutating func `finishing what does not run changes nothing`() {
        queue.finish(key, .failed, now: now)
        #expect(queue.counts(now) == WorkQueue.Counts())
        queue.add(key, .change, due: now, now: now)
        queue.finish(key, .settled(again: nil), now: now)
        #expect(queue.take(upTo: 1, now: now) == [key])
    }

    // MARK: Waiting for another resource

    @Test mutating func `a waiting key is not retried until it is woken`() {
        run(at: now)
        queue.finish(key, .waiting(for: pool), now: now)
        #expect(queue.counts(now).waiting == 1)
        #expect(queue.nextDue == nil)
        #expect(queue.take(upTo: 9, now: later(86_400_000)) == [])
        #expect(queue.wake(waitersOf: ResourceKey(.nodePool, "pool_2"), now: later(86_400_000)) == 0)
        #expect(queue.take(upTo: 9, now: later(86_400_000)) == [])
        #expect(queue.wake(waitersOf: pool, now: later(86_400_000)) == 1)
        #expect(queue.take(upTo: 9, now: later(86_400_000)) == [key])
        #expect(queue.retry(after: key).attempts == 1)
    }

    @Test mutating func `a wake that comes while the key runs is not lost`() {
        run(at: now)
        queue.wake(waitersOf: pool, now: later(1))
        queue.finish(key, .waiting(for: pool), now: later(2))
        #expect(queue.take(upTo: 1, now: later(2)) == [key])
        // That wake was before this run began: it counts no more.
        queue.finish(key, .waiting(for: pool), now: later(3))
        #expect(queue.take(upTo: 1, now: later(3)) == [])
        #expect(queue.counts(later(3)).waiting == 1)
    }

    @Test mutating func `an add brings a waiting key back without a wake`() {
        run(at: now)
        queue.finish(key, .waiting(for: pool), now: now)
        queue.add(key, .resync, due: later(5), now: later(5))
        #expect(queue.take(upTo: 1, now: later(5)) == [key])
        queue.finish(key, .settled(again: nil), now: later(5))
        queue.wake(waitersOf: pool, now: later(6))
        #expect(queue.counts(later(6)) == WorkQueue.Counts(), "it waits no more")
    }

    @Test mutating func `a waiting key that is added for later is still woken`() {
        run(at: now)
        queue.finish(key, .waiting(for: pool), now: now)
        queue.add(key, .resync, due: later(60_000), now: now)
        queue.wake(waitersOf: pool, now: later(5))
        #expect(queue.take(upTo: 1, now: later(5)) == [key])
    }

    @Test mutating func `a woken crowd does not stand before a change`() {
        let crowd = (0..<50).map { ResourceKey(.node, "node_crowd_\($0)") }
        for node in crowd { queue.add(node, .change, due: now, now: now) }
        while case let batch = queue.take(upTo: 16, now: now), !batch.isEmpty {
            for node in batch { queue.finish(node, .waiting(for: pool), now: now) }
        }
        queue.wake(waitersOf: pool, now: later(1))
        queue.add(key, .change, due: later(2), now: later(2))
        #expect(queue.take(upTo: 512, now: later(2)) == [key])
        #expect(Set(queue.take(upTo: 512, now: later(2))) == Set(crowd))
    }

    // MARK: The whole queue paused

    @Test mutating func `a pause holds every key and counts an attempt for none`() {
        run(at: now)
        queue.pause(until: later(500))
        queue.finish(key, .rerun, now: now)
        #expect(queue.isPaused(later(499)))
        #expect(queue.take(upTo: 9, now: later(499)) == [])
        #expect(!queue.changeWaits(later(499)))
        #expect(queue.nextDue == later(500))
        #expect(queue.take(upTo: 9, now: later(500)) == [key])
        #expect(queue.retry(after: key).attempts == 1)
    }

    @Test mutating func `an answer ends a pause at once`() {
        queue.pause(until: later(15_000))
        queue.add(key, .change, due: now, now: now)
        #expect(queue.take(upTo: 1, now: now) == [])
        queue.resume()
        #expect(queue.take(upTo: 1, now: now) == [key])
    }

    @Test mutating func `a paused queue without keys has nothing due`() {
        queue.pause(until: later(500))
        #expect(queue.nextDue == nil)
    }
}
