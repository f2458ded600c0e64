import UnixSignals

/// `top` on a terminal: a table that is made anew until q, Ctrl-C or a signal ends it.
struct LiveTop {
    var interval: TimeSpan
    var terminal: Terminal

    /// How often keys are looked for: short enough to feel immediate.
    private static let keyInterval = Duration.milliseconds(50)

    /// Returns at q and Ctrl-C; at a signal it throws the status to end with. However it ends, and while a look still
    /// takes its time, the screen is given back at once.
    func run(from first: TopReading, next: () async throws -> TopReading) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        let screen = LiveScreen()
        defer { screen.end(.done) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                for await signal in signals {
                    return screen.end(signal == .sigint ? .interrupted : .terminated)
                }
            }
            group.addTask {
                while screen.ending == nil {
                    if screen.endsByKey() { return screen.end(.done) }
                    try await Task.sleep(for: Self.keyInterval)
                }
            }
            try await draw(first, next, on: screen)
        }
        if let status = screen.ending, status != .done { throw status }
    }

    private func draw(
        _ first: TopReading, _ next: () async throws -> TopReading, on screen: LiveScreen
    ) async throws {
        var reading = first
        var pause = interval.duration
        while true {
            let drawn = ContinuousClock.now
            screen.show(TopFrame(reading: reading, interval: interval).text(screen.size, styled: terminal.styled))
            while ContinuousClock.now - drawn < pause {
                if screen.ending != nil { return }
                try await Task.sleep(for: Self.keyInterval)
            }
            let started = ContinuousClock.now
            reading = try await next()
            // A fleet that takes long to read is looked at less often.
            pause = max(interval.duration, (ContinuousClock.now - started) * 3)
        }
    }
}
