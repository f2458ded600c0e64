/// Something that many ask for and that costs: read once for all of them, and again only when it is old.
///
/// A reading serves for `leastAge`, or for `timesAsLong` its own time: however large the fleet, looking takes a bounded
/// share of a core. Readings never overlap: who asks while one runs waits for that one, for `patience` at most.
actor SharedReading<Value: Sendable> {
    private let leastAge: Duration
    private let timesAsLong: Int
    private let patience: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let read: @Sendable () async -> Value?
    private var reading: (value: Value, until: ContinuousClock.Instant)?
    private var running: Task<Value?, Never>?

    /// - Parameter read: nil when it failed; it is tried again when somebody asks again.
    init(
        leastAge: Duration, timesAsLong: Int, patience: Duration = .seconds(5),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, read: @escaping @Sendable () async -> Value?
    ) {
        self.leastAge = leastAge
        self.timesAsLong = timesAsLong
        self.patience = patience
        self.now = now
        self.read = read
    }

    /// Nil when it could not be read, or not in time.
    func current() async -> Value? {
        if let reading, now() < reading.until { return reading.value }
        let task = running ?? Task { await refresh() }
        running = task
        // What was waited for serves, also when a busy machine comes back to it late.
        return await Patience.value(of: task, atMost: patience)
    }

    private func refresh() async -> Value? {
        let began = now()
        let value = await read()
        let ended = now()
        reading = value.map { ($0, ended + max(leastAge, (ended - began) * timesAsLong)) }
        running = nil
        return value
    }
}

/// Waits for somebody else's work, and no longer than it may.
private enum Patience {
    static func value<Value: Sendable>(of task: Task<Value?, Never>, atMost limit: Duration) async -> Value? {
        let (answers, answer) = AsyncStream.makeStream(of: Value?.self)
        let waiting = Task {
            answer.yield(await task.value)
            answer.finish()
        }
        let tired = Task {
            try? await ContinuousClock().sleep(for: limit)
            answer.finish()
        }
        defer {
            tired.cancel()
            waiting.cancel()
        }
        for await value in answers { return value }
        return nil
    }
}
