/// How long to wait after failures: 1 s, doubling to a minute, of each the second half by chance, so that a thousand
/// agents don't come back at once.
struct Backoff: Sendable {
    static let longest: Duration = .seconds(60)
    /// With the 30 s that a server asks of who has too much to send, below the 45 s after which a node is lost.
    private static let spreadLimit: Duration = .seconds(10)

    /// - Parameter chance: from 0 to 1.
    static func delay(failures: Int, chance: Double) -> Duration {
        let whole = min(.seconds(1) * (1 << min(max(failures, 1) - 1, 10)), longest)
        return spread(whole, chance: chance)
    }

    /// What the server asked for, and beyond it a time by chance that grows from as much to `spreadLimit`: it asks all who
    /// come back after an outage for the same.
    static func delay(asked: Duration, failures: Int, chance: Double) -> Duration {
        let window = min(asked * (1 << min(max(failures, 1) - 1, 10)), spreadLimit)
        return asked + window * min(max(chance, 0), 1)
    }

    /// Between half and all of it.
    static func spread(_ whole: Duration, chance: Double) -> Duration {
        whole / 2 + whole / 2 * min(max(chance, 0), 1)
    }
}
