/// When a tree that changes is to be looked at: after some quiet, or when it does not get quiet, and now and then anyway.
///
/// idle → unsettled (something changed) → idle (it was said). Pure: the time is given to it.
package struct Settling: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// How long nothing must have happened.
    package var quiet: Duration = .milliseconds(300)
    /// How long a change waits at most while others follow it.
    package var longest: Duration = .seconds(3)
    /// How long nobody looked, then it is time, changed or not.
    package var poll: Duration

    private var first: Instant?
    private var last: Instant?
    private var lastHint: Instant

    package init(poll: Duration = .seconds(30), from start: Instant) {
        self.poll = poll
        lastHint = start
    }

    package mutating func noteChange(at now: Instant) {
        if first == nil { first = now }
        last = now
    }

    /// When to say so.
    package var due: Instant {
        let poll = lastHint + poll
        guard let first, let last else { return poll }
        return min(poll, last + quiet, first + longest)
    }

    /// Whether it is to be said now; if so, it counts as said.
    package mutating func takeHint(at now: Instant) -> Bool {
        guard now >= due else { return false }
        (first, last, lastHint) = (nil, nil, now)
        return true
    }
}
