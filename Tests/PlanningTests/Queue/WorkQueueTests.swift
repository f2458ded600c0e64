import Fleet
import Planning
import Testing

struct WorkQueueTests {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)
    var queue = WorkQueue(seed: 7)
    let now = start

    func later(_ milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: WorkQueueTests.start.milliseconds + milliseconds)
    }

    func node(_ number: Int) -> ResourceKey { ResourceKey(.node, "node_\(number)") }

    @Test mutating func `a key added often is taken once`() {
        for _ in 0..<5 { queue.add(node(1), .change, due: now, now: now) }
        #expect(queue.take(upTo: 10, now: now) == [node(1)])
        #expect(queue.take(upTo: 10, now: now) == [])
    }

    @Test mutating func `a key added while it runs runs again after it, not beside it`() {
        queue.add(node(1), .change, due: now, now: now)
        _ = queue.take(upTo: 1, now: now)
        queue.add(node(1), .change, due: now, now: now)
        #expect(queue.take(upTo: 1, now: later(100)) == [])
        queue.finish(node(1), .settled(again: nil), now: later(100))
        #expect(queue.take(upTo: 1, now: later(100)) == [node(1)])
        queue.finish(node(1), .settled(again: nil), now: later(100))
        #expect(queue.counts(later(100)) == WorkQueue.Counts())
        #expect(queue.nextDue == nil)
    }

    @Test mutating func `the earlier due time and the higher urgency win, whichever came with which`() {
        queue.add(node(1), .change, due: later(5000), now: now)
        queue.add(node(1), .resync, due: later(1000), now: now)
        queue.add(node(1), .resync, due: later(9000), now: now)
        #expect(queue.nextDue == later(1000))
        #expect(queue.take(upTo: 1, now: later(999)) == [])
        #expect(queue.changeWaits(later(1000)))
        #expect(queue.take(upTo: 1, now: later(1000)) == [node(1)])
    }

    @Test mutating func `while changes wait a batch is small and holds nothing else`() {
        for number in 0..<100 { queue.add(node(number), .resync, due: now, now: now) }
        for number in 100..<120 { queue.add(node(number), .change, due: now, now: now) }
        #expect(queue.take(upTo: 512, now: now) == (100..<116).map(node))
        #expect(queue.take(upTo: 512, now: now) == (116..<120).map(node))
        #expect(!queue.changeWaits(now))
        #expect(queue.take(upTo: 64, now: now) == (0..<64).map(node))
        #expect(queue.take(upTo: 512, now: now) == (64..<100).map(node))
    }

    @Test mutating func `policies go before pools before nodes of the same instant`() {
        let keys = [node(1), ResourceKey(.nodePool, "pool_1"), node(0), ResourceKey(.scalingPolicy, "policy_1")]
        for key in keys { queue.add(key, .resync, due: now, now: now) }
        #expect(queue.take(upTo: 9, now: now) == [keys[3], keys[1], keys[0], keys[2]])
    }
}
