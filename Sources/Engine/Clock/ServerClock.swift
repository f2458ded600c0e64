import Fleet
import FleetStore
import Synchronization

/// The server's wall clock, carried on by this machine's monotonic clock between two readings.
///
/// This machine's own wall clock is never read: it may be an hour off without any harm.
package final class ServerClock: EngineClock {
    private struct Reading {
        var server: Timestamp
        var at: ContinuousClock.Instant
    }

    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private let reading: Mutex<Reading>

    /// Reads the server's clock once.
    package init(_ store: any Store) async throws {
        start = clock.now
        reading = Mutex(try await ServerClock.read(store, clock))
    }

    /// An answer that took long says little of the time, and is left alone.
    package func synchronise(with store: any Store) async throws {
        let sent = clock.now
        let next = try await ServerClock.read(store, clock)
        guard sent.duration(to: clock.now) < .seconds(1) else { return }
        reading.withLock { $0 = next }
    }

    package func now() -> Timestamp {
        let instant = clock.now
        return reading.withLock {
            Timestamp(milliseconds: $0.server.milliseconds + ($0.at.duration(to: instant)).milliseconds)
        }
    }

    package func uptime() -> Duration { start.duration(to: clock.now) }

    package func sleep(for duration: Duration) async throws { try await clock.sleep(for: duration) }

    /// The answer is dated to the middle of its round trip.
    private static func read(_ store: any Store, _ clock: ContinuousClock) async throws -> Reading {
        let sent = clock.now
        let server = try await store.serverTime()
        let received = clock.now
        return Reading(server: server, at: sent + sent.duration(to: received) / 2)
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
