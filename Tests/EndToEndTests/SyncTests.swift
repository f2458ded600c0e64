import BSON
import Foundation
import Glibc
import MongoDB
import Testing

/// A directory synced once, and by a daemon that watches it.
struct SyncTests {
    @Test func `a second sync writes nothing at all`() async throws {
        try await Sandbox.run { sandbox in
            let tree = try SyncedTree(sandbox)
            for file in try Repository.yamlFiles() where file.hasPrefix(Repository.manifests) {
                try tree.write(
                    String(file.split(separator: "/").last ?? ""), try String(contentsOfFile: file, encoding: .utf8))
            }
            let first = try await tree.sync("-o", "json").json
            #expect(first["set"] == "fleet" && first["summary", "created"] == 16)
            let (revision, status) = (try await tree.revision(), try await tree.status())
            let writes = try await sandbox.writeCounts()
            let second = try await tree.sync("-o", "json").json
            #expect(second["summary", "unchanged"] == 16)
            #expect(try await tree.revision() == revision)
            #expect(try await tree.status() == status)
            let after = try await sandbox.writeCounts()
            #expect(after.filter { $0.value != writes[$0.key, default: 0] }.isEmpty)
            #expect(try await sandbox.documents("desired").allSatisfy { $0["manager"] == "sync/fleet" })
        }
    }

    @Test func `one changed line is reconciled by a daemon that watches, and shown`() async throws {
        try await Sandbox.run { sandbox in
            let tree = try SyncedTree(sandbox)
            try tree.write(nodes: 0..<5)
            _ = try sandbox.daemon("a", "--watch", "fleet=\(tree.path)")
            try await sandbox.reeve("wait", "set/none", "--for", "condition=Synced", exit: 1)
            try await tree.applied()
            try await sandbox.settled()
            try tree.write("n3.yaml", SyncedTree.node(3, cores: 48))
            try await eventually("the changed line in MongoDB") {
                try await sandbox.count(
                    "nodes", ["node_id": "node_synced-3", "hardware_info.cpu.cores": 48]) == 1
            }
            try await tree.applied()
            let listed = try await sandbox.reeve("get", "sets", "-o", "json").json["items"]?.items.first
            #expect(listed?["kind"] == "Set" && listed?["metadata", "id"] == "fleet")
            #expect(listed?["status", "counts", "objects"] == 5)
            let table = try await sandbox.reeve("get", "set/fleet").output
            #expect(table.contains("ResourcesNotReady"), "nodes that never reported are not ready")
            try await sandbox.reeve("wait", "set/fleet", "--for", "condition=Synced")
            let described = try await sandbox.reeve("describe", "set/fleet").output
            #expect(described.contains("daemon/a") && described.contains("5 valid"))
        }
    }

    @Test func `a watched list of sets has a row for each sync that changed something, and none for others`()
        async throws
    {
        try await Sandbox.run { sandbox in
            let tree = try SyncedTree(sandbox)
            let table = try sandbox.start(["get", "sets", "--watch"])
            let documents = try sandbox.start(["get", "set/fleet", "--watch", "-o", "json"])
            try await table.says("no directory was synced yet")
            try tree.write(nodes: 0..<3)
            try await tree.sync()
            try await eventually("the first row") { table.output.contains("0/3") }
            try await tree.sync()
            try tree.write(nodes: 3..<4)
            try await tree.sync()
            try await eventually("the second row") { table.output.contains("0/4") }
            try await eventually("the last document") { documents.output.contains("\"declared\": 4") }
            for process in [table, documents] {
                process.signal(SIGTERM)
                await process.ended()
            }
            let rows = table.output.split(separator: "\n")
            #expect(rows.count { $0.hasPrefix("NAME") } == 1)
            #expect(rows.count { $0.hasPrefix("fleet") && $0.contains("0/3") } == 1)
            // A document each, one after the other.
            #expect(documents.output.ranges(of: "{\n  \"kind\": \"Set\",").count >= 2)
            #expect(!documents.output.contains("items"))
        }
    }

    @Test func `only the daemon that leads syncs, and its successor goes on`() async throws {
        try await Sandbox.run { sandbox in
            let tree = try SyncedTree(sandbox)
            try tree.write(nodes: 0..<3)
            let first = try sandbox.daemon("a", "--watch", "fleet=\(tree.path)")
            try await tree.applied()
            let second = try sandbox.daemon("b", "--watch", "fleet=\(tree.path)")
            try await second.says("waiting for the lease")
            first.signal(SIGTERM)
            #expect(await first.ended() == .exited(0))
            try tree.write(nodes: 3..<4)
            try await tree.applied()
            #expect(try await tree.status()?["synced_by"] == "daemon/b")
            #expect(try await tree.owned().count == 4)
        }
    }

    @Test func `what operators set by hand survives a sync, and shows`() async throws {
        try await Sandbox.run { sandbox in
            let tree = try SyncedTree(sandbox)
            try tree.write(nodes: 0..<2)
            try await tree.sync()
            try await sandbox.reeve("cordon", "node/synced-1", "--reason", "loud fan")
            try tree.write("n1.yaml", SyncedTree.node(1, cores: 60))
            #expect(try await tree.sync().output.contains("node/node_synced-1 configured"))
            let found = try await sandbox.documents("desired", ["_id": "Node/node_synced-1"]).first
            #expect(found?["overrides", "cordon", "reason"] == "loud fan")
            let described = try await sandbox.reeve("describe", "set/fleet").output
            #expect(described.contains("Set by hand, and kept by every sync\n  Node/node_synced-1"))
        }
    }

    @Test func `two sets that claim one node are told apart, and nothing flaps`() async throws {
        try await Sandbox.run { sandbox in
            let one = try SyncedTree(sandbox, "one")
            let two = try SyncedTree(sandbox, "two")
            try one.write("shared.yaml", SyncedTree.node(1, cores: 1))
            try two.write("claim.yaml", SyncedTree.node(1, cores: 2))
            try two.write(nodes: 5..<6)
            _ = try sandbox.daemon("a", "--watch", "one=\(one.path)")
            try await one.applied()
            let second = try sandbox.start([
                "sync", two.path, "--set", "two", "--watch",
            ])
            try await eventually("the second claim is refused") {
                try await two.condition("Synced")?["reason"] == "Conflict"
            }
            let told = try await two.condition("Synced")?["message"]?.stringValue ?? ""
            #expect(
                told.contains("claim.yaml:1") && told.contains("shared.yaml:1") && told.contains("`one`"), "\(told)")
            #expect(try await two.owned() == [SyncedTree.id(5)])
            let revision = try await two.revision()
            let versions = (try await one.status()?["version"], try await two.status()?["version"])
            // What comes later elsewhere is worked on by both, and neither touches the node.
            try two.write(nodes: 7..<8)
            try await eventually("the other node") { try await two.owned().contains(SyncedTree.id(7)) }
            #expect(try await one.owned() == [SyncedTree.id(1)])
            #expect(try await one.status()?["version"] == versions.0)
            let now = try await two.revision()
            #expect(now != revision)
            try await one.sync(exit: 0)
            try await two.sync(exit: 6)
            #expect(try await two.revision() == now)
            #expect(second.ending == nil)
        }
    }

    @Test func `a directory does not lose its set to another name of it`() async throws {
        try await Sandbox.run { sandbox in
            let tree = try SyncedTree(sandbox, "o'neil")
            try tree.write(nodes: 0..<3)
            try await tree.sync()
            let mine = try await tree.owned()
            #expect(mine.count == 3)
            // Without a name it would be called like its path.
            let refused = try await sandbox.reeve("sync", tree.path, "--force", exit: 4)
            let named = #"as the set 'o'\''neil' already, from which this would take all: `reeve sync"#
            #expect(refused.errors.contains(named), "\(refused.errors)")
            #expect(refused.errors.contains(#"--set 'o'\''neil' --force`"#))
            #expect(try await tree.owned() == mine)
            let told = try await sandbox.reeve("sync", tree.path, "--set", "other", exit: 6)
            #expect(told.errors.contains(#"as the set 'o'\''neil' already: `reeve sync"#), "\(told.errors)")
            #expect(try await tree.owned() == mine)
            try await tree.sync("--force")
            // As the message has it: all of it moves, and the directory with it.
            try await sandbox.reeve("adopt", "--from-set", "o'neil", "--set", "other")
            try await sandbox.reeve("sync", tree.path, "--set", "other", "--force")
            #expect(try await tree.owned() == [])
        }
    }
}
