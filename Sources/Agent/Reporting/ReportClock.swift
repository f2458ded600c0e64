package import Fleet

/// The server's wall clock, told from the machine's steady one: a machine whose own wall clock is wrong, or is set,
/// reports well all the same.
package struct ReportClock: Sendable {
    /// What the server's clock showed when the steady one stood at zero.
    private var origin: Timestamp
    private var isLearned = false
    /// Differences below it are not told.
    package static let tolerance: Int64 = 2_000

    /// - Parameter origin: by the machine's own wall clock, until the server's is known.
    package init(origin: Timestamp) { self.origin = origin }

    package func time(at uptime: Duration) -> Timestamp {
        Timestamp(milliseconds: origin.milliseconds &+ uptime.milliseconds)
    }

    /// Learns from an answer. What is known is kept as long as the answer doesn't contradict it, so that the time on
    /// the way doesn't make the clock jitter.
    /// - Parameters:
    ///   - shown: what the server's clock showed at some moment between `sent` and `received`.
    ///   - precision: how coarse that is, in milliseconds.
    /// - Returns: by how many milliseconds the clock that was used so far was ahead, if that is worth telling.
    package mutating func learn(
        _ shown: Timestamp, sent: Duration, received: Duration, precision: Int64 = 1
    ) -> Int64? {
        // The server showed `shown` at the earliest when it was sent, at the latest when it was received.
        let latest = shown.milliseconds &- sent.milliseconds &+ precision
        let earliest = shown.milliseconds &- received.milliseconds
        if isLearned && (earliest...max(earliest, latest)).contains(origin.milliseconds) { return nil }
        let former = origin.milliseconds
        if !(earliest...max(earliest, latest)).contains(former) {
            origin = Timestamp(milliseconds: earliest + (max(earliest, latest) - earliest) / 2)
        }
        isLearned = true
        let ahead = former &- origin.milliseconds
        return abs(ahead) >= ReportClock.tolerance ? ahead : nil
    }
}

extension Duration {
    /// Rounded down.
    package var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds &* 1000 &+ attoseconds / 1_000_000_000_000_000
    }
}
