import Crypto
import Fleet
import FleetStore
import Logging
import Synchronization
import TestServer
import Testing

@testable import Web

/// How the ingest gathers reports, refuses what is too much, and survives a store that fails.
struct FlushTests {
    private let now = ScriptedReportStore.now

    private func ingest(_ store: ScriptedReportStore, _ settings: Ingest.Settings = Ingest.Settings()) -> Ingest {
        Ingest(
            Ingest.Parts(instance: "test", store: store, now: { ScriptedReportStore.now }, synchronise: {}),
            settings: settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func submission(_ node: String, _ seconds: Int64 = 0, cpu: Double = 1) -> Ingest.Submission {
        var sample = ResourceSample(nodeID: node, timestamp: now.advanced(seconds: seconds))
        sample[MetricLeaf.cpuUsage] = .double(cpu)
        return Ingest.Submission(nodeID: node, reports: [sample])
    }

    @Test func `what comes while a flush is under way goes with the next, together`() async throws {
        let gate = TestGate()
        let nodes = (0..<50).map { "node_\($0)" }
        let store = ScriptedReportStore(
            ScriptedReportStore.Script(nodes: Set(nodes), gate: { await gate.wait() }))
        let ingest = ingest(store)
        let outcomes = try await withThrowingTaskGroup(of: Ingest.Outcome.self) { group -> [Ingest.Outcome] in
            group.addTask { await ingest.submit(submission("node_0")) }
            try await eventually("a flush") { await gate.arrived == 1 }
            for node in nodes.dropFirst() { group.addTask { await ingest.submit(submission(node)) } }
            try await eventually("all wait") { await ingest.isHolding(reports: 50) }
            await gate.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count == 50)
        #expect(outcomes.allSatisfy { if case .taken = $0 { true } else { false } })
        #expect(store.script.withLock(\.beaten).map(\.count) == [1, 49])
        #expect(store.script.withLock(\.inserted).count == 50)
        #expect(await ingest.isHolding(reports: 0))
    }

    @Test func `what waits is bounded`() async throws {
        let gate = TestGate()
        let store = ScriptedReportStore(ScriptedReportStore.Script(nodes: ["node_0"], gate: { await gate.wait() }))
        let ingest = ingest(store, Ingest.Settings(maximumWaiting: 2, maximumBytes: 100))
        #expect(await ingest.hold(bytes: 100))
        #expect(await !ingest.hold(bytes: 1))
        await ingest.release(bytes: 100)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for second in Int64(0)...1 { group.addTask { _ = await ingest.submit(submission("node_0", second)) } }
            try await eventually("two wait") { await ingest.isHolding(reports: 2) }
            #expect(await ingest.submit(submission("node_0", 2)) == .full)
            await gate.open()
            try await group.waitForAll()
        }
        if case .taken = await ingest.submit(submission("node_0", 3)) {} else { Issue.record("not taken again") }
    }

    @Test func `a store that does not answer costs each request a bounded wait`() async throws {
        let gate = TestGate()
        let store = ScriptedReportStore(ScriptedReportStore.Script(nodes: ["node_0"], gate: { await gate.wait() }))
        let ingest = ingest(store, Ingest.Settings(patience: .milliseconds(50)))
        #expect(await ingest.submit(submission("node_0")) == .unavailable)
        // At once, and without piling up calls.
        #expect(await ingest.submit(submission("node_0", 1)) == .unavailable)
        #expect(await gate.arrived == 1)
        await gate.open()
        try await eventually("it is taken again") {
            if case .taken = await ingest.submit(submission("node_0", 2)) { true } else { false }
        }
    }

    @Test func `what could not be stored is taken again when it comes again`() async {
        let isAway = Mutex(true)
        let store = ScriptedReportStore(
            ScriptedReportStore.Script(
                nodes: ["node_0"], fault: { _ in isAway.withLock { $0 } ? .unavailable("away") : nil }))
        let ingest = ingest(store)
        #expect(await ingest.submit(submission("node_0")) == .unavailable)
        isAway.withLock { $0 = false }
        guard case .taken(let acknowledgement) = await ingest.submit(submission("node_0")) else {
            Issue.record("refused")
            return
        }
        #expect(acknowledgement.accepted == 1)
        #expect(acknowledgement.durableUntil == now)
        #expect(store.script.withLock(\.inserted).map(\.timestamp) == [now])
    }

    @Test func `a sample that MongoDB refuses harms its own node alone`() async throws {
        let gate = TestGate()
        let nodes = (0..<20).map { "node_\($0)" }
        let store = ScriptedReportStore(
            ScriptedReportStore.Script(
                nodes: Set(nodes), gate: { await gate.wait() },
                fault: { samples in
                    samples.contains { $0.nodeID == "node_7" } ? .failed(code: 121, message: "no") : nil
                }))
        let ingest = ingest(store)
        let refused = try await withThrowingTaskGroup(of: String?.self) { group -> [String] in
            for node in nodes {
                group.addTask { await ingest.submit(submission(node)) == .unavailable ? node : nil }
            }
            try await eventually("all wait") { await ingest.isHolding(reports: 20) }
            await gate.open()
            return try await group.reduce(into: [String]()) { if let node = $1 { $0.append(node) } }
        }
        #expect(refused == ["node_7"])
        #expect(Set(store.script.withLock(\.inserted).map(\.nodeID)).count == 19)
    }

    @Test func `a stop writes what was taken`() async throws {
        let store = ScriptedReportStore(ScriptedReportStore.Script(nodes: ["node_0"]))
        let ingest = ingest(store)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await ingest.run() }
            _ = await ingest.submit(submission("node_0"))
            _ = await ingest.submit(submission("node_0", 15, cpu: 10))
            _ = await ingest.submit(submission("node_0", 30, cpu: 20))
            #expect(store.script.withLock(\.inserted).count == 1)
            await ingest.finish()
        }
        let inserted = store.script.withLock(\.inserted)
        #expect(inserted.map { $0.timestamp.seconds(since: now) } == [0, 30])
        #expect(inserted.last?[MetricLeaf.cpuUsage] == .double(15))
        #expect(await ingest.submit(submission("node_0", 45)) == .unavailable)
    }

    // MARK: Tokens.

    @Test func `tokens are looked up once, and unknown ones together`() async {
        let good = Array(SHA256.hash(data: Array("good".utf8)))
        let store = ScriptedReportStore(
            ScriptedReportStore.Script(
                tokens: [NodeToken(digest: good, nodeID: "node_0", createdAt: now, createdBy: "test")]))
        let ingest = ingest(store)
        for _ in 0..<3 { #expect(await ingest.tokens.node(of: "good") == .node("node_0")) }
        #expect(store.script.withLock(\.lookups) == [1])
        await withTaskGroup(of: Void.self) { group in
            for guess in 0..<1_000 {
                group.addTask { #expect(await ingest.tokens.node(of: "guess-\(guess)") == .unknown) }
            }
        }
        #expect(await ingest.tokens.node(of: "guess-1") == .unknown)
        let lookups = store.script.withLock(\.lookups)
        #expect(lookups.reduce(0, +) == 1_001)
        #expect(lookups.allSatisfy { $0 <= 500 })
        // Ten a second at most; a thousand that come at once need not a thousand queries.
        #expect(lookups.count < 100)
    }
}
