import Agent
import Fleet
import Testing

struct AgentStateTests {
    @Test func `reports go one at a time, and are forgotten when they are durable`() {
        var simulation = Simulation()
        simulation.run(for: .seconds(600))
        #expect(simulation.sent.count == simulation.measured)
        #expect(simulation.ingest.stored == Array(1...simulation.ingest.stored.count))
        #expect(simulation.agent.kept == simulation.measured - simulation.ingest.stored.count)
        #expect(simulation.agent.kept <= 5)
        #expect(simulation.told == ["the node's status is active"])
    }

    @Test func `nothing is lost while the daemon is away for five minutes`() {
        var simulation = Simulation()
        simulation.run(for: .seconds(100))
        simulation.isReachable = false
        simulation.ingest.die()
        simulation.run(for: .seconds(300))
        let attempts = simulation.sent.count
        simulation.isReachable = true
        simulation.run(for: .seconds(300))
        let stored = simulation.ingest.stored
        #expect(stored == Array(1...stored.count) && stored.count > 40)
        #expect(simulation.told("can't be sent") == 1 && simulation.told("taken again") == 1)
        // 1, 2, 4 … 60 s apart: not a request a second.
        #expect(attempts < 20)
    }

    @Test func `what an ingest took with it is sent again`() {
        var simulation = Simulation()
        simulation.run(for: .seconds(130))
        let (sent, durable) = (simulation.sent.count, simulation.ingest.stored.count)
        // Killed, and back before the next report: no request fails.
        simulation.ingest.die()
        simulation.run(for: .seconds(15))
        let again = simulation.sent[sent...].map { PretendedIngest.reports($0.request.body).map(\.number) }
        #expect(again.count == 2 && again[0] == [10] && again[1].last == 10)
        #expect(again[1].first == durable + 1)
        simulation.run(for: .seconds(300))
        let stored = simulation.ingest.stored
        #expect(stored == Array(1...stored.count) && stored.count > 20)
    }

    @Test func `after an outage reports go in arrays of at most 500`() {
        var simulation = Simulation()
        simulation.isReachable = false
        simulation.run(for: .seconds(15 * 1200))
        simulation.isReachable = true
        simulation.run(for: .seconds(60))
        let sizes = simulation.sent.map { PretendedIngest.reports($0.request.body).count }
        #expect(sizes.contains(500) && sizes.allSatisfy { $0 <= 500 })
        #expect(simulation.ingest.stored == Array(1...simulation.ingest.stored.count))
        #expect(simulation.ingest.stored.count >= 1200)
    }

    @Test func `a full buffer drops the oldest, and says so once`() {
        var settings = AgentState.Settings()
        settings.bufferLimit = 100
        var simulation = Simulation(settings)
        simulation.isReachable = false
        simulation.run(for: .seconds(15 * 150))
        #expect(simulation.agent.kept == 100 && simulation.told("oldest are lost") == 1)
        simulation.isReachable = true
        simulation.run(for: .seconds(120))
        // Up to three more came, and went, until it tried again.
        let first = simulation.ingest.stored.first ?? 0
        #expect((51...54).contains(first))
        #expect(simulation.ingest.stored == Array(first..<(first + simulation.ingest.stored.count)))
    }

    @Test(arguments: [3600_000, -3600_000, 45_000, -5_000] as [Int64])
    func `a machine with a wrong clock reports by the server's`(ahead: Int64) {
        var simulation = Simulation(clockAhead: ahead)
        simulation.run(for: .seconds(600))
        let last = simulation.sent.last
        let stamp = last.flatMap { PretendedIngest.reports($0.request.body).last?.at }
        let truth = last.map { simulation.ingest.time(at: $0.at) }
        #expect(abs((stamp?.milliseconds ?? 0) - (truth?.milliseconds ?? 0)) <= 1000)
        #expect(simulation.told("clock is") == 1)
        #expect(simulation.ingest.stored.count > 30)
    }

    /// Its clock is corrected with the first answer: what that clock made look old is no double.
    @Test(arguments: [1, 20]) func `a clock that is behind loses nothing of what came first`(batch: Int) {
        var simulation = Simulation(clockAhead: -3600_000)
        // What the node's former agent reported.
        simulation.ingest.lastStored = simulation.ingest.origin.advanced(seconds: -30)
        simulation.isReachable = false
        simulation.run(for: .seconds(15 * batch))
        simulation.isReachable = true
        simulation.run(for: .seconds(300))
        let stored = simulation.ingest.stored
        #expect(stored == Array(1...max(stored.count, 1)) && stored.count > batch)
        #expect(simulation.told("clock is") == 1)
    }

    @Test func `a refusal that tells no time teaches none`() {
        var simulation = Simulation(clockAhead: 300_000)
        simulation.answer = { _ in .refused(Refusal(status: 422, retryAfter: nil, body: Array("{}".utf8))) }
        simulation.run(for: .seconds(60))
        #expect(simulation.told("clock is") == 0 && simulation.told("given up") == 1)
    }

    /// A balancer that spreads requests: each goes to the other.
    @Test func `two ingests that answer in turn don't make the agent spin, nor its node look lost`() {
        var simulation = Simulation()
        simulation.goesToOther = { $0.isMultiple(of: 2) }
        simulation.run(for: .seconds(600))
        #expect((38...90).contains(simulation.sent.count), "\(simulation.sent.count)")
        #expect(simulation.agent.kept == simulation.measured)
        // Since the balancer stays with one, all of it arrives.
        simulation.goesToOther = { _ in false }
        simulation.run(for: .seconds(300))
        #expect(simulation.ingest.stored == Array(1...max(simulation.ingest.stored.count, 1)))
        #expect(simulation.ingest.stored.count > 50)
    }

    @Test func `a report that changes between two ingests is stored once`() {
        var simulation = Simulation()
        simulation.goesToOther = { ($0 / 13).isMultiple(of: 2) }
        simulation.run(for: .seconds(1800))
        let stored = simulation.ingest.stored + simulation.other.stored
        #expect(stored.sorted() == Array(1...max(stored.count, 1)) && stored.count > 100)
        #expect(!simulation.ingest.stored.isEmpty && !simulation.other.stored.isEmpty)
    }

    @Test func `a report that is never taken doesn't hold back the others`() {
        var simulation = Simulation()
        simulation.ingest.poison = 7
        simulation.isReachable = false
        simulation.run(for: .seconds(300))
        simulation.isReachable = true
        simulation.run(for: .seconds(300))
        let stored = simulation.ingest.stored
        #expect(stored == Array(1...(stored.count + 1)).filter { $0 != 7 } && stored.count > 30)
        #expect(simulation.told("given up") == 1)
    }

    @Test func `a machine that is there before its node reports soon after`() {
        var simulation = Simulation()
        simulation.answer = { _ in .refused(Refusal(status: 404, reason: "no such node")) }
        simulation.run(for: .seconds(5))
        #expect(simulation.told.count == 1)
        simulation.answer = nil
        simulation.run(for: .seconds(10))
        #expect(simulation.told("taken again") == 1)
    }

    @Test(arguments: [401, 403, 404])
    func `a refused token is asked again, at last about once a minute, and told once`(status: Int) {
        var simulation = Simulation()
        simulation.answer = { _ in .refused(Refusal(status: status, reason: "no")) }
        simulation.run(for: .seconds(600))
        #expect(simulation.told == ["reports are refused, and kept: \(status) no"])
        #expect((14...26).contains(simulation.sent.count), "\(simulation.sent.count)")
        // Mended: nothing was lost.
        simulation.answer = nil
        simulation.run(for: .seconds(300))
        #expect(simulation.ingest.stored.first == 1 && simulation.ingest.stored.count > 40)
    }

    @Test(arguments: [429, 503])
    func `retry-after is kept, and each time longer than that`(status: Int) {
        var simulation = Simulation()
        simulation.answer = { _ in .refused(Refusal(status: status, reason: "", retryAfter: .seconds(40))) }
        simulation.run(for: .seconds(300))
        let gaps = zip(simulation.sent, simulation.sent.dropFirst()).map { $1.at - $0.at }
        // By a half of ten seconds.
        #expect(gaps.count > 2)
        for (gap, seconds) in zip(gaps, [45, 45, 45, 45]) {
            #expect(gap >= .seconds(seconds) && gap <= .seconds(seconds) + .milliseconds(100))
        }
    }

    /// After an outage all of a fleet are told the same.
    @Test func `a thousand agents that are asked for two seconds don't come back together`() {
        var attempts: [[Duration]] = []
        for agent in 0..<1000 {
            var simulation = Simulation(chance: Double(agent) / 1000)
            simulation.answer = { _ in .refused(Refusal(status: 429, reason: "full", retryAfter: .seconds(2))) }
            simulation.run(for: .seconds(400))
            attempts.append(simulation.sent.map(\.at))
        }
        // How many come within the busiest second, at the second attempt and at the sixth.
        for (attempt, most) in [(1, 500), (5, 100)] {
            let seconds = attempts.compactMap { $0.count > attempt ? Int($0[attempt] / .seconds(1)) : nil }
            let busiest = Dictionary(grouping: seconds) { $0 }.values.map(\.count).max() ?? 0
            #expect(seconds.count == 1000 && busiest <= most, "\(attempt): \(busiest)")
        }
    }

    @Test(arguments: zip(1...8, [0.75, 1.5, 3, 6, 12, 24, 45, 45]))
    func `attempts come later and later`(attempt: Int, seconds: Double) {
        var simulation = Simulation()
        simulation.isReachable = false
        simulation.run(for: .seconds(300))
        let gaps = zip(simulation.sent, simulation.sent.dropFirst()).map { ($1.at - $0.at) / .seconds(1) }
        #expect(abs(gaps[attempt - 1] - seconds) < 0.1)
    }

    @Test func `an answer of something else is no answer`() {
        var simulation = Simulation()
        simulation.answer = { _ in .none("its answer is none of Reeve's") }
        simulation.run(for: .seconds(60))
        simulation.answer = nil
        simulation.run(for: .seconds(300))
        #expect(simulation.ingest.stored.first == 1)
    }

    @Test func `stopping sends what is left`() {
        var simulation = Simulation()
        simulation.handle(.stopping)
        #expect(simulation.hasEnded)

        simulation = Simulation()
        simulation.run(for: .seconds(20))
        simulation.isReachable = false
        simulation.run(for: .seconds(30))
        simulation.handle(.stopping)
        #expect(simulation.hasEnded)
    }
}
