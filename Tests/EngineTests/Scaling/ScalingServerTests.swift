import BSON
import Fleet
import FleetStore
import MongoDB
import TestServer
import Testing

@testable import Engine

/// A daemon on a real server scales a pool by the samples that stand there.
@Suite(.timeLimit(.minutes(3))) struct ScalingServerTests {
    private static let key = poolKey("europe")
    private static let policy: [String: FieldValue] = [
        "auto_scaling": .bool(true), "max_nodes": .int(20), "scaling_policy.min_nodes": .int(1),
        "scaling_policy.scale_up_threshold": .int(80), "scaling_policy.scale_down_threshold": .int(40),
        "scaling_policy.cooldown_minutes": .int(5), "scaling_policy.window_minutes": .int(15),
        "scaling_policy.drain_seconds": .int(1),
    ]
    private static let names = (1...6).map { "n-\($0)" }

    private var tuning: Tuning {
        var tuning = Tuning()
        (tuning.scalingInterval, tuning.healthInterval) = (.seconds(1), .seconds(1))
        return tuning
    }

    @Test func `a daemon that has just begun knows the load of the past, and one that runs follows the load`()
        async throws
    {
        try await Server.withStore { store, database in
            try await declare([pool("europe", Self.policy)] + Self.names.map { node($0, in: "europe") }, store)
            let nodes = Self.names.map { nodeKey($0) }
            // It is not to find a size before all of them are there.
            var first = tuning
            first.scalingInterval = .seconds(3600)
            try await withDaemon(store, tuning: first) {
                try await eventually("all nodes in use") {
                    try await store.beat(nodes.map(\.id))
                    return try await states(nodes, store) == [.active: 6]
                }
            }
            // As if they had been in use for long.
            let client = try await Server.client()
            try await client.run { connection in
                try connection.bulkWrite(Namespace(database, "node_history"), [.deleteMany(filter: [:])])
            }
            await client.close()
            let now = try await store.serverTime()
            try await sample(nodes, cpu: 10, at: (0...70).map { now.advanced(seconds: $0 * -15) }, store)

            try await withDaemon(store, instance: "next", tuning: tuning) {
                try await eventually("one of them drains") {
                    try await beat(nodes, cpu: 10, store)
                    return try await states(nodes, store) == [.active: 5, .inactive: 1]
                }
                try await eventually("load brings it back, in spite of the cooldown") {
                    try await beat(nodes, cpu: 85, store)
                    return try await states(nodes, store) == [.active: 6]
                }
                let decisions = try await store.decisions(of: Self.key.id, limit: 10).map(\.decision)
                #expect(decisions.filter { $0.current != $0.desired }.map(\.desired) == [5, 6])
                let status = try #require(try await store.read([Self.key]).status[Self.key])
                #expect(status.scaling?.intents.count == 1)
                #expect(status[.scalingActive]?.reason == "ValidMetrics")
            }
        }
    }

    private func beat(_ nodes: [ResourceKey], cpu: Double, _ store: MongoStore) async throws {
        try await store.beat(nodes.map(\.id))
        try await sample(nodes, cpu: cpu, at: [try await store.serverTime()], store)
    }

    private func sample(
        _ nodes: [ResourceKey], cpu: Double, at instants: [Timestamp], _ store: MongoStore
    ) async throws {
        let samples = nodes.flatMap { node in
            instants.map { at in
                var sample = ResourceSample(nodeID: node.id, timestamp: at)
                sample[MetricLeaf.cpuUsage] = .double(cpu)
                return sample
            }
        }
        try await store.insert(samples)
    }

    private func states(_ nodes: [ResourceKey], _ store: MongoStore) async throws -> [NodeState: Int] {
        let view = try await store.read(nodes)
        return nodes.compactMap { view.observed[$0]?.state }.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
}
