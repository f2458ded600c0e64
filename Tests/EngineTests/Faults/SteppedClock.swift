import Fleet
import FleetStore
import Synchronization

@testable import Engine

/// Time that moves when a test says so, and sleepers that wake then.
final class SteppedClock: EngineClock {
    private struct Sleeper {
        var duration: Duration
        var until: Duration
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var uptime = Duration.zero
        var sleepers: [Int: Sleeper] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    func now() -> Timestamp { Timestamp(milliseconds: 1_767_225_600_000 + uptime().milliseconds) }
    func uptime() -> Duration { state.withLock(\.uptime) }
    func synchronise(with store: any Store) {}

    func sleep(for duration: Duration) async throws {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = Task.isCancelled
                let ready = state.withLock { state in
                    guard duration > .zero, !isCancelled else { return true }
                    state.sleepers[number] = Sleeper(
                        duration: duration, until: state.uptime + duration, continuation: continuation)
                    return false
                }
                if isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else if ready {
                    continuation.resume()
                }
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: number) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// How many sleep now, for no longer than `limit`: between two looks, not until a deadline.
    func sleepers(upTo limit: Duration = .seconds(2)) -> Int {
        state.withLock { $0.sleepers.values.count { $0.duration <= limit } }
    }

    func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.uptime += duration
            let due = state.sleepers.filter { $0.value.until <= state.uptime }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }

    /// Advances second by second, each time when `count` sleepers wait.
    func advance(seconds: Int, sleepers count: Int) async throws {
        for _ in 0..<seconds {
            try await waitForSleepers(count)
            advance(by: .seconds(1))
        }
        try await waitForSleepers(count)
    }

    /// Ends with the test's time limit at the latest: on a busy machine nobody knows how soon a task goes on.
    func waitForSleepers(_ count: Int, upTo limit: Duration = .seconds(2)) async throws {
        while sleepers(upTo: limit) < count { try await ContinuousClock().sleep(for: .milliseconds(1)) }
    }
}
