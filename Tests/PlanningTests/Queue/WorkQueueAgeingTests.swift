import Fleet
import Planning
import Testing

/// Neither changes nor resync may starve.
struct WorkQueueAgeingTests {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)
    var queue = WorkQueue(seed: 3)
    let now = start

    func later(_ milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: WorkQueueAgeingTests.start.milliseconds + milliseconds)
    }

    func old(_ number: Int) -> ResourceKey { ResourceKey(.node, "node_old_\(number)") }
    func new(_ number: Int) -> ResourceKey { ResourceKey(.node, "node_new_\(number)") }

    @Test mutating func `after ten seconds resync gets one place in four, before that none`() {
        for number in 0..<100 { queue.add(old(number), .resync, due: now, now: now) }
        for number in 0..<100 { queue.add(new(number), .change, due: later(9_000), now: now) }
        let young = queue.take(upTo: 512, now: later(WorkQueue.agedAfter))
        #expect(young == (0..<16).map(new))
        let aged = queue.take(upTo: 512, now: later(WorkQueue.agedAfter + 1))
        #expect(aged.filter { $0.id.hasPrefix("node_old") } == (0..<4).map(old))
        #expect(aged.filter { $0.id.hasPrefix("node_new") } == (16..<28).map(new))
    }

    @Test mutating func `places that changes leave free go to aged resync, the batch stays small`() {
        for number in 0..<100 { queue.add(old(number), .resync, due: now, now: now) }
        queue.add(new(1), .change, due: later(11_000), now: later(11_000))
        let batch = queue.take(upTo: 512, now: later(11_000))
        #expect(batch.count == WorkQueue.changeBatch)
        #expect(batch.first == new(1))
    }

    @Test(arguments: [1, 2, 3, 5, 16, 512])
    mutating func `an aged key waits for at most three changes, however small the batches`(limit: Int) {
        for number in 0..<40 { queue.add(old(number), .resync, due: now, now: now) }
        var served: [ResourceKey] = []
        var instant: Int64 = 11_000
        var changes = 0
        while served.count < 160 {
            // Twice as many changes as can be served.
            for _ in 0..<2 * min(limit, 16) {
                queue.add(new(changes), .change, due: later(instant), now: later(instant))
                changes += 1
            }
            let batch = queue.take(upTo: limit, now: later(instant))
            for key in batch { queue.finish(key, .settled(again: nil), now: later(instant)) }
            served += batch
            instant += 5
        }
        let aged = served.indices.filter { served[$0].id.hasPrefix("node_old") }
        #expect(aged.count == 40)
        for (earlier, next) in zip([-1] + aged, aged) {
            let between = next - earlier - 1
            #expect(between == WorkQueue.changesPerAged, "at \(next)")
        }
        let order = served.filter { $0.id.hasPrefix("node_new") }
        #expect(order == (0..<order.count).map(new), "changes keep their order")
    }

    @Test mutating func `a change arriving in a convergence is in the very next batch`() {
        for number in 0..<5000 { queue.add(old(number), .resync, due: now, now: now) }
        var instant: Int64 = 0
        for round in 0..<9 {
            let batch = queue.take(upTo: 512, now: later(instant))
            queue.add(new(round), .change, due: later(instant + 1), now: later(instant + 1))
            #expect(queue.changeWaits(later(instant + 1)), "the batch is to be cut short")
            for key in batch { queue.finish(key, .settled(again: nil), now: later(instant + 40)) }
            #expect(queue.take(upTo: 512, now: later(instant + 40)).contains(new(round)))
            queue.finish(new(round), .settled(again: nil), now: later(instant + 41))
            instant += 2000
        }
    }
}
