import BSON
import Testing

struct ApplyTests {
    private static func pool(_ name: String, maxNodes: Int = 10) -> String {
        "apiVersion: reeve/v1\nkind: NodePool\nmetadata: {name: \(name)}\nspec: {max_nodes: \(maxNodes)}\n"
    }

    private static func node(_ name: String, in pool: String, type: String = "worker") -> String {
        """
        apiVersion: reeve/v1
        kind: Node
        metadata: {name: \(name)}
        spec:
          node_type: \(type)
          pool_id: pool_\(pool)
          hardware_info:
            cpu: {cores: 4}
            memory: {total_bytes: 4GiB}
            storage: {total_bytes: 100GB}
            network: [{interface: eth0}]

        """
    }

    private static func file(_ documents: String...) -> String { documents.joined(separator: "---\n") }

    @Test func `with one invalid document nothing is written`() async throws {
        try await Sandbox.run { sandbox in
            let wrong = Self.file(
                Self.pool("good"), Self.node("good-01", in: "good"), Self.node("bad-01", in: "good", type: "toaster"))
            let before = try await sandbox.writeCounts()
            let outcome = try await sandbox.reeve("apply", "-f", "-", input: wrong, exit: 3)
            #expect(outcome.errors.contains("stdin:"))
            #expect(outcome.errors.contains("nothing was written"))
            #expect(try await sandbox.writeCounts() == before)
        }
    }

    @Test func `--continue declares what is valid and does not depend on what is not`() async throws {
        try await Sandbox.run { sandbox in
            let mixed = Self.file(
                Self.pool("good"), Self.node("good-01", in: "good"), Self.node("bad-01", in: "good", type: "toaster"),
                Self.pool("broken", maxNodes: 0), Self.node("orphan-01", in: "broken"))
            let outcome = try await sandbox.reeve(
                "apply", "--continue", "-f", "-", "-o", "json", input: mixed, exit: 6)
            let results = try outcome.json["results"]?.items ?? []
            let byID = Dictionary(
                uniqueKeysWithValues: results.map { ($0["id"]?.stringValue, $0["result"]?.stringValue) })
            #expect(
                byID == [
                    "pool_good": "created", "node_good-01": "created", "node_bad-01": "failed",
                    "pool_broken": "failed", "node_orphan-01": "held",
                ])
            let declared = try await sandbox.documents("desired").compactMap { $0["_id"]?.stringValue }
            #expect(declared == ["Node/node_good-01", "NodePool/pool_good"])
        }
    }

    @Test func `of two who want a pool's last place one gets it`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.apply(Self.file(Self.pool("narrow", maxNodes: 2), Self.node("first", in: "narrow")))
            let endings = try await withThrowingTaskGroup { group in
                for name in ["left", "right"] {
                    group.addTask {
                        try await sandbox.run(["apply", "-f", "-"], input: Self.node(name, in: "narrow")).ending
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(endings.count { $0 == .exited(0) } == 1, "\(endings)")
            #expect(endings.count { $0 == .exited(3) || $0 == .exited(4) } == 1, "\(endings)")
            #expect(try await sandbox.count("desired", ["kind": "Node"]) == 2)
        }
    }

    @Test func `ten who declare different nodes at once all succeed`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.apply(Self.pool("shared", maxNodes: 10))
            try await withThrowingTaskGroup { group in
                for number in 0..<10 {
                    group.addTask { try await sandbox.apply(Self.node("node-\(number)", in: "shared")) }
                }
                try await group.waitForAll()
            }
            let declared = try await sandbox.documents("desired", ["kind": "Node"])
            #expect(declared.count == 10)
            // Each declaration has a revision of its own.
            #expect(Set(declared.map { $0["revision"]?.int64Value }).count == 10)
        }
    }

    @Test func `--dry-run tells and writes nothing, and --wait returns when all is synced`() async throws {
        try await Sandbox.run { sandbox in
            let fleet = Self.file(Self.pool("patient"), Self.node("patient-01", in: "patient"))
            let before = try await sandbox.writeCounts()
            let told = try await sandbox.reeve("apply", "--dry-run", "-f", "-", "-o", "json", input: fleet).json
            #expect(told["summary", "created"] == 2)
            #expect(try await sandbox.writeCounts() == before)
            _ = try sandbox.daemon()
            try await sandbox.reeve("apply", "--wait", "--timeout", "30s", "-f", "-", input: fleet)
            #expect(try await sandbox.synced() == 2)
        }
    }
}
