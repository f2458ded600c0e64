import Agent
import Fleet
import Testing

struct HookTests {
    private static func simulation(hook: Bool = true) -> Simulation {
        var settings = AgentState.Settings()
        settings.hasHook = hook
        return Simulation(settings)
    }

    private static let since = Timestamp(milliseconds: 1_700_000_100_000)

    @Test func `it runs on each change, once`() {
        var simulation = Self.simulation()
        simulation.run(for: .seconds(60))
        simulation.ingest.status = .error
        simulation.run(for: .seconds(60))
        simulation.ingest.status = .active
        simulation.run(for: .seconds(60))
        #expect(simulation.calls.map(\.action) == [.start, .stop, .start])
        #expect(simulation.calls.map(\.previous) == [nil, .active, .error])
        #expect(simulation.ingest.acknowledged.isEmpty)
    }

    @Test(arguments: [
        (NodeState.active, nil as Timestamp?, HookCall.Action.start), (.maintenance, since, .drain),
        (.maintenance, nil, .stop), (.inactive, nil, .stop), (.error, nil, .stop),
    ])
    func `a status has its action`(status: NodeState, since: Timestamp?, action: HookCall.Action) {
        #expect(HookCall(status: status, previous: nil, drainingSince: since).action == action)
    }

    @Test func `a drain that the hook has done is acknowledged at once`() throws {
        var simulation = Self.simulation()
        simulation.run(for: .seconds(60))
        simulation.ingest.status = .maintenance
        simulation.ingest.drainingSince = Self.since
        simulation.run(for: .seconds(15))
        #expect(simulation.calls.last?.action == .drain)
        let learned = simulation.sent.count - 2
        #expect(simulation.sent[learned].request.drained == nil)
        #expect(simulation.sent[learned + 1].request.drained == Self.since)
        #expect(simulation.sent[learned + 1].at - simulation.sent[learned].at < .seconds(1))
        simulation.ingest.status = .active
        simulation.ingest.drainingSince = nil
        simulation.run(for: .seconds(30))
        #expect(simulation.sent.last?.request.drained == nil)
    }

    @Test func `without a hook nothing is acknowledged`() {
        var simulation = Self.simulation(hook: false)
        simulation.ingest.status = .maintenance
        simulation.ingest.drainingSince = Self.since
        simulation.run(for: .seconds(120))
        #expect(simulation.calls.isEmpty && simulation.ingest.acknowledged.isEmpty)
    }

    @Test func `a drain whose hook fails is not acknowledged, and tried again`() {
        var simulation = Self.simulation()
        simulation.hookEnds = false
        simulation.ingest.status = .maintenance
        simulation.ingest.drainingSince = Self.since
        simulation.run(for: .seconds(60))
        #expect(simulation.calls.count > 3 && simulation.ingest.acknowledged.isEmpty)
        simulation.hookEnds = true
        simulation.run(for: .seconds(90))
        #expect(simulation.ingest.acknowledged.first == Self.since)
        #expect(simulation.told("failed on `drain`") == simulation.calls.count - 1)
    }

    @Test func `of several changes during a run only the latest counts`() {
        var simulation = Self.simulation()
        simulation.hookEnds = nil
        simulation.run(for: .seconds(20))
        for status in [NodeState.error, .maintenance, .inactive] {
            simulation.ingest.status = status
            simulation.run(for: .seconds(15))
        }
        #expect(simulation.calls.map(\.status) == [.active])
        simulation.hookEnds = true
        simulation.handle(.hookEnded(well: true))
        #expect(simulation.calls.map(\.status) == [.active, .inactive])
        #expect(simulation.calls.last?.previous == .active)
    }

    @Test func `a failure of a status that is over is not tried again`() {
        var simulation = Self.simulation()
        simulation.hookEnds = nil
        simulation.run(for: .seconds(20))
        simulation.ingest.status = .error
        simulation.run(for: .seconds(15))
        simulation.hookEnds = true
        simulation.handle(.hookEnded(well: false))
        simulation.run(for: .seconds(60))
        #expect(simulation.calls.map(\.action) == [.start, .stop])
    }
}
