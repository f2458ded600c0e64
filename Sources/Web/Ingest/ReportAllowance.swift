internal import Fleet

/// A node's allowance of reports: 1,000 a minute (the data model's owner), as a bucket that fills up steadily.
struct ReportAllowance: Sendable {
    static let perMinute: Double = 1_000

    private var left = perMinute
    private var at: Timestamp?

    /// Takes `count`, or says after how many seconds there is enough.
    mutating func take(_ count: Int, at now: Timestamp) -> RefusedFor? {
        if let at, now > at {
            left = min(Self.perMinute, left + Double(now.milliseconds - at.milliseconds) / 60_000 * Self.perMinute)
        }
        at = max(now, at ?? now)
        let missing = Double(count) - left
        guard missing <= 0 else {
            return RefusedFor(seconds: max(1, Int64((missing * 60 / Self.perMinute).rounded(.up))))
        }
        left -= Double(count)
        return nil
    }

    /// Whether nothing of it is used up.
    func isWhole(at now: Timestamp) -> Bool {
        guard let at else { return true }
        let passed = max(0, now.milliseconds - at.milliseconds)
        return left + Double(passed) / 60_000 * Self.perMinute >= Self.perMinute
    }

    struct RefusedFor: Hashable, Sendable {
        var seconds: Int64
    }
}
