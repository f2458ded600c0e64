internal import FleetStore
import Synchronization

/// What the page shows, looked at once for all who watch, and not at all while nobody does.
actor LiveFleet {
    struct State: Sendable {
        var fleet: FleetSnapshot?
        var usage: FleetUsage?
        /// Why what is shown is not up to date; nil when it is.
        var fault: String?
    }

    struct Settings: Sendable {
        /// From one look to the next.
        var interval: Duration = .seconds(2)
        var maxViewers = 64
        var patience: Duration = .seconds(5)
    }

    private let settings: Settings
    private let fleet: SharedReading<FleetSnapshot>
    private let usage: SharedReading<FleetUsage>
    private var last = State()
    private var viewers: [Int: AsyncStream<State>.Continuation] = [:]
    private var nextViewer = 0
    private var looking: Task<Void, Never>?

    init(_ store: any Store & UsageStore, settings: Settings = Settings()) {
        self.settings = settings
        // A little under the interval, so that each look of the loop is a new one.
        fleet = SharedReading(
            leastAge: settings.interval * 0.9, timesAsLong: 10, patience: settings.patience,
            read: { try? await FleetLook.take(store) })
        let known = fleet
        // Samples are stored once a minute. The page does not wait for them: what is not there yet comes with a later look.
        usage = SharedReading(
            leastAge: .seconds(30), timesAsLong: 20, patience: .seconds(1),
            read: {
                guard let snapshot = await known.current() else { return nil }
                return try? await FleetUsage.take(store, snapshot)
            })
    }

    var isLooking: Bool { looking != nil }

    /// As it stands now, at most a look old.
    func current() async -> State {
        let fleet = await fleet.current()
        var state = State(fleet: fleet ?? last.fleet, usage: last.usage)
        if fleet == nil {
            state.fault =
                "MongoDB does not answer: " + (last.fleet == nil ? "nothing" : "what follows is old, nothing new")
                + " is known."
        } else {
            state.usage = await usage.current() ?? last.usage
        }
        last = state
        return state
    }

    /// Each look from now on, the newest only if the viewer is slow; nil when there are too many viewers.
    func watch() -> AsyncStream<State>? {
        guard viewers.count < settings.maxViewers else { return nil }
        let (stream, continuation) = AsyncStream.makeStream(of: State.self, bufferingPolicy: .bufferingNewest(1))
        let number = nextViewer
        nextViewer += 1
        viewers[number] = continuation
        continuation.onTermination = { _ in Task { await self.leave(number) } }
        if looking == nil { looking = Task { await look() } }
        return stream
    }

    private func leave(_ viewer: Int) {
        viewers[viewer] = nil
        guard viewers.isEmpty else { return }
        looking?.cancel()
        looking = nil
    }

    private func look() async {
        while !Task.isCancelled {
            let state = await current()
            for viewer in viewers.values { viewer.yield(state) }
            try? await ContinuousClock().sleep(for: settings.interval)
        }
    }
}
