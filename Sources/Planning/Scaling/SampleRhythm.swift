import Fleet

/// How far apart a pool's samples are, learned from them: nobody else knows it, because several ingests may be set
/// differently and other services may write samples, too.
///
/// Of two gaps in a row of a node the shorter one counts, so that a pipeline that was dark teaches nothing. The median of
/// a few such figures is the interval; until there are some, the minute that an ingest stores at by default.
package struct SampleRhythm: Sendable {
    private static let figures = 5
    private static let seconds: ClosedRange<Int64> = 1...3600

    /// Seconds between two stored samples of a node; nil while too few were seen.
    package private(set) var learned: Int64?
    /// … by which a decision is made.
    package var interval: Int64 { learned ?? 60 }
    /// By node, in milliseconds.
    private var gaps: [String: Int64] = [:]
    private var recent: [Int64] = []

    package init() {}

    /// A node's sample, and the one before it.
    mutating func note(_ at: Timestamp, after before: Timestamp, of id: String) {
        let gap = at.milliseconds - before.milliseconds
        guard let last = gaps.updateValue(gap, forKey: id) else { return }
        recent.append(min(gap, last))
        guard recent.count == SampleRhythm.figures else { return }
        recent.sort()
        let seconds = (recent[SampleRhythm.figures / 2] + 999) / 1000
        learned = min(max(seconds, SampleRhythm.seconds.lowerBound), SampleRhythm.seconds.upperBound)
        recent.removeAll(keepingCapacity: true)
    }

    mutating func forget(_ id: String) { gaps[id] = nil }
}
