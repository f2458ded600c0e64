import BSON
import Foundation
import MongoDB
import Testing

/// `reeve top` in a pipe: what the stored reports say, once.
struct TopTests {
    private static let fleet = """
        apiVersion: reeve/v1
        kind: NodePool
        metadata: {name: small}
        spec: {max_nodes: 5}
        """

    private static func node(_ name: String) -> String {
        """
        ---
        apiVersion: reeve/v1
        kind: Node
        metadata: {name: \(name)}
        spec:
          node_type: worker
          pool_id: pool_small
          hardware_info:
            {cpu: {cores: 4}, memory: {total_bytes: 8GiB}, storage: {total_bytes: 100GB}, network: [{interface: eth0}]}
        """
    }

    private func sample(_ node: String, cpu: Double, used: Int64, secondsAgo: Int64) -> WriteOperation {
        let time = Int64(Date().timeIntervalSince1970 * 1000) - secondsAgo * 1000
        return .insertOne([
            "node_id": .string("node_\(node)"), "timestamp": .dateTime(time),
            "cpu": ["usage_percent": .double(cpu), "load_average": [1.5, 1.0, 0.5]],
            "memory": ["used_bytes": .int64(used), "total_bytes": 1_000],
        ])
    }

    @Test func `in a pipe the table is printed once, and programs get the same`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.apply(
                [Self.fleet, Self.node("one"), Self.node("two"), Self.node("mute")].joined(separator: "\n"))
            for write in [
                sample("one", cpu: 10, used: 900, secondsAgo: 90), sample("one", cpu: 30, used: 250, secondsAgo: 5),
                sample("two", cpu: 80, used: 750, secondsAgo: 5),
            ] {
                try await sandbox.write("resource_metrics", write)
            }

            let table = try await sandbox.reeve("top").output
            let lines = table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(lines.map(\.first) == ["NAME", "two", "one", "mute"])
            #expect(Array(lines[1].dropFirst().prefix(5)) == ["pool_small", "-", "80%", "1.50", "75%"])
            #expect(lines[3].dropFirst(2).allSatisfy { $0 == "-" })
            #expect(!table.contains("\u{1B}"))

            let pools = try await sandbox.reeve("top", "pools", "-o", "json").json["items"]?.items ?? []
            #expect(pools.map { $0["id"] } == ["pool_small"])
            #expect(pools.first?["total"]?.int64Value == 3)
            #expect(pools.first?["cpu_percent"]?.int64Value == 55)
            #expect(pools.first?["memory_percent"]?.int64Value == 50)
            #expect(pools.first?["cpu_trend"]?.items.count == 15)
            let names = try await sandbox.reeve("top", "nodes", "--sort", "name", "-o", "name").output
            #expect(names == "node/node_mute\nnode/node_one\nnode/node_two\n")
            try await sandbox.reeve("top", "--interval", "1ms", exit: 2)
            try await sandbox.reeve("top", "policies", exit: 2)
        }
    }
}
