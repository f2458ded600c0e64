import Fleet
import Planning

/// The laws of the queue in their plainest form: a list that is searched and sorted at every step.
struct QueueModel {
    enum State {
        case scheduled, parked
        case running(urgency: Urgency, woken: Set<ResourceKey>)
    }

    struct Wish: Equatable {
        var urgency: Urgency
        var due: Int64

        func merged(_ other: Wish?) -> Wish {
            guard let other else { return self }
            return Wish(urgency: min(urgency, other.urgency), due: min(due, other.due))
        }
    }

    struct Item {
        var state: State
        /// When scheduled: as what, for when; when running: what was added meanwhile.
        var wish: Wish?
        var arrival = 0
        var attempts: Int64 = 0
        var waitsFor: ResourceKey?

        var isRunning: Bool { if case .running = state { true } else { false } }
        var isParked: Bool { if case .parked = state { true } else { false } }
        var isScheduled: Bool { !isRunning && !isParked }
    }

    var items: [ResourceKey: Item] = [:]
    var pausedUntil: Int64?
    private var arrivals = 0
    private var changesSinceAged = 0

    mutating func add(_ key: ResourceKey, _ urgency: Urgency, due: Int64, now: Int64) {
        let wish = Wish(urgency: urgency, due: max(due, now))
        var item = items[key] ?? Item(state: .parked)
        let wasScheduled = item.isScheduled
        item.wish = wish.merged(item.wish)
        if !item.isRunning { item.state = .scheduled }
        items[key] = item
        if !item.isRunning, !wasScheduled { arrive(key) }
    }

    mutating func take(upTo limit: Int, now: Int64) -> [ResourceKey] {
        if limit <= 0 || isPaused(now) { return [] }
        var changes = waiting(.change, dueBy: now)
        var taken: [ResourceKey] = []
        if changes.isEmpty {
            taken = Array(waiting(.resync, dueBy: now).prefix(limit))
        } else {
            var aged = waiting(.resync, dueBy: now - WorkQueue.agedAfter - 1)
            while taken.count < min(limit, WorkQueue.changeBatch), !(changes.isEmpty && aged.isEmpty) {
                let turn = changes.isEmpty || (!aged.isEmpty && changesSinceAged >= WorkQueue.changesPerAged)
                changesSinceAged = turn || aged.isEmpty ? 0 : changesSinceAged + 1
                taken.append(turn ? aged.removeFirst() : changes.removeFirst())
            }
        }
        for key in taken {
            let urgency = items[key]?.wish?.urgency ?? .resync
            items[key]?.state = .running(urgency: urgency, woken: [])
            items[key]?.wish = nil
            items[key]?.waitsFor = nil
        }
        return taken
    }

    /// - Parameter delay: what the queue says the backoff or the jitter came to.
    mutating func finish(_ key: ResourceKey, _ outcome: Outcome, delay: Int64, now: Int64) {
        guard var item = items[key], case .running(let urgency, let woken) = item.state else { return }
        var wish: Wish?
        switch outcome {
        case .settled(let again):
            item.attempts = 0
            wish = again.map { Wish(urgency: .resync, due: max($0.milliseconds, now)) }
        case .rerun: wish = Wish(urgency: urgency, due: now + delay)
        case .failed:
            item.attempts += 1
            wish = Wish(urgency: urgency, due: now + delay)
        case .waiting(let resource):
            item.attempts = 0
            if woken.contains(resource) {
                wish = Wish(urgency: .resync, due: now)
            } else {
                item.waitsFor = resource
            }
        }
        item.wish = wish?.merged(item.wish) ?? item.wish
        item.state = item.wish == nil ? .parked : .scheduled
        items[key] = item.wish == nil && item.waitsFor == nil ? nil : item
        if item.isScheduled { arrive(key) }
    }

    mutating func wake(_ resource: ResourceKey, now: Int64) {
        for key in items.keys {
            if case .running(let urgency, let woken) = items[key]?.state {
                items[key]?.state = .running(urgency: urgency, woken: woken.union([resource]))
            }
        }
        // In the order in which they came.
        let waiters = items.filter { $0.value.waitsFor == resource }.sorted { $0.value.arrival < $1.value.arrival }
        for key in waiters.map(\.key) {
            items[key]?.waitsFor = nil
            let wish = items[key]?.wish
            items[key]?.wish = Wish(urgency: .resync, due: now).merged(wish)
            if items[key]?.isParked == true {
                items[key]?.state = .scheduled
                arrive(key)
            }
        }
    }

    func isPaused(_ now: Int64) -> Bool { pausedUntil.map { now < $0 } ?? false }

    var nextDue: Int64? {
        let due = items.values.filter(\.isScheduled).compactMap(\.wish?.due).min()
        return due.map { max($0, pausedUntil ?? $0) }
    }

    func counts(_ now: Int64) -> WorkQueue.Counts {
        var counts = WorkQueue.Counts()
        counts.changes = count(.change, dueBy: now)
        counts.resyncs = count(.resync, dueBy: now)
        counts.running = items.values.filter(\.isRunning).count
        counts.waiting = items.values.filter(\.isParked).count
        counts.delayed = items.count - counts.depth - counts.running - counts.waiting
        return counts
    }

    func count(_ urgency: Urgency, dueBy now: Int64) -> Int {
        items.values.count { $0.isScheduled && $0.wish?.urgency == urgency && ($0.wish?.due ?? .max) <= now }
    }

    /// In the order of service.
    func waiting(_ urgency: Urgency, dueBy now: Int64) -> [ResourceKey] {
        items.filter {
            $0.value.isScheduled && $0.value.wish?.urgency == urgency && ($0.value.wish?.due ?? .max) <= now
        }
        .sorted { left, right in
            let (one, other) = (left.value.wish?.due ?? 0, right.value.wish?.due ?? 0)
            if one != other { return one < other }
            if left.key.kind != right.key.kind { return left.key.kind < right.key.kind }
            return left.value.arrival < right.value.arrival
        }.map(\.key)
    }

    private mutating func arrive(_ key: ResourceKey) {
        arrivals += 1
        items[key]?.arrival = arrivals
    }
}
