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

    package init(seed: UInt64, backoff: Backoff = .pause) {
        self.backoff = backoff
        generator = SeededGenerator(seed: seed)
    }

    package var isOn: Bool { pauses > 0 }

    /// Something failed because the store is away: until when nothing is to be taken.
    ///
    /// What began before the current pause was over says nothing new: lanes that fail together make one pause.
    ///
    /// - Parameter began: when the work that failed was begun.
    package mutating func failed(began: Timestamp, now: Timestamp) -> Timestamp {
        if let until, began < until { return until }
        pauses += 1
        let end = Timestamp(milliseconds: now.milliseconds + backoff.delay(attempt: pauses, jitter: &generator))
        until = end
        return end
    }

    /// The store answers; the pauses are forgotten.
    package mutating func ended() {
        pauses = 0
        until = nil
    }
}
