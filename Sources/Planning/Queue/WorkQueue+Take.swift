import Fleet

extension WorkQueue {
    /// The keys of the next batch, now running; empty when nothing is due or the queue is paused.
    ///
    /// Which and how many: laws 4 and 5 of the type. Each must be handed back by `finish`.
    package mutating func take(upTo limit: Int, now: Timestamp) -> [ResourceKey] {
        guard limit > 0, !isPaused(now) else { return [] }
        let places = isDue(changes, now) ? min(limit, WorkQueue.changeBatch) : limit
        let changesOnly = isDue(changes, now)
        var keys: [ResourceKey] = []
        while keys.count < places, let slot = changesOnly ? nextBesideChanges(now) : resyncs.top {
            guard slots[slot].due <= now.milliseconds else { break }
            keys.append(start(slot))
        }
        return keys
    }

    /// A change waits and is due: a running batch of resync should be cut short.
    package func changeWaits(_ now: Timestamp) -> Bool { !isPaused(now) && isDue(changes, now) }

    /// The earliest instant at which `take` can return something, possibly past; nil while nothing is scheduled.
    package var nextDue: Timestamp? {
        let tops = [changes.top, resyncs.top].compactMap { $0.map { slots[$0].due } }
        guard let earliest = tops.min().map(Timestamp.init(milliseconds:)) else { return nil }
        return max(earliest, pausedUntil ?? earliest)
    }

    /// The next change, or an aged resync key where it is its turn; nil when there is neither.
    private mutating func nextBesideChanges(_ now: Timestamp) -> Int32? {
        let aged = resyncs.top.flatMap { slots[$0].due < now.milliseconds - WorkQueue.agedAfter ? $0 : nil }
        let change = isDue(changes, now) ? changes.top : nil
        if let aged, change == nil || changesSinceAged >= WorkQueue.changesPerAged {
            changesSinceAged = 0
            return aged
        }
        changesSinceAged = aged == nil ? 0 : changesSinceAged + 1
        return change
    }

    private mutating func start(_ slot: Int32) -> ResourceKey {
        remove(slot)
        if let resource = waitsFor.removeValue(forKey: slot) {
            waiters[resource]?.remove(slot)
            if waiters[resource]?.isEmpty == true { waiters[resource] = nil }
        }
        sequence += 1
        runs[slot] = Run(taken: sequence, urgency: slots[slot].urgency)
        slots[slot].place = .running
        return slots[slot].key
    }

    private func isDue(_ heap: SlotHeap, _ now: Timestamp) -> Bool {
        heap.top.map { slots[$0].due <= now.milliseconds } ?? false
    }
}
