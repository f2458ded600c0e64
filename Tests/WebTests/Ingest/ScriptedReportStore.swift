import Fleet
import FleetStore
import Synchronization

@testable import Web

/// A store that is told what to answer, for what a real one can't be made to do on time.
final class ScriptedReportStore: ReportStore {
    struct Script: Sendable {
        /// Nodes that have a document.
        var nodes: Set<String> = []
        var tokens: [NodeToken] = []
        /// Asked before each flush; waits as long as it likes.
        var gate: (@Sendable () async -> Void)?
        /// What an insert fails with, if it is to.
        var fault: (@Sendable ([ResourceSample]) -> StoreError?)?

        /// Of samples that others stored.
        var stored: [String: Timestamp] = [:]

        var inserted: [ResourceSample] = []
        var insertCalls = 0
        var beaten: [[String]] = []
        var facts: [AgentFacts] = []
        var lookups: [Int] = []
    }

    let script: Mutex<Script>
    static let now = Timestamp(milliseconds: 1_800_000_000_000)

    init(_ script: Script) { self.script = Mutex(script) }

    func serverTime() -> Timestamp { Self.now }

    func tokens(_ digests: [[UInt8]]) -> [NodeToken] {
        script.withLock { script in
            script.lookups.append(digests.count)
            return script.tokens.filter { digests.contains($0.digest) }
        }
    }

    func tokensRevoked(since: Timestamp) -> [NodeToken] { [] }

    func standings(_ nodeIDs: [String]) async -> [String: NodeStanding] {
        await script.withLock(\.gate)?()
        return script.withLock { script in
            Dictionary(
                uniqueKeysWithValues: nodeIDs.filter(script.nodes.contains).map { ($0, NodeStanding(state: .active)) })
        }
    }

    func beat(_ nodeIDs: [String]) { script.withLock { $0.beaten.append(nodeIDs.sorted()) } }

    func insert(_ samples: [ResourceSample]) throws(StoreError) {
        script.withLock { $0.insertCalls += 1 }
        if let fault = script.withLock(\.fault), let error = fault(samples) { throw error }
        script.withLock { $0.inserted += samples }
    }

    func lastStored(_ nodeIDs: [String]) -> [String: Timestamp] {
        script.withLock { script in
            var newest = script.stored
            for sample in script.inserted {
                newest[sample.nodeID] = max(newest[sample.nodeID] ?? sample.timestamp, sample.timestamp)
            }
            return newest.filter { nodeIDs.contains($0.key) }
        }
    }

    func put(_ facts: [AgentFacts]) { script.withLock { $0.facts += facts } }
    func agentFacts(since: Timestamp?) -> (facts: [AgentFacts], now: Timestamp) { ([], Self.now) }
    func ingestServes(_ instance: String, lapse: Int64) {}
}

/// Lets through when it is opened.
actor TestGate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private(set) var arrived = 0

    func wait() async {
        arrived += 1
        guard !isOpen else { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    func open() {
        isOpen = true
        for one in waiting { one.resume() }
        waiting = []
    }
}
