import Crypto
import Fleet
import FleetStore
import HTTPTypes
import Logging
import Synchronization
import TestServer
import Testing

@testable import Web

/// How the ingest gathers reports, refuses what is too much, and survives a store that fails.
struct FlushTests {
    private let now = ScriptedReportStore.now

    private func ingest(
        _ store: ScriptedReportStore, _ settings: Ingest.Settings = Ingest.Settings(), log: KeptLog = KeptLog()
    ) -> Ingest {
        Ingest(
            Ingest.Parts(instance: "test", store: store, now: { ScriptedReportStore.now }, synchronise: {}),
            settings: settings, logger: log.logger)
    }

    private func submission(
        _ node: String, _ seconds: Int64 = 0, cpu: Double = 1, life: String? = nil
    ) -> Ingest.Submission {
        Ingest.Submission(
            nodeID: node, reports: [.measured(node, now.advanced(seconds: seconds), cpu: cpu)], life: life)
    }

    @Test func `what comes while a flush is under way goes with the next, together`() async throws {
        let gate = TestGate()
        let nodes = (0..<50).map { "node_\($0)" }
        let store = ScriptedReportStore(
            ScriptedReportStore.Script(nodes: Set(nodes), gate: { await gate.wait() }))
        let ingest = ingest(store)
        let outcomes = try await withThrowingTaskGroup(of: Ingest.Outcome.self) { group -> [Ingest.Outcome] in
            group.addTask { await ingest.outcome(submission("node_0")) }
            try await eventually("a flush") { await gate.arrived == 1 }
            for node in nodes.dropFirst() { group.addTask { await ingest.outcome(submission(node)) } }
            try await eventually("all wait") { await ingest.reportsHeld == 50 }
            await gate.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count == 50)
        #expect(outcomes.allSatisfy { if case .success = $0 { true } else { false } })
        #expect(store.script.withLock(\.beaten).map(\.count) == [1, 49])
        #expect(store.script.withLock(\.inserted).count == 50)
        #expect(await ingest.reportsHeld == 0)
    }

    @Test func `what waits is bounded`() async throws {
        let gate = TestGate()
        let store = ScriptedReportStore(ScriptedReportStore.Script(nodes: ["node_0"], gate: { await gate.wait() }))
        let ingest = ingest(store, Ingest.Settings(maximumWaiting: 2))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for second in Int64(0)...1 { group.addTask { _ = await ingest.outcome(submission("node_0", second)) } }
            try await eventually("two wait") { await ingest.reportsHeld == 2 }
            #expect(await ingest.outcome(submission("node_0", 2)) == .failure(.full))
            await gate.open()
            try await group.waitForAll()
        }
        if case .success = await ingest.outcome(submission("node_0", 3)) {} else { Issue.record("not taken again") }
    }

    @Test func `a store that does not answer costs each request a bounded wait`() async throws {
        let gate = TestGate()
        let store = ScriptedReportStore(ScriptedReportStore.Script(nodes: ["node_0"], gate: { await gate.wait() }))
        let ingest = ingest(store, Ingest.Settings(patience: .milliseconds(50)))
        #expect(await ingest.outcome(submission("node_0")) == .failure(.unavailable))
        // At once, and without piling up calls.
        #expect(await ingest.outcome(submission("node_0", 1)) == .failure(.unavailable))
        #expect(await gate.arrived == 1)
        await gate.open()
        try await eventually("it is taken again") {
            if case .success = await ingest.outcome(submission("node_0", 2)) { true } else { false }
        }
    }

    @Test func `what could not be stored is taken again when it comes again`() async {
        let isAway = Mutex(true)
        let store = ScriptedReportStore(
            ScriptedReportStore.Script(
                nodes: ["node_0"], fault: { _ in isAway.withLock { $0 } ? .unavailable("away") : nil }))
        let ingest = ingest(store)
        #expect(await ingest.outcome(submission("node_0")) == .failure(.unavailable))
        isAway.withLock { $0 = false }
        guard case .success(let acknowledgement) = await ingest.outcome(submission("node_0")) else {
            Issue.record("refused")
            return
        }
        #expect(acknowledgement.accepted == 1)
        #expect(acknowledgement.durableUntil == now)
        #expect(store.script.withLock(\.inserted).map(\.timestamp) == [now])
    }

    @Test func `a sample that MongoDB refuses harms its own node alone, and is given up`() async throws {
        let gate = TestGate()
        let nodes = (0..<20).map { "node_\($0)" }
        let store = ScriptedReportStore(
            ScriptedReportStore.Script(
                nodes: Set(nodes), gate: { await gate.wait() },
                fault: { samples in
                    samples.contains { $0.nodeID == "node_7" } ? .failed(code: 121, message: "no") : nil
                }))
        let ingest = ingest(store)
        let refused = try await withThrowingTaskGroup(of: (String, Refusal)?.self) { group -> [(String, Refusal)] in
            for node in nodes {
                group.addTask {
                    if case .failure(let refusal) = await ingest.outcome(submission(node)) {
                        (node, refusal)
                    } else {
                        nil
                    }
                }
            }
            try await eventually("all wait") { await ingest.reportsHeld == 20 }
            await gate.open()
            return try await group.reduce(into: []) { if let one = $1 { $0.append(one) } }
        }
        #expect(refused.map(\.0) == ["node_7"])
        #expect(refused.map { $0.1.problem(now: now).status.code } == [422])
        #expect(Set(store.script.withLock(\.inserted).map(\.nodeID)).count == 19)
    }

    @Test func `what is refused does not come back with the next sample`() async {
        let store = ScriptedReportStore(
            ScriptedReportStore.Script(
                nodes: ["node_0"],
                // A bad value that came with one report makes every sample bad that it is part of.
                fault: { $0.contains { $0[MetricLeaf.bytesIn] != nil } ? .failed(code: 121, message: "no") : nil }))
        let ingest = ingest(store, Ingest.Settings(sampleSeconds: 30))
        #expect(await ingest.outcome(submission("node_0")).isTaken)
        var bad = submission("node_0", 15)
        bad.reports[0][MetricLeaf.bytesIn] = .int(1)
        #expect(await ingest.outcome(bad).isTaken)
        #expect(await !ingest.outcome(submission("node_0", 30)).isTaken)
        #expect(await ingest.outcome(submission("node_0", 45)).isTaken)
        #expect(store.script.withLock(\.inserted).map { $0.timestamp.seconds(since: now) } == [0, 45])
    }

    @Test(arguments: [14_031, 11_602, 0] as [Int32])
    func `a fault of the server is nobody's: one attempt, and one warning`(code: Int32) async throws {
        let gate = TestGate()
        let nodes = (0..<50).map { "node_\($0)" }
        let store = ScriptedReportStore(
            ScriptedReportStore.Script(
                nodes: Set(nodes), gate: { await gate.wait() }, fault: { _ in .failed(code: code, message: "full") }))
        let log = KeptLog()
        let ingest = ingest(store, log: log)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in nodes {
                group.addTask { #expect(await ingest.outcome(submission(node)) == .failure(.unavailable)) }
            }
            try await eventually("all wait") { await ingest.reportsHeld == 50 }
            await gate.open()
            try await group.waitForAll()
        }
        // The first may have been on its way before the others came.
        #expect(store.script.withLock(\.insertCalls) <= 2)
        #expect(await ingest.outcome(submission("node_0", 1)) == .failure(.unavailable))
        #expect(log.lines.count == 1)
    }

    @Test func `a server that refuses everything is not asked for each`() async throws {
        let gate = TestGate()
        let nodes = (0..<500).map { "node_\($0)" }
        let store = ScriptedReportStore(
            ScriptedReportStore.Script(
                nodes: Set(nodes), gate: { await gate.wait() }, fault: { _ in .failed(code: 121, message: "no") }))
        let log = KeptLog()
        let ingest = ingest(store, log: log)
        let kept = try await withThrowingTaskGroup(of: Bool.self) { group -> Int in
            for node in nodes {
                group.addTask { await ingest.outcome(submission(node)) == .failure(.unavailable) }
            }
            try await eventually("all wait") { await ingest.reportsHeld == 500 }
            await gate.open()
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(kept > 300)
        #expect(store.script.withLock(\.insertCalls) < 400)
        #expect(log.lines.count <= 2)
    }

    @Test func `a stored sample from the future swallows nothing`() async {
        let store = ScriptedReportStore(
            ScriptedReportStore.Script(nodes: ["node_0"], stored: ["node_0": now.advanced(seconds: 30 * 86_400)]))
        let ingest = ingest(store)
        guard case .success(let acknowledgement) = await ingest.outcome(submission("node_0")) else {
            Issue.record("refused")
            return
        }
        #expect(acknowledgement.accepted == 1)
        #expect(acknowledgement.durableUntil == now)
        #expect(store.script.withLock(\.inserted).count == 1)
    }

    @Test func `a stop writes what was taken`() async throws {
        let store = ScriptedReportStore(ScriptedReportStore.Script(nodes: ["node_0"]))
        let ingest = ingest(store)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await ingest.run() }
            _ = await ingest.outcome(submission("node_0"))
            _ = await ingest.outcome(submission("node_0", 15, cpu: 10))
            _ = await ingest.outcome(submission("node_0", 30, cpu: 20))
            #expect(store.script.withLock(\.inserted).count == 1)
            await ingest.finish()
        }
        let inserted = store.script.withLock(\.inserted)
        #expect(inserted.map { $0.timestamp.seconds(since: now) } == [0, 30])
        #expect(inserted.last?[MetricLeaf.cpuUsage] == .double(15))
        #expect(await ingest.outcome(submission("node_0", 45)) == .failure(.unavailable))
    }

    // MARK: Shares.

    @Test func `one node's bodies leave room for others`() async throws {
        let ingest = ingest(
            ScriptedReportStore(ScriptedReportStore.Script()),
            Ingest.Settings(maximumBytes: 100, maximumBytesOfNode: 40))
        try await ingest.hold(bytes: 40, of: "node_0")
        await #expect(throws: Refusal.limited(seconds: 1)) { try await ingest.hold(bytes: 1, of: "node_0") }
        try await ingest.hold(bytes: 40, of: "node_1")
        await #expect(throws: Refusal.full) { try await ingest.hold(bytes: 30, of: "node_2") }
        await ingest.release(bytes: 40, of: "node_0")
        try await ingest.hold(bytes: 30, of: "node_2")
        try await ingest.hold(bytes: 10, of: "node_0")
    }

    @Test func `every request costs its node a report, whatever becomes of it`() async throws {
        let ingest = ingest(ScriptedReportStore(ScriptedReportStore.Script(nodes: ["node_0", "node_1"])))
        for _ in 0..<1_000 { try await ingest.admit("node_0") }
        await #expect(throws: Refusal.limited(seconds: 1)) { try await ingest.admit("node_0") }
        try await ingest.admit("node_1")
        // Also what names another life, of which nothing is taken.
        var many = submission("node_1", life: "another")
        many.reports = (0..<600).map { .measured("node_1", now.advanced(seconds: $0), cpu: 1) }
        #expect(await ingest.outcome(many).isTaken)
        #expect(!(await ingest.outcome(many).isTaken))
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
