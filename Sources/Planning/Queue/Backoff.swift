/// How long to wait after a failure: `base`, doubled with each further one, never over `cap`. Milliseconds.
package struct Backoff: Hashable, Sendable {
    package let base: Int64
    package let cap: Int64

    /// A key that failed: 1 s to 5 min (LOOP, "Queue").
    package static let retry = Backoff(base: 1000, cap: 300_000)

    /// MongoDB away: from half a second, and never so long that its return goes unnoticed for minutes.
    package static let pause = Backoff(base: 500, cap: 15_000)

    /// What is not positive counts as 1 ms; a cap below the base counts as the base.
    package init(base: Int64, cap: Int64) {
        self.base = max(1, base)
        self.cap = max(self.base, cap)
    }

    /// The delay after the `attempt`th failure in a row (the first is 1), in milliseconds.
    ///
    /// Up to a quarter of it is taken off at random, so that what failed together is not tried again together; the
    /// full delay is never exceeded, so neither is the cap.
    package func delay(attempt: Int64, jitter: inout some RandomNumberGenerator) -> Int64 {
        let full = delay(attempt: attempt)
        return full - Int64.random(in: 0...full / 4, using: &jitter)
    }

    /// The delay before jitter.
    package func delay(attempt: Int64) -> Int64 {
        let doublings = max(1, attempt) - 1
        // base ≤ cap, so a shift that would pass the cap is seen from the other side, where nothing can overflow.
        guard doublings < 62, base <= cap >> doublings else { return cap }
        return base << doublings
    }
}
