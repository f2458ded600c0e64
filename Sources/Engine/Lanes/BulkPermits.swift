import Synchronization

/// Lets some lanes at a time work on bulk: all of them at once would only take turns on the server, and a single change
/// on any lane would wait for every one of them. A lane without a permit has taken nothing, so its changes are free.
final class BulkPermits: Sendable {
    private struct State {
        var free: Int
        var waiting: [Signal] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    /// Takes a permit; without one, `waiter` is raised when it is worth asking again.
    func take(or waiter: Signal) -> Bool {
        state.withLock { state in
            guard state.free == 0 else {
                state.free -= 1
                return true
            }
            if !state.waiting.contains(where: { $0 === waiter }) { state.waiting.append(waiter) }
            return false
        }
    }

    /// Wakes all that wait: one of them may have nothing to do with a permit any more, and would keep the only news of
    /// it to itself.
    func give() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.free += 1
            return state.waiting
        }
        for waiter in waiting { waiter.raise() }
    }
}
