package import Fleet

/// The server's wall clock, told from the machine's steady one: a machine whose own wall clock is wrong, or is set,
/// reports well all the same.
package struct ReportClock: Sendable {
    /// What the server's clock showed when the steady one stood at zero.
    private var origin: Timestamp
    /// Whether the server's clock is known, from whatever answer.
    package private(set) var isLearned = false

    /// - Parameter origin: by the machine's own wall clock, until the server's is known.
    package init(origin: Timestamp) { self.origin = origin }

    package func time(at uptime: Duration) -> Timestamp {
        Timestamp(milliseconds: origin.milliseconds &+ uptime.milliseconds)
    }

    /// Learns from an answer. What is known is kept as long as the answer doesn't contradict it, so that the time on
    /// the way doesn't make the clock jitter.
    /// - Parameter shown: what the server's clock showed at some moment between `sent` and `received`.
    /// - Returns: by how many milliseconds the clock that was used so far was ahead.
    package mutating func learn(_ shown: Timestamp, sent: Duration, received: Duration) -> Int64 {
        isLearned = true
        // The server showed `shown`, to the millisecond, at the earliest when the request was sent, at the latest when
        // its answer was received.
        let earliest = shown.milliseconds &- received.milliseconds
        let latest = max(shown.milliseconds &- sent.milliseconds &+ 1, earliest)
        let former = origin.milliseconds
        guard !(earliest...latest).contains(former) else { return 0 }
        origin = Timestamp(milliseconds: earliest + (latest - earliest) / 2)
        return former &- origin.milliseconds
    }
}

extension Duration {
    /// Rounded down.
    package var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds &* 1000 &+ attoseconds / 1_000_000_000_000_000
    }
}
