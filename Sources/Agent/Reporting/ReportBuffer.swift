package import Fleet

/// The reports that the server may not have stored yet, oldest first.
///
/// - They are sent in the order in which they were measured, and those that were taken but are not durable stay until
///   they are: `sendAgain` makes all of them due once more.
/// - A report has its instant from its first sending, and keeps it: the server tells by it what it has seen. Instants
///   only grow.
/// - When it is full the oldest goes.
package struct ReportBuffer: Sendable {
    private struct Entry: Sendable {
        /// By the machine's steady clock.
        var measuredAt: Duration
        var stamp: Timestamp?
        var members: String
    }

    /// Several reports on their way, by their numbers.
    package struct Batch: Hashable, Sendable {
        package var numbers: Range<Int>
        /// One report, or an array of them.
        package var body: String
    }

    package let limit: Int
    private var entries: [Entry] = []
    /// `entries` before this are gone; cleared away now and then.
    private var head = 0
    /// The number of the entry at `head`; numbers are never given twice.
    private var first = 0
    /// The number of the first that is not taken.
    private var due = 0
    private var lastStamp: Timestamp?
    private var lastTaken: Timestamp?

    package init(limit: Int) { self.limit = max(limit, 1) }

    package var count: Int { entries.count - head }
    package var dueCount: Int { first + count - due }

    /// Returns whether the oldest had to go.
    package mutating func append(measuredAt: Duration, _ members: String) -> Bool {
        entries.append(Entry(measuredAt: measuredAt, stamp: nil, members: members))
        guard count > limit else { return false }
        removeFirst()
        return true
    }

    /// What is to be sent next: at most so many reports and bytes, but at least one; nil if nothing is due. Stamps what
    /// has no instant yet.
    package mutating func batch(count most: Int, bytes: Int, clock: ReportClock) -> Batch? {
        guard dueCount > 0 else { return nil }
        var reports: [String] = []
        var size = 2
        for position in (head + due - first)..<entries.count where reports.count < most {
            let stamp = stamped(position, clock)
            let report = ReportText.report(entries[position].members, at: stamp)
            size += report.utf8.count + 1
            if !reports.isEmpty && size > bytes { break }
            reports.append(report)
        }
        return Batch(
            numbers: due..<(due + reports.count),
            body: reports.count == 1 ? reports[0] : "[" + reports.joined(separator: ",") + "]")
    }

    private mutating func stamped(_ position: Int, _ clock: ReportClock) -> Timestamp {
        if let stamp = entries[position].stamp { return stamp }
        var stamp = clock.time(at: entries[position].measuredAt)
        if let lastStamp, stamp <= lastStamp { stamp = Timestamp(milliseconds: lastStamp.milliseconds + 1) }
        entries[position].stamp = stamp
        lastStamp = stamp
        return stamp
    }

    /// The server has taken these, and has stored what it took up to `durableUntil`.
    package mutating func taken(_ batch: Batch, durableUntil: Timestamp?) {
        due = max(due, batch.numbers.upperBound, first)
        let position = head + due - first - 1
        if position >= head, let stamp = entries[position].stamp { lastTaken = max(stamp, lastTaken ?? stamp) }
        guard let durableUntil else { return }
        while first < due, head < entries.count, let stamp = entries[head].stamp, stamp <= durableUntil {
            removeFirst()
        }
    }

    /// Nothing of what was taken and isn't durable may be relied on.
    package mutating func sendAgain() { due = first }

    /// The server will never take these: they are given up.
    package mutating func giveUp(_ batch: Batch) {
        let from = max(batch.numbers.lowerBound, first) - first + head
        let until = max(batch.numbers.upperBound, first) - first + head
        let gone = until - from
        guard gone > 0 else { return }
        entries.removeSubrange(from..<until)
        // The numbers of those behind them move; nothing of them is on its way meanwhile.
        due = min(due, first + from - head)
    }

    /// The clock was wrong: what the server has never taken gets its instant anew.
    package mutating func stampAnew() {
        for position in (head + due - first)..<entries.count {
            if let stamp = entries[position].stamp, let lastTaken, stamp <= lastTaken { continue }
            entries[position].stamp = nil
        }
        lastStamp = lastTaken
    }

    private mutating func removeFirst() {
        entries[head].members = ""
        head += 1
        first += 1
        due = max(due, first)
        guard head > 1024 || head == entries.count else { return }
        entries.removeFirst(head)
        head = 0
    }
}
