/// How long a declaration tries while others declare as well.
package struct Patience: Sendable {
    package var attempts: Int
    package var atMost: Duration
    /// When somebody who waits is told so.
    package var noticeAfter: Duration

    package init(attempts: Int = 200, atMost: Duration = .seconds(20), noticeAfter: Duration = .seconds(2)) {
        self.attempts = attempts
        self.atMost = atMost
        self.noticeAfter = noticeAfter
    }
}

/// Counts attempts and spaces them out.
struct Attempts {
    private let patience: Patience
    private let end: ContinuousClock.Instant
    private(set) var count = 0

    init(_ patience: Patience) {
        self.patience = patience
        end = .now + patience.atMost
    }

    /// Waits for a random while, longer from time to time, so that two who collided do not collide again; false when
    /// it has been enough.
    mutating func pause() async -> Bool {
        count += 1
        guard count < patience.attempts, ContinuousClock.now < end else { return false }
        let longest = min(200, 5 << min(count, 6))
        do { try await Task.sleep(for: .milliseconds(Int.random(in: 1...longest))) } catch { return false }
        return true
    }
}
