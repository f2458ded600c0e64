import Fleet

extension WorkQueue {
    /// Stops the whole queue because the store is away; how long is for all queues together to say (`Outage`).
    ///
    /// Give the keys of the failed batch back as `.rerun`: none counts an attempt. When the pause is over, `take` gives
    /// a batch as a probe: `pause` again if it fails, `resume` if it goes through.
    package mutating func pause(until end: Timestamp) { pausedUntil = end }

    /// The store answers: goes on at once.
    package mutating func resume() { pausedUntil = nil }

    /// Whether `take` holds everything back.
    package func isPaused(_ now: Timestamp) -> Bool { pausedUntil.map { now < $0 } ?? false }
}
