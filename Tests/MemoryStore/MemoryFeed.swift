package import FleetStore
import Synchronization

extension InMemoryStore {
    package func feed(_ handler: @escaping @Sendable (FeedEvent) -> Void) throws(StoreError) -> any Feed {
        try query { _ in }
        let feed = MemoryFeed(handler)
        feed.add(.opened)
        shared.state.withLock { state in
            state.feeds.removeAll { $0.feed.isClosed }
            state.feeds.append((client, feed))
        }
        feed.drain()
        return feed
    }
}

/// One listener. Events wait in order; whoever brings one hands over all that wait, one at a time.
final class MemoryFeed: Feed {
    private struct State {
        var waiting: [FeedEvent] = []
        var isHandingOver = false
        var isClosed = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private let handler: @Sendable (FeedEvent) -> Void
    private let state = Mutex(State())

    init(_ handler: @escaping @Sendable (FeedEvent) -> Void) { self.handler = handler }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    func add(_ event: FeedEvent) {
        state.withLock { state in
            if !state.isClosed { state.waiting.append(event) }
        }
    }

    /// Not to be called under a lock: the handler may use the store. Returns at once while another hands over.
    func drain() {
        let isFirst = state.withLock { state in
            defer { state.isHandingOver = true }
            return !state.isHandingOver
        }
        guard isFirst else { return }
        while let event = next() { handler(event) }
    }

    private func next() -> FeedEvent? {
        let (event, closers) = state.withLock { state -> (FeedEvent?, [CheckedContinuation<Void, Never>]) in
            guard state.waiting.isEmpty else { return (state.waiting.removeFirst(), []) }
            state.isHandingOver = false
            defer { state.closers = [] }
            return (nil, state.closers)
        }
        for closer in closers { closer.resume() }
        return event
    }

    func close() async {
        await withCheckedContinuation { closer in
            let isOver = state.withLock { state in
                state.isClosed = true
                state.waiting = []
                if state.isHandingOver { state.closers.append(closer) }
                return !state.isHandingOver
            }
            if isOver { closer.resume() }
        }
    }
}
