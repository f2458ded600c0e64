import Fleet

extension ScalingTimers {
    private static let firstBackoff: Int64 = 5 * 60
    private static let longestBackoff: Int64 = 30 * 60

    /// Until when nothing is added because additions failed (SCALING, rule 8); nil when none did lately.
    package var backoffUntil: Timestamp? {
        guard failures > 0, let lastFailure else { return nil }
        var seconds = ScalingTimers.firstBackoff
        for _ in 1..<min(max(failures, 1), 10) { seconds = min(seconds * 2, ScalingTimers.longestBackoff) }
        return lastFailure.advanced(seconds: seconds)
    }

    /// Until when nothing is taken away because the size changed; nil when it never did.
    package func cooldownUntil(_ policy: ScalingPolicy) -> Timestamp? {
        lastChange?.advanced(seconds: policy.cooldownMinutes * 60)
    }
}
