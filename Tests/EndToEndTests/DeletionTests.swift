import BSON
import MongoDB
import Testing

struct DeletionTests {
    private static let policy = "scaling_policy: {scale_up_threshold: 80, scale_down_threshold: 50, drain_seconds: 2}"

    private static func fleet(onDelete: String = "drain") -> String {
        """
        apiVersion: reeve/v1
        kind: NodePool
        metadata: {name: leaving}
        spec: {max_nodes: 4, \(policy)}
        ---
        apiVersion: reeve/v1
        kind: Node
        metadata: {name: leaver}
        spec:
          node_type: worker
          pool_id: pool_leaving
          hardware_info:
            cpu: {cores: 4}
            memory: {total_bytes: 4GiB}
            storage: {total_bytes: 100GB}
            network: [{interface: eth0}]
        lifecycle: {on_delete: \(onDelete)}
        """
    }

    /// A heartbeat, as ingest would write it.
    private func beat(_ sandbox: Sandbox) async throws {
        let now: Document = ["$currentDate": ["last_heartbeat": true]]
        try await sandbox.write("nodes", .updateMany(filter: [:], update: now))
    }

    @Test func `a pool with nodes stays; with --cascade its nodes are drained first, and all of it is gone`()
        async throws
    {
        try await Sandbox.run { sandbox in
            _ = try sandbox.daemon()
            try await sandbox.apply(Self.fleet())
            try await sandbox.settled()
            try await beat(sandbox)
            try await sandbox.reeve("wait", "node/leaver", "--for", "condition=Ready", "--timeout", "20s")

            try await sandbox.reeve("delete", "pool/leaving", exit: 4)
            #expect(try await sandbox.count("desired") == 2)

            let outcome = try await sandbox.reeve("delete", "pool/leaving", "--cascade", "--wait", "--timeout", "30s")
            #expect(outcome.output.contains("Node/node_leaver"))
            #expect(outcome.elapsed > .seconds(2), "its work has two seconds to end")
            for collection in ["nodes", "node_pools", "desired", "status"] {
                #expect(try await sandbox.count(collection) == 0, "\(collection)")
            }
            #expect(try await sandbox.count("tombstones") == 2)
            // inactive, active, maintenance while it drained, gone.
            let path = try await sandbox.documents("node_history").map { $0["to"]?.stringValue }
            #expect(path == ["inactive", "active", "maintenance", nil])
        }
    }

    @Test func `a policy that a pool names stays`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.reeve("apply", "-f", Repository.manifests)
            let outcome = try await sandbox.reeve("delete", "scalingpolicy/steady", exit: 4)
            #expect(outcome.errors.contains("NodePool/pool_render-eu"))
            #expect(try await sandbox.count("desired") == 16)
        }
    }

    @Test func `what is orphaned is forgotten, and its document stays`() async throws {
        try await Sandbox.run { sandbox in
            _ = try sandbox.daemon()
            try await sandbox.apply(Self.fleet(onDelete: "orphan"))
            try await sandbox.settled()
            try await sandbox.reeve("delete", "node/leaver", "--wait", "--timeout", "20s")
            #expect(try await sandbox.count("nodes") == 1)
            #expect(try await sandbox.count("desired") == 1)
            let listed = try await sandbox.reeve("get", "nodes", "--undeclared", "-o", "name").output
            #expect(listed == "node/node_leaver\n")
        }
    }
}
