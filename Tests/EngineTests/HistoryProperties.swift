import Fleet
import FleetStore
import MemoryStore
import Planning
import Testing

@testable import Engine

/// Random histories of an operator, of people who edit documents, of faults and of crashes: whatever happened, the end
/// is what is declared, nothing is doubled, and a further pass writes nothing.
struct HistoryProperties {
    @Test(arguments: 1...24)
    func `every history ends as declared`(seed: UInt64) async throws {
        try await expectEnd(of: RandomHistory(seed: seed), seed)
    }

    @Test(arguments: 101...112)
    func `a history with former leaders that do not know it ends as declared`(seed: UInt64) async throws {
        let former = try await expectEnd(of: RandomHistory(seed: seed, keepsFormerLeaders: true), seed)
        #expect(former.refused > 0, "seed \(seed): no former leader tried to write")
    }

    @discardableResult
    private func expectEnd(of start: RandomHistory, _ seed: UInt64) async throws -> RandomHistory.Former {
        var history = start
        for _ in 0..<120 { try await history.step() }
        try await history.end()
        let store = history.fleet.store
        for (key, desired) in store.desired.sorted(by: { $0.key < $1.key }) where desired.deletion == nil {
            try expectKept(desired, key, store)
        }
        for pool in store.documents(.nodePool) {
            let members = store.documents(.node).count { $0["pool_id"] == pool["pool_id"] }
            #expect(pool["node_count"] == .int(Int64(members)), "seed \(seed)")
            if let limit = pool["max_nodes"]?.int { #expect(members <= max(Int(limit), history.crowd)) }
        }
        expectOnce(store)
        store.resetWrites()
        _ = try await history.fleet.resync.run()
        try await history.fleet.settle()
        #expect(store.writesThatMatter == 0, "seed \(seed): \(store.writes)")
        return history.former
    }

    private func expectKept(_ desired: Desired, _ key: ResourceKey, _ store: InMemoryStore) throws {
        guard let status = store.statuses[key] else {
            Issue.record("\(key) has no status")
            return
        }
        #expect(status[.synced]?.status == .yes, "\(key): \(status.conditions)")
        guard key.kind == .node else { return }
        let document = try #require(store.document(key))
        for leaf in desired.spec.leaves {
            let field = FieldTable.node.leaves[leaf.index]
            guard let path = field.storedPath else { continue }
            #expect(document[path] == leaf.value, "\(key) \(path)")
        }
        #expect(document["name"] == .string(desired.declaration.name))
        #expect(document["status"] == status.state.map { .string($0.rawValue) })
    }

    /// The history of each declaration of a node is a chain, numbered from 1 without a gap; no event stands twice.
    private func expectOnce(_ store: InMemoryStore) {
        let chains = Dictionary(grouping: store.history) { "\($0.nodeID)/\($0.firstRevision)" }
        for (name, chain) in chains {
            let chain = chain.sorted { $0.transition < $1.transition }
            #expect(chain.map(\.transition) == Array(1...Int64(chain.count)), "\(name)")
            for (before, after) in zip(chain, chain.dropFirst()) { #expect(before.to == after.from, "\(name)") }
        }
        let ids = store.allEvents.map(\.id)
        #expect(Set(ids).count == ids.count)
    }
}

/// One history, drawn from a seed.
private struct RandomHistory {
    var fleet: Simulation
    var epoch: Int64 = 1
    var random: SeededGenerator
    /// The most nodes that a pool ever held when its maximum was lowered under them.
    var crowd = 0
    /// Daemons that were taken over from and work on: frozen ones that woke up.
    struct Former {
        var daemons: [Simulation] = []
        var refused = 0
    }

    var former = Former()
    private let keepsFormerLeaders: Bool
    private let pools = ["eu", "us", "jp"]
    private let nodes = (1...24).map { "n\($0)" }

    init(seed: UInt64, keepsFormerLeaders: Bool = false) async throws {
        self.keepsFormerLeaders = keepsFormerLeaders
        fleet = try await Simulation()
        random = SeededGenerator(seed: seed)
    }

    mutating func step() async throws {
        try await stepFormer()
        switch Int.random(in: 0..<20, using: &random) {
        case 0...5: try await declareNodes()
        case 6: try await declarePool()
        case 7: try await fleet.delete(nodeKey(name()))
        case 8: editByHand()
        case 9: fleet.store.deleteDocument(nodeKey(name()))
        case 10: fleet.store.insertDocument(nodeKey("wild"), [PathValue("pool_id", .string("pool_eu"))])
        case 11: for node in nodes.shuffled(using: &random).prefix(8) { fleet.store.beat("node_" + node) }
        case 12: try await suspendOrResume()
        case 13: try await crash()
        case 14: fleet.store.failCommit(Int.random(in: 1...3, using: &random), with: fault())
        case 15: fleet.store.dropFeedEvents(1)
        case 16: _ = try await fleet.resync.run()
        case 17: try await fleet.advance(seconds: Int64.random(in: 1...90, using: &random))
        default: try await fleet.settle()
        }
    }

    /// Faults are over, everybody resumes and has room, and what was missed is found.
    mutating func end() async throws {
        try await fleet.declare(pools.map { pool($0, ["max_nodes": .int(40)]) })
        for key in fleet.store.desired.keys where fleet.store.desired[key]?.overrides.suspend != nil {
            try await fleet.override(key) { $0.suspend = nil }
        }
        try await crash()
        for _ in 0..<8 {
            _ = try await fleet.resync.run()
            try await fleet.advance(seconds: 400)
        }
        for node in nodes { fleet.store.beat("node_" + node) }
        _ = try await fleet.resync.run()
        try await fleet.settle()
    }

    private mutating func name() -> String { nodes.randomElement(using: &random) ?? "n1" }

    private mutating func declareNodes() async throws {
        let names = nodes.shuffled(using: &random).prefix(Int.random(in: 1...6, using: &random))
        var declarations: [Declaration] = []
        for name in names where fleet.store.desired[nodeKey(name)]?.deletion == nil {
            let pool = Int.random(in: 0..<8, using: &random) == 0 ? nil : pools.randomElement(using: &random)
            var leaves: [String: FieldValue] = [
                "hardware_info.cpu.cores": .int(Int64.random(in: 1...64, using: &random))
            ]
            if Bool.random(using: &random) { leaves["location.city"] = .string("Berlin") }
            if Bool.random(using: &random) { leaves["hardware_info.gpu.model"] = .string("A100") }
            if Int.random(in: 0..<6, using: &random) == 0 { leaves["status"] = .string("maintenance") }
            declarations.append(node(name, in: pool, leaves))
        }
        try await fleet.declare(declarations)
    }

    private mutating func declarePool() async throws {
        guard let name = pools.randomElement(using: &random) else { return }
        let limit = Int64.random(in: 4...30, using: &random)
        let id = FieldValue.string("pool_" + name)
        crowd = max(crowd, fleet.store.documents(.node).count { $0["pool_id"] == id })
        try await fleet.declare(pool(name, ["max_nodes": .int(limit)]))
    }

    private mutating func editByHand() {
        let value: FieldValue = [.string("Paris"), .null, .int(3)].randomElement(using: &random) ?? .null
        let path = ["location.city", "location", "status", "hardware_info.cpu.cores", "name", "hardware_info.gpu"]
            .randomElement(using: &random)
        guard let path else { return }
        fleet.store.edit(nodeKey(name())) { $0[path] = value }
    }

    private mutating func suspendOrResume() async throws {
        guard let pool = pools.randomElement(using: &random) else { return }
        let pause = Bool.random(using: &random)
        try await fleet.override(poolKey(pool)) { $0.suspend = pause ? Suspension(reason: "test", by: "test") : nil }
    }

    private mutating func fault() -> CommitFault {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .answer(.conflict("made up"))
        case 1: .unknown(isApplied: true)
        case 2: .unknown(isApplied: false)
        default: .refuse(.unavailable("made up"))
        }
    }

    /// The daemon dies and another starts; its queue is gone, and so is what it had heard.
    private mutating func crash() async throws {
        epoch += 1
        if keepsFormerLeaders {
            former.daemons.append(fleet)
            fleet = try await Simulation(on: fleet.store.another(), epoch: epoch)
        } else {
            await fleet.close()
            fleet = try await Simulation(on: fleet.store, epoch: epoch)
        }
        _ = try await fleet.resync.run()
    }

    /// Whatever a former leader does, nothing of it is written.
    private mutating func stepFormer() async throws {
        let before = fleet.store.writes
        for daemon in former.daemons {
            for worker in daemon.workers {
                do { while try await worker.step() == .worked {} } catch StoreError.fenced { former.refused += 1 }
            }
        }
        #expect(fleet.store.writes == before)
    }
}
