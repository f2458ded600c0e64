import Fleet
import FleetStore

/// The engine's only source of time, so that tests and simulations can be it.
package protocol EngineClock: Sendable {
    /// The server's clock, as well as it is known: ages and due times count from it.
    func now() -> Timestamp

    /// Time that never jumps, for deadlines: from an arbitrary start.
    func uptime() -> Duration

    /// Reads the server's clock again, from which this one drifts away.
    func synchronise(with store: any Store) async throws

    /// Returns early, by throwing, only when the task is cancelled.
    func sleep(for duration: Duration) async throws
}

extension EngineClock {
    /// Sleeps until `now()` reaches `deadline`.
    func sleep(until deadline: Timestamp) async throws {
        try await sleep(for: .milliseconds(max(0, deadline.milliseconds - now().milliseconds)))
    }
}
