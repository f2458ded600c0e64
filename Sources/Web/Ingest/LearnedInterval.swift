internal import Fleet
internal import Planning

/// How often a node reports, learned from the gaps between its live reports: the second longest of the last five, so
/// that one outage says nothing, and an agent that was set to report more rarely is believed after two reports.
struct LearnedInterval: Hashable, Sendable {
    /// In seconds.
    static let bounds = HeartbeatRule.intervals
    /// Taken at first: long enough that a node with the longest interval is not lost before its second report.
    static let unknown: Int64 = 120
    private static let memory = 5

    private(set) var seconds: Int64
    private var isKnown: Bool
    private var gaps: [Int64] = []
    private var last: Timestamp?

    init() {
        seconds = Self.unknown
        isKnown = false
    }

    /// As it was learned before.
    init(seconds: Int64) {
        self.seconds = LearnedInterval.bounded(seconds)
        isKnown = true
    }

    private static func bounded(_ seconds: Int64) -> Int64 {
        min(max(seconds, bounds.lowerBound), bounds.upperBound)
    }

    /// A request arrived whose newest report was fresh: what is made up for after an outage says nothing.
    mutating func reported(at now: Timestamp) {
        defer { last = now }
        guard let last, now > last else { return }
        gaps.append(now.milliseconds - last.milliseconds)
        if gaps.count > Self.memory { gaps.removeFirst() }
        guard gaps.count > 1 else {
            // One gap says nothing against patience: the third report may take as long as the second.
            if !isKnown { seconds = max(seconds, LearnedInterval.bounded((gaps[0] + 500) / 1000)) }
            return
        }
        let second = gaps.sorted()[gaps.count - 2]
        seconds = LearnedInterval.bounded((second + 500) / 1000)
        isKnown = true
    }

    /// Whether it has moved far enough from what is known of it to be worth a write.
    static func hasMoved(from known: Int64, to seconds: Int64) -> Bool {
        abs(seconds - known) > max(2, known / 5)
    }
}
