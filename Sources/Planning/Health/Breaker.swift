import Fleet

/// The breaker of a pool (SCALING, rule 4): while it is open, what follows from bad health is held, because so many
/// failures at once are rather the network's, or ours, than the nodes'.
package enum Breaker {
    /// How long a pool must be well before it closes, in seconds.
    package static let healthySeconds: Int64 = 120

    /// Up to so many unhealthy nodes are never a crowd.
    package static func few(of nodes: Int64) -> Int64 { nodes <= 5 ? 1 : 3 }

    /// Whether that many unhealthy nodes, of those in use, open it.
    package static func isExceeded(unhealthy: Int64, of nodes: Int64) -> Bool {
        unhealthy > few(of: nodes) && unhealthy * 100 > nodes * 40
    }

    /// The timers after a look at `now`, and when to look again though nothing happens.
    ///
    /// Pure and idempotent: the same look a second time changes nothing.
    package static func step(
        _ timers: PoolHealth?, unhealthy: Int64, of nodes: Int64, now: Timestamp
    ) -> (timers: PoolHealth?, again: Timestamp?) {
        let isExceeded = isExceeded(unhealthy: unhealthy, of: nodes)
        guard var next = timers, next.openSince != nil else {
            guard isExceeded else { return (timers, nil) }
            var next = timers ?? PoolHealth()
            next.openSince = now
            return (next, nil)
        }
        guard !isExceeded else {
            next.wellSince = nil
            return (next, nil)
        }
        let closes = (next.wellSince ?? now).advanced(seconds: healthySeconds)
        guard closes <= now else {
            next.wellSince = next.wellSince ?? now
            return (next, closes)
        }
        (next.openSince, next.wellSince) = (nil, nil)
        return (next, nil)
    }
}
