import Fleet

extension WorkQueue {
    /// Stops the whole queue because the store is away, for half a second doubling to 15 s with each pause in a row.
    ///
    /// Give the keys of the failed batch back as `.rerun`: none counts an attempt. When the pause is over, `take` gives
    /// a batch as a probe: `pause` again if it fails, `resume` if it goes through.
    ///
    /// - Returns: the delay in milliseconds.
    @discardableResult
    package mutating func pause(now: Timestamp) -> Int64 {
        pauses += 1
        sequence += 1
        var generator = SeededGenerator(seed: seed &+ sequence)
        let delay = pauseBackoff.delay(attempt: pauses, jitter: &generator)
        pausedUntil = Timestamp(milliseconds: now.milliseconds + delay)
        return delay
    }

    /// The store answers: goes on at once and forgets the pauses. Call it after every batch that went through.
    package mutating func resume() {
        pauses = 0
        pausedUntil = nil
    }

    /// Whether `take` holds everything back.
    package func isPaused(_ now: Timestamp) -> Bool { pausedUntil.map { now < $0 } ?? false }
}
