internal import Fleet

/// How often a node reports, learned from the gaps between its live reports: the second longest of the last five, so
/// that one outage says nothing, and an agent that was set to report more rarely is believed after two reports.
struct LearnedInterval: Hashable, Sendable {
    /// In seconds.
    static let bounds: ClosedRange<Int64> = 15...300
    /// Taken until two gaps were seen.
    static let unknown: Int64 = 60
    private static let memory = 5

    private(set) var seconds: Int64
    private var gaps: [Int64] = []
    private var last: Timestamp?

    init(seconds: Int64 = unknown) {
        self.seconds = min(max(seconds, Self.bounds.lowerBound), Self.bounds.upperBound)
    }

    /// A request arrived whose newest report was fresh: what is made up for after an outage says nothing.
    mutating func reported(at now: Timestamp) {
        defer { last = now }
        guard let last, now > last else { return }
        gaps.append(now.milliseconds - last.milliseconds)
        if gaps.count > Self.memory { gaps.removeFirst() }
        guard gaps.count > 1 else { return }
        let second = gaps.sorted()[gaps.count - 2]
        seconds = min(max((second + 500) / 1000, Self.bounds.lowerBound), Self.bounds.upperBound)
    }

    /// Whether it has moved far enough from what is known of it to be worth a write.
    static func hasMoved(from known: Int64, to seconds: Int64) -> Bool {
        abs(seconds - known) > max(2, known / 5)
    }
}
