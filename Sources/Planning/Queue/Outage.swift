import Fleet

/// The store's absence as the whole loop sees it: one pause for all lanes, under one backoff. No clock, no wait.
///
/// here → away → here. While it is away, each pause that ends lets the lanes try again as a probe; the first thing
/// that goes through ends it for all.
package struct Outage: Sendable {
    private let backoff: Backoff
    private var generator: SeededGenerator
    private var pauses: Int64 = 0
    private var until: Timestamp?
    /// When the present pause began.
    private var since: Timestamp?
    /// When the last absence was over.
    private var endedAt: Timestamp?

    package init(seed: UInt64, backoff: Backoff = .pause) {
        self.backoff = backoff
        generator = SeededGenerator(seed: seed)
    }

    package var isOn: Bool { pauses > 0 }

    /// Something failed because the store is away: until when nothing is to be taken.
    ///
    /// What began before the current pause was over says nothing new: lanes that fail together make one pause. Nor does
    /// what began before the store was back: nil, there is no pause.
    ///
    /// - Parameter began: when the work that failed was begun.
    package mutating func failed(began: Timestamp, now: Timestamp) -> Timestamp? {
        if let until, began < until { return until }
        if let endedAt, began < endedAt { return nil }
        pauses += 1
        let end = Timestamp(milliseconds: now.milliseconds + backoff.delay(attempt: pauses, jitter: &generator))
        (since, until) = (now, end)
        return end
    }

    /// The store answers: the pauses are forgotten. False, and nothing changes, when it was not away, or when the work
    /// that went through began before the pause did: it may have been answered before the store was away.
    ///
    /// - Parameter began: when that work was begun.
    package mutating func ended(began: Timestamp, now: Timestamp) -> Bool {
        guard let since, began >= since else { return false }
        pauses = 0
        (self.since, until, endedAt) = (nil, nil, now)
        return true
    }
}
