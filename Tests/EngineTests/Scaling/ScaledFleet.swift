import Fleet
import FleetStore
import MemoryStore
import Testing

@testable import Engine

/// A pool whose nodes share a load: each look's samples say what the load makes of those that are in use.
final class ScaledFleet {
    /// The leader; another one after a restart.
    private(set) var leader: Simulation
    let store: InMemoryStore
    let count: Int
    /// In fully used nodes.
    var load = 0.0
    /// Seconds between two samples of a node.
    var interval: Int64 = 15
    /// Nodes that do not report.
    var silent: Set<String> = []
    /// What becomes of a sample on its way: lost, doubled, anything.
    var spoil: (NodeLoad) -> [NodeLoad] = { [$0] }
    private var epoch: Int64 = 1
    static let poolName = "eu"

    /// Small figures, so that tests need not run for hours of their own clock.
    static let policy: [String: FieldValue] = [
        "auto_scaling": .bool(true), "max_nodes": .int(20), "scaling_policy.max_nodes": .int(10),
        "scaling_policy.min_nodes": .int(2), "scaling_policy.scale_up_threshold": .int(80),
        "scaling_policy.scale_down_threshold": .int(40), "scaling_policy.cooldown_minutes": .int(5),
        "scaling_policy.window_minutes": .int(5),
    ]

    /// A pool of so many nodes that report, of which the scaler keeps `inUse` in use, with its window full.
    init(
        _ count: Int = 10, inUse: Int64 = 4, load: Double = 2, policy: [String: FieldValue] = [:],
        on store: InMemoryStore = InMemoryStore(), through watched: (any Store)? = nil
    ) async throws {
        self.store = store
        self.count = count
        self.load = load
        leader = try await Simulation(on: store, through: watched)
        let leaves = ScaledFleet.policy.merging(policy) { _, given in given }
        try await leader.declare(
            [pool(ScaledFleet.poolName, leaves)] + (1...count).map { node("n\($0)", in: ScaledFleet.poolName) })
        try await leader.start()
        try await run(seconds: 60)
        try await scale(to: inUse)
        try await run(seconds: 600)
    }

    // MARK: Time

    /// Reports, samples and looks for so long.
    func run(seconds: Int64, until isEnough: () -> Bool = { false }) async throws {
        let end = store.now.advanced(seconds: seconds)
        while store.now < end, !isEnough() {
            for number in 1...count where !silent.contains("node_n\(number)") { store.beat("node_n\(number)") }
            sample()
            try await leader.advance(seconds: min(interval, end.seconds(since: store.now)))
        }
    }

    private func sample() {
        let active = inUse.filter { !silent.contains($0) }
        let usage = active.isEmpty ? 0 : min(100, load * 100 / Double(active.count))
        let samples = active.map { NodeLoad(nodeID: $0, at: store.now, cpu: usage) }
        store.store(samples.flatMap(spoil))
    }

    /// The leader dies as it stands, and another takes over after so many seconds.
    func restart(after seconds: Int64 = 0, through watched: (any Store)? = nil) async throws {
        await leader.close()
        store.now = store.now.advanced(seconds: seconds)
        epoch += 1
        leader = try await Simulation(on: store, through: watched, epoch: epoch)
        try await leader.start()
    }

    // MARK: The operator

    func scale(to nodes: Int64) async throws {
        let at = store.now
        try await leader.override(poolKey(ScaledFleet.poolName)) {
            $0.scale = ScaleOverride(nodes: nodes, by: "test", reason: "test", at: at)
        }
    }

    /// Declares a node again, with more leaves.
    func redeclare(_ number: Int, _ leaves: [String: FieldValue]) async throws {
        try await leader.declare(node("n\(number)", in: ScaledFleet.poolName, leaves))
    }

    // MARK: What stands

    /// Nodes in use by the fleet's documents.
    var inUse: [String] {
        store.documents(.node).filter { $0["status"] == .string("active") }
            .compactMap { $0["node_id"]?.string }.sorted()
    }

    func states(_ state: NodeState) -> Int {
        store.documents(.node).count { $0["status"] == .string(state.rawValue) }
    }

    var status: ResourceStatus? { store.statuses[poolKey(ScaledFleet.poolName)] }
    var scaling: PoolScaling? { status?.scaling }

    var decisions: [ScalingRecord] {
        get throws { try store.decisions(of: "pool_" + ScaledFleet.poolName, limit: 1000) }
    }

    func number(_ id: String) -> Int { Int(id.dropFirst("node_n".count)) ?? 0 }

    /// What was done and why, in order, whenever it was.
    var actions: [String] {
        get throws {
            try decisions.map(\.decision).filter { $0.current != $0.desired }.map {
                "\($0.current) → \($0.desired) \($0.reason) + \($0.coming) - \($0.going)"
            }
        }
    }

    /// Sizes that were decided on, in order.
    var sizes: [Int64] {
        get throws {
            try decisions.map(\.decision).filter { $0.isCarriedOut && $0.current != $0.desired }.map(\.desired)
        }
    }
}
