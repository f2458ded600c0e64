import Fleet
import FleetStore
import Synchronization
import Testing

@testable import Web

/// What the ingest keeps of a node over hours, and beside other ingests.
struct LifeTests {
    private let start = ScriptedReportStore.now

    /// A clock that the test moves.
    private final class Clock: Sendable {
        private let time = Mutex(ScriptedReportStore.now)
        var now: Timestamp { time.withLock(\.self) }
        func pass(_ seconds: Int64) { time.withLock { $0 = $0.advanced(seconds: seconds) } }
    }

    private func ingest(_ store: ScriptedReportStore, _ clock: Clock) -> Ingest {
        Ingest(
            Ingest.Parts(instance: "test", store: store, now: { clock.now }, synchronise: {}), logger: KeptLog().logger)
    }

    private func send(
        _ seconds: [Int64], to ingest: Ingest, knowing life: String?
    ) async throws -> Ingest.Acknowledgement {
        try await ingest.submit(
            Ingest.Submission(
                nodeID: "node_0",
                reports: seconds.map { .measured("node_0", start.advanced(seconds: $0), cpu: Double($0)) }, life: life))
    }

    @Test func `two ingests that share a node store nothing twice`() async throws {
        let clock = Clock()
        let store = ScriptedReportStore(ScriptedReportStore.Script(nodes: ["node_0"]))
        let (a, b) = (ingest(store, clock), ingest(store, clock))
        clock.pass(30)
        _ = try await send([0, 15, 30], to: a, knowing: nil)
        #expect(store.script.withLock(\.inserted).map { $0.timestamp.seconds(since: start) } == [0])
        // The node goes to the other one, with what the first took and has not stored.
        clock.pass(45)
        #expect(try await send([45], to: b, knowing: a.life).accepted == 0)
        #expect(try await send([15, 30, 45, 60, 75], to: b, knowing: b.life).accepted == 5)
        // And back, with what is open there.
        clock.pass(15)
        #expect(try await send([75, 90], to: a, knowing: b.life).durableUntil == start.advanced(seconds: 60))
        _ = try await send([75, 90, 105, 120], to: a, knowing: a.life)
        // The other one, where it stays away, closes nothing that is stored here.
        clock.pass(3_600)
        await b.closeSilent()
        await a.closeSilent()
        let stored = store.script.withLock(\.inserted)
        #expect(stored.map { $0.timestamp.seconds(since: start) } == [0, 60, 120])
        #expect(stored.map { $0[MetricLeaf.cpuUsage]?.double } == [0, 37.5, 97.5])
    }

    @Test func `a node that was forgotten is known as it stands in the store`() async throws {
        let clock = Clock()
        let store = ScriptedReportStore(ScriptedReportStore.Script(nodes: ["node_0"]))
        let ingest = ingest(store, clock)
        for step in Int64(0)...4 {
            if step > 0 { clock.pass(240) }
            let acknowledgement = try await ingest.submit(
                Ingest.Submission(
                    nodeID: "node_0", reports: [.measured("node_0", clock.now, cpu: 1)], drained: start))
            #expect(acknowledgement.accepted == 1)
        }
        let facts = store.script.withLock(\.facts)
        #expect(facts.last?.intervalSeconds == 240)
        #expect(facts.last?.drained == start)
        clock.pass(2 * 86_400)
        await ingest.closeSilent()
        await ingest.closeSilent()
        #expect(await ingest.nodes.isEmpty)
        let acknowledgement = try await ingest.submit(
            Ingest.Submission(nodeID: "node_0", reports: [.measured("node_0", clock.now, cpu: 1)]))
        #expect(acknowledgement.intervalSeconds == 240)
        #expect(store.script.withLock(\.facts) == facts)
    }
}
