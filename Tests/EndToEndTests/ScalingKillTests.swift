import BSON
import FleetStore
import Glibc
import MongoDB
import Testing

/// The daemon dies between a pool's declaration, the decision that follows from it, and what becomes of its nodes.
struct ScalingKillTests {
    /// Which batch holds what depends on who is faster: of the first few of them pool, decision and nodes are in some.
    @Test(arguments: [KillPoint.beforeCommit, .afterCommit], [1, 2, 3])
    func `a daemon that dies between decision and activation is followed by one that comes to the same end`(
        point: KillPoint, passage: Int
    ) async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.apply(fleet(size: 2))
            let first = try sandbox.daemon()
            try await eventually(within: .seconds(60), "two of four in use") {
                try await beatAndCount(sandbox) == ["active": 2, "inactive": 2]
            }
            try await stop(first)

            try await sandbox.apply(fleet(size: 4))
            _ = try await beatAndCount(sandbox)
            let dying = try sandbox.daemon(killPoint: "\(point.rawValue):\(passage)")
            try await eventually(within: .seconds(60), "it dies at \(point), or is done") {
                let states = try await beatAndCount(sandbox)
                return dying.ending != nil || states == ["active": 4]
            }
            dying.signal(SIGKILL)
            #expect(await dying.ended() == .killed(signal: SIGKILL), "\(dying.errors)")

            let next = try sandbox.daemon()
            try await eventually(within: .seconds(60), "all of them in use") {
                try await beatAndCount(sandbox) == ["active": 4]
            }
            try await stop(next)
            let decisions = try await sandbox.documents("decisions").compactMap {
                $0["desired"]?.int64Value
            }
            #expect(decisions.count { $0 == 4 } >= 1)
            let activations = try await sandbox.count("node_history", ["reason": "Activated"])
            #expect(activations == 2, "each of the two once")
        }
    }

    /// Not before it works: who is told to stop while it starts just ends.
    private func stop(_ daemon: ChildProcess) async throws {
        try await eventually("it leads") { daemon.errors.contains("leading") }
        daemon.signal(SIGTERM)
        #expect(await daemon.ended() == .exited(0), "\(daemon.errors)")
    }

    /// Bounds alone decide, so no samples are needed.
    private func fleet(size: Int) -> String {
        let pool = """
            apiVersion: reeve/v1
            kind: NodePool
            metadata: {name: scaled}
            spec:
              max_nodes: 10
              auto_scaling: true
              scaling_policy: {min_nodes: \(size), max_nodes: \(size), drain_seconds: 1}

            """
        return (1...4).reduce(pool) { text, number in
            text + """
                ---
                apiVersion: reeve/v1
                kind: Node
                metadata: {name: scaled-\(number)}
                spec:
                  node_type: compute
                  pool_id: pool_scaled
                  hardware_info:
                    cpu: {cores: 8}
                    memory: {total_bytes: 16GiB}
                    storage: {total_bytes: 1TB}
                    network: [{interface: eth0}]

                """
        }
    }

    /// All nodes report. Returns how many have which status.
    private func beatAndCount(_ sandbox: Sandbox) async throws -> [String: Int] {
        try await sandbox.write(
            "nodes", .updateMany(filter: [:], update: ["$currentDate": ["last_heartbeat": true]]))
        return try await sandbox.documents("nodes").compactMap { $0["status"]?.stringValue }
            .reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
}
