import Fleet
import FleetStore
import Synchronization

/// What happens to a leadership itself, as events about `Daemon/<instance>`: kept until the store takes them.
final class DaemonRecord: Sendable {
    private struct State {
        /// Counts under one epoch, so that the ids are derived and nothing stands twice.
        var noted: Int64 = 0
        var waiting: [Event] = []
    }

    /// While MongoDB is away the oldest are kept: they say what began it.
    private static let limit = 100

    private let store: any Store
    private let instance: String
    private let fence: Fence
    private let clock: any EngineClock
    private let state = Mutex(State())

    init(_ store: any Store, instance: String, epoch: Int64, clock: any EngineClock) {
        self.store = store
        self.instance = instance
        self.clock = clock
        fence = Fence(epoch: epoch, lanes: [0])
    }

    /// From any thread; nothing is written yet.
    func note(_ severity: Event.Severity, _ reason: String, _ message: String) {
        let now = clock.now()
        state.withLock { state in
            guard state.waiting.count < Self.limit else { return }
            state.noted += 1
            state.waiting.append(
                Event(
                    .daemon(instance), firstRevision: fence.epoch, number: state.noted, severity: severity,
                    reason: reason, message: message, at: now))
        }
    }

    /// Writes what waits; when it throws, all of it waits on.
    func write() async throws(StoreError) {
        let events = state.withLock(\.waiting)
        guard !events.isEmpty else { return }
        try await store.record(events, under: fence)
        let written = Set(events.map(\.number))
        state.withLock { $0.waiting.removeAll { written.contains($0.number) } }
    }
}
