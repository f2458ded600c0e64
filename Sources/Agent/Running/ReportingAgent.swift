internal import Fleet
import Foundation
package import Logging
import ServiceLifecycle
import Synchronization

/// A machine's agent: measures, reports, and runs the status hook. It does what `AgentState` decides.
package struct ReportingAgent: Service {
    package struct Settings: Sendable {
        package var nodeID: String
        package var interval: Duration
        /// Given to `sh -c`; nil for no hook.
        package var onStatus: String?
        package var bufferLimit: Int

        package init(nodeID: String, interval: Duration, onStatus: String?, bufferLimit: Int) {
            self.nodeID = nodeID
            self.interval = interval
            self.onStatus = onStatus
            self.bufferLimit = bufferLimit
        }
    }

    private let settings: Settings
    private let client: ReportClient
    private let logger: Logger

    /// A load of the first second says more than none at all.
    private static let firstInterval: Duration = .seconds(1)
    /// A hook that takes longer has failed.
    private static let hookLimit: Duration = .seconds(300)

    package init(_ settings: Settings, client: ReportClient, logger: Logger) {
        self.settings = settings
        self.client = client
        self.logger = logger
    }

    /// Runs until a graceful shutdown; then it sends what it has, if that can be done soon.
    package func run() async throws {
        let (events, queue) = AsyncStream.makeStream(of: AgentState.Event.self)
        let start = ContinuousClock.now
        var policy = AgentState.Settings()
        policy.bufferLimit = settings.bufferLimit
        policy.hasHook = settings.onStatus != nil
        var state = AgentState(
            policy, origin: Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)),
            chance: { Double.random(in: 0...1) })
        let meter = Meter(since: start)
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await measure(with: meter, into: queue) }
                for await event in events {
                    for action in state.handle(event, at: start.duration(to: .now)) {
                        if action == .end { return group.cancelAll() }
                        perform(action, since: start, meter, queue, &group)
                    }
                }
            }
        } onGracefulShutdown: {
            queue.yield(.stopping)
        }
        await client.close()
    }

    private func perform(
        _ action: AgentState.Action, since start: ContinuousClock.Instant, _ meter: Meter,
        _ queue: AsyncStream<AgentState.Event>.Continuation, _ group: inout DiscardingTaskGroup
    ) {
        switch action {
        case .send(let request): group.addTask { queue.yield(.answered(await client.send(request))) }
        case .wake(let instant):
            group.addTask {
                try? await ContinuousClock().sleep(until: start + instant)
                queue.yield(.woke)
            }
        case .measure: group.addTask { queue.yield(.measured(await meter.report())) }
        case .run(let call): group.addTask { queue.yield(.hookEnded(well: await run(call))) }
        case .tell(let notice): logger.log(level: notice.isWarning ? .warning : .info, "\(notice.text)")
        case .end: break
        }
    }

    /// At a steady beat; what a slow machine misses is left out, not made up for.
    private func measure(with meter: Meter, into queue: AsyncStream<AgentState.Event>.Continuation) async {
        _ = await meter.report()
        var next = ContinuousClock.now + min(settings.interval, ReportingAgent.firstInterval)
        while (try? await ContinuousClock().sleep(until: next)) != nil {
            queue.yield(.measured(await meter.report()))
            let now = ContinuousClock.now
            repeat { next += settings.interval } while next <= now
        }
    }

    private func run(_ call: HookCall) async -> Bool {
        guard let command = settings.onStatus else { return false }
        let environment = [
            "REEVE_NODE": settings.nodeID, "REEVE_STATUS": call.status.rawValue,
            "REEVE_PREVIOUS_STATUS": call.previous?.rawValue ?? "", "REEVE_ACTION": call.action.rawValue,
        ]
        let ending = await Program.run(
            ["/bin/sh", "-c", command], environment: environment, output: .logged, within: ReportingAgent.hookLimit)
        return ending?.isGood ?? false
    }
}

/// The machine's sampler, used by one at a time and off the cooperative threads: a disk that hangs must not hold up the
/// sending.
private final class Meter: Sendable {
    private let sampler = Mutex(Sampler(LocalMachine()))
    private let queue = DispatchQueue(label: "reeve.agent.meter")
    private let start: ContinuousClock.Instant
    private static let graphicsLimit: Duration = .seconds(5)

    init(since start: ContinuousClock.Instant) { self.start = start }

    /// The members of a report.
    func report() async -> String {
        let graphics = await Program.run(
            ["nvidia-smi"] + GraphicsReading.query, output: .kept, within: Meter.graphicsLimit)
        let reading = graphics.flatMap { $0.isGood ? GraphicsReading(csv: $0.output) : nil }
        return await withCheckedContinuation { continuation in
            queue.async { [self] in
                let values = sampler.withLock { sampler in
                    sampler.measure(at: start.duration(to: .now), graphics: reading).values
                }
                continuation.resume(returning: ReportText.members(values))
            }
        }
    }
}
