import Fleet

/// How long ago something was, as people say it: `5s`, `3m`, `2h`, `4d`. Two clocks that differ make no negative age.
enum Age {
    static func text(from earlier: Timestamp, to now: Timestamp) -> String {
        text(seconds: now.seconds(since: earlier))
    }

    /// One unit is precise enough from twice its size on: `119s`, then `2m`.
    static func text(seconds: Int64) -> String {
        let seconds = max(0, seconds)
        if seconds < 120 { return "\(seconds)s" }
        if seconds < 7200 { return "\(seconds / 60)m" }
        if seconds < 2 * 86_400 { return "\(seconds / 3600)h" }
        return "\(seconds / 86_400)d"
    }
}
