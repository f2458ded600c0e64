import Fleet
import Testing

@testable import Planning

/// Random histories of the queue beside the model: every answer must be the same.
struct WorkQueueHistoryTests {
    @Test(arguments: [
        // Few keys meet each other in every state; many fill and empty the index and the heaps.
        (seeds: UInt64(0)..<1200, steps: 50, nodes: 9), (seeds: UInt64(1200)..<1210, steps: 200, nodes: 60),
    ])
    func `a history of the queue is a history of the model`(seeds: Range<UInt64>, steps: Int, nodes: Int) throws {
        for seed in seeds {
            var history = QueueHistory(seed: seed, nodes: nodes)
            for step in 0..<steps {
                history.step()
                if let difference = history.difference() {
                    Issue.record("seed \(seed), step \(step): \(difference)")
                    return
                }
            }
            let lost = history.drain()
            #expect(lost.isEmpty, "seed \(seed): never taken")
            #expect(history.queue.counts(history.now) == WorkQueue.Counts(), "seed \(seed): left over")
            #expect(history.queue.waiters.isEmpty && history.queue.waitsFor.isEmpty && history.queue.wakes.isEmpty)
        }
    }

    @Test func `the same calls give the same answers`() {
        var one = QueueHistory(seed: 5, nodes: 30)
        var other = QueueHistory(seed: 5, nodes: 30)
        for _ in 0..<500 {
            one.step()
            other.step()
            #expect(one.last == other.last)
        }
    }

    @Test func `keys come and go without loss while the index grows, shrinks and reuses slots`() {
        var random = SeededGenerator(seed: 9)
        var slots = QueueSlots()
        var known: [ResourceKey: Int32] = [:]
        for round in 0..<6 {
            for number in 0..<3000 {
                let key = ResourceKey(.node, "node_\(round % 2)_\(number)")
                if known[key] == nil { known[key] = slots.insert(key) }
            }
            for key in Array(known.keys).sorted() where Int.random(in: 0..<10, using: &random) < (round == 4 ? 10 : 7) {
                if let slot = known.removeValue(forKey: key) { slots.remove(slot) }
                if slots.slot(of: key) != nil { Issue.record("\(key) is still there") }
            }
            #expect(slots.count == known.count)
            for (key, slot) in known where slots.slot(of: key) != slot {
                Issue.record("\(key) is not where it was put")
            }
            #expect(Set(known.values).count == known.count, "no slot is given twice")
        }
    }
}

/// One history: the queue, the model, and what was done last.
struct QueueHistory {
    var queue: WorkQueue
    var model = QueueModel()
    var now = Timestamp(milliseconds: 1_700_000_000_000)
    var last = ""
    private var random: SeededGenerator
    private let keys: [ResourceKey]
    private var fault: String?

    init(seed: UInt64, nodes: Int) {
        queue = WorkQueue(seed: seed)
        random = SeededGenerator(seed: seed)
        keys =
            (0..<2).map { ResourceKey(.scalingPolicy, "policy_\($0)") }
            + (0..<3).map { ResourceKey(.nodePool, "pool_\($0)") }
            + (0..<nodes).map { ResourceKey(.node, "node_with_a_name_of_some_length_\($0)") }
    }

    mutating func step() {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<40: add()
        case 40..<60: take()
        case 60..<85: finish()
        case 85..<90: wake(pick(3))
        case 90..<92: pause()
        case 92..<94: resume()
        default: now.milliseconds += [1, 20, 500, 3000, 11_000, 400_000].randomElement(using: &random) ?? 1
        }
    }

    /// What the two see differently, if anything.
    func difference() -> String? {
        if let fault { return fault }
        let counts = (queue.counts(now), model.counts(now.milliseconds))
        if counts.0 != counts.1 { return "\(last): \(counts.0), not \(counts.1)" }
        if queue.nextDue?.milliseconds != model.nextDue {
            return "\(last): next due \(String(describing: queue.nextDue))"
        }
        let waits = !model.isPaused(now.milliseconds) && model.count(.change, dueBy: now.milliseconds) > 0
        if queue.changeWaits(now) != waits { return "\(last): a change waits: \(!waits)" }
        return nil
    }

    /// Lets everything end and the clock run; returns the keys that were owed a look and never got it.
    mutating func drain() -> [ResourceKey] {
        queue.resume()
        var owed = Set(model.items.filter { !$0.value.isRunning || $0.value.wish != nil }.map(\.key))
        for key in keys { queue.finish(key, .settled(again: nil), now: now) }
        for key in keys { queue.wake(waitersOf: key, now: now) }
        for _ in 0..<2 * keys.count {
            for key in queue.take(upTo: 7, now: now) {
                owed.remove(key)
                queue.finish(key, .settled(again: nil), now: now)
            }
            if let next = queue.nextDue { now = max(now, next) }
        }
        return owed.sorted()
    }

    private mutating func pick(_ first: Int = .max) -> ResourceKey {
        keys[Int.random(in: 0..<min(first, keys.count), using: &random)]
    }

    private mutating func add() {
        let key = pick()
        let urgency = Bool.random(using: &random) ? Urgency.change : .resync
        let ahead: Int64 = [-5000, 0, 0, 0, 10, 700, 20_000].randomElement(using: &random) ?? 0
        let due = Timestamp(milliseconds: now.milliseconds + ahead)
        last = "add \(key) \(urgency) \(ahead)"
        queue.add(key, urgency, due: due, now: now)
        model.add(key, urgency, due: due.milliseconds, now: now.milliseconds)
    }

    private mutating func take() {
        let limit = [0, 1, 2, 5, 16, 64].randomElement(using: &random) ?? 1
        let running = Set(model.items.filter(\.value.isRunning).map(\.key))
        let taken = queue.take(upTo: limit, now: now)
        last = "take \(limit): \(taken)"
        if !running.isDisjoint(with: taken) { fault = "\(last): one was running" }
        if Set(taken).count != taken.count { fault = "\(last): one twice" }
        let expected = model.take(upTo: limit, now: now.milliseconds)
        if taken != expected { fault = "\(last), not \(expected)" }
    }

    private mutating func finish() {
        let running = model.items.filter(\.value.isRunning).keys.sorted()
        guard let key = Int.random(in: 0..<20, using: &random) == 0 ? pick() : running.randomElement(using: &random)
        else { return }
        let timer = Timestamp(milliseconds: now.milliseconds + Int64.random(in: -10...40_000, using: &random))
        let outcome: Outcome =
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<3: .settled(again: nil)
            case 3: .settled(again: timer)
            case 4..<6: .rerun
            case 6..<8: .failed
            default: .waiting(for: pick(3))
            }
        last = "finish \(key) \(outcome)"
        let told = queue.retry(after: key)
        let isRunning = model.items[key]?.isRunning == true
        let wasAdded = model.items[key]?.wish != nil
        if isRunning, told.attempts != (model.items[key]?.attempts ?? 0) + 1 { fault = "\(last): told \(told)" }
        queue.finish(key, outcome, now: now)
        var delay = told.delay
        if case .rerun = outcome, isRunning {
            delay = (queue.slots.slot(of: key).map { queue.slots[$0].due } ?? 0) - now.milliseconds
            // An add in the meantime may lie before the jitter's end, and wins.
            if wasAdded { delay = max(delay, 1) }
            if !(1...WorkQueue.rerunJitter).contains(delay) { fault = "\(last): jitter \(delay)" }
        }
        model.finish(key, outcome, delay: delay, now: now.milliseconds)
    }

    private mutating func wake(_ resource: ResourceKey) {
        last = "wake \(resource)"
        let waited = model.items.values.count { $0.waitsFor == resource }
        if queue.wake(waitersOf: resource, now: now) != waited { fault = "\(last): not \(waited)" }
        model.wake(resource, now: now.milliseconds)
    }

    private mutating func pause() {
        let delay = Int64.random(in: 1...15_000, using: &random)
        queue.pause(until: Timestamp(milliseconds: now.milliseconds + delay))
        last = "pause \(delay)"
        model.pausedUntil = now.milliseconds + delay
    }

    private mutating func resume() {
        last = "resume"
        queue.resume()
        model.pausedUntil = nil
    }
}
