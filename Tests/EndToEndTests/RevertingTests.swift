import BSON
import Foundation
import MongoDB
import TestServer
import Testing

/// `history` and `undo`.
struct RevertingTests {
    fileprivate static func pool(_ name: String, max: Int) -> String {
        "apiVersion: reeve/v1\nkind: NodePool\nmetadata: {name: \(name)}\nspec: {max_nodes: \(max)}\n"
    }

    private func most(_ sandbox: Sandbox, _ id: String) async throws -> Int64? {
        try await sandbox.documents("desired", ["id": .string(id)]).first?["spec", "max_nodes"]?.int64Value
    }

    @Test func `a resource goes back and forth, and its history tells of it`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.apply(Self.pool("back", max: 5))
            let first = try await sandbox.reeve("undo", "pool/back", exit: 1)
            #expect(first.errors.contains("first generation"))
            try await sandbox.apply(Self.pool("back", max: 6))
            try await sandbox.reeve("suspend", "pool/back", "--reason", "test")
            let counts = try await sandbox.writeCounts()
            let dry = try await sandbox.reeve("undo", "pool/back", "--dry-run")
            #expect(dry.output.contains("spec.max_nodes  6 → 5") && dry.output.contains("(dry run)"))
            #expect(try await sandbox.writeCounts() == counts)
            try await sandbox.reeve("undo", "pool/back")
            #expect(try await most(sandbox, "pool_back") == 5)
            let stands = try await sandbox.documents("desired", ["id": "pool_back"]).first
            #expect(stands?["overrides", "suspend", "reason"] == "test", "what operators set stays")
            try await sandbox.reeve("undo", "pool/back")
            #expect(try await most(sandbox, "pool_back") == 6)
            try await sandbox.reeve("undo", "pool/back", "--to", "1")
            #expect(try await most(sandbox, "pool_back") == 5)
            try await sandbox.reeve("undo", "pool/back", "--to", "77", exit: 1)
            try await sandbox.reeve("undo", "pool/nope", exit: 1)

            let items = try await sandbox.reeve("history", "pool/back", "-o", "json").json["items"]?.items ?? []
            #expect(items.map { $0["generation"]?.int64Value } == [1, 2, 3, 4, 5])
            #expect(items.map { $0["event"]?.stringValue } == ["declared"] + Array(repeating: "changed", count: 4))
            #expect(items[1]["fields"]?.items.first?["path"] == "spec.max_nodes")
            let text = try await sandbox.reeve("history", "pool/back", "-p").output
            #expect(text.contains("-  max_nodes: 5\n+  max_nodes: 6\n"))
            try await sandbox.reeve("history", "pool/nope", exit: 1)
            try await sandbox.reeve("history", "set/nope", exit: 1)
        }
    }

    @Test func `what was deleted is declared again when it is gone, and not before`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.apply(Self.pool("phoenix", max: 5))
            try await sandbox.reeve("delete", "pool/phoenix")
            let refused = try await sandbox.reeve("undo", "pool/phoenix", exit: 4)
            #expect(refused.errors.contains("being deleted"))
            _ = try sandbox.daemon()
            try await eventually(within: .seconds(60), "it is gone") { try await sandbox.count("desired") == 0 }
            try await sandbox.reeve("undo", "pool/phoenix")
            #expect(try await most(sandbox, "pool_phoenix") == 5)
            try await sandbox.settled()
            let items = try await sandbox.reeve("history", "pool/phoenix", "-o", "json").json["items"]?.items ?? []
            #expect(items.map { $0["event"]?.stringValue } == ["declared", "deleted", "declared"])
        }
    }

    private struct Folder {
        let sandbox: Sandbox
        var path: String { sandbox.folder + "/site" }

        func fill(_ pools: [String: Int]) throws {
            try? FileManager.default.removeItem(atPath: path)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            for (name, max) in pools {
                try RevertingTests.pool(name, max: max).write(
                    toFile: "\(path)/\(name).yaml", atomically: false, encoding: .utf8)
            }
        }

        @discardableResult
        func sync() async throws -> Outcome { try await sandbox.reeve("sync", path, "--set", "site") }

        /// What is declared and does not go: by name, its number.
        func declared() async throws -> [String: Int64] {
            var found: [String: Int64] = [:]
            for document in try await sandbox.documents("desired") where document["deletion"] == nil {
                found[document["name"]?.stringValue ?? ""] = document["spec", "max_nodes"]?.int64Value
            }
            return found
        }
    }

    @Test func `undo of a set takes back its last snapshot, which is pinned until another arrives`() async throws {
        try await Sandbox.run { sandbox in
            let site = Folder(sandbox: sandbox)
            let first = ["same": 5, "changed": 5, "gone": 5]
            try site.fill(first)
            try await site.sync()
            try site.fill(["same": 5, "changed": 6, "made": 7])
            try await site.sync()
            #expect(try await site.declared() == ["same": 5, "changed": 6, "made": 7])

            let dry = try await sandbox.reeve("undo", "set/site", "--dry-run", exit: 6)
            #expect(dry.errors.contains("NodePool/pool_gone is still being deleted"))
            #expect(try await site.declared() == ["same": 5, "changed": 6, "made": 7])
            _ = try sandbox.daemon()
            try await eventually(within: .seconds(60), "it is gone") {
                try await sandbox.count("desired", ["name": "gone"]) == 0
            }
            let undone = try await sandbox.reeve("undo", "set/site", "-o", "json").json
            #expect(undone["pin", "objects"]?.items.count == 3)
            #expect(try await site.declared() == ["same": 5, "changed": 5, "gone": 5])
            // The directory still holds what was taken back.
            try await site.sync()
            #expect(try await site.declared() == ["same": 5, "changed": 5, "gone": 5])
            let again = try await sandbox.reeve("undo", "set/site")
            #expect(again.errors.contains("taken back already"))
            #expect(try await site.declared() == ["same": 5, "changed": 5, "gone": 5])

            let items = try await sandbox.reeve("history", "set/site", "-o", "json").json["items"]?.items ?? []
            #expect(items.map { $0["pinned"]?.boolValue } == [false, true])
            #expect(items.map { $0["created"]?.int64Value } == [3, 1])
            #expect(try await sandbox.reeve("history", "set/site").output.contains("taken back"))

            try await eventually(within: .seconds(60), "it is gone") {
                try await sandbox.count("desired", ["name": "made"]) == 0
            }
            try site.fill(["same": 5, "changed": 8, "gone": 5, "made": 7])
            try await site.sync()
            #expect(try await site.declared() == ["same": 5, "changed": 8, "gone": 5, "made": 7])
            let set = try await sandbox.documents("status", ["_id": "Set/site"]).first
            #expect(set?["pin"] == nil)
        }
    }

    @Test func `what is pinned is left alone by an apply for the set as well, unless it is forced`() async throws {
        try await Sandbox.run { sandbox in
            let site = Folder(sandbox: sandbox)
            try site.fill(["one": 5, "two": 5])
            try await site.sync()
            try site.fill(["one": 6, "two": 5])
            try await site.sync()
            let plan = "\(sandbox.folder)/site.plan"
            let arguments = ["-f", site.path, "--set", "site"]
            try site.fill(["one": 7, "two": 7])
            try await sandbox.reeve(["plan", "--out", plan] + arguments)
            try await sandbox.reeve("undo", "pool/one")
            let stale = try await sandbox.reeve("apply", "--plan", plan, exit: 4)
            #expect(stale.errors.contains("NodePool/pool_one is pinned since"), "\(stale.errors)")

            let notice = "NodePool/pool_one: pinned in the set `site` by "
            let planned = try await sandbox.reeve(["plan", "--out", plan] + arguments)
            #expect(planned.output.contains("Plan: 0 to create, 1 to change, 0 to delete."))
            #expect(planned.errors.contains(notice))
            #expect(try await sandbox.reeve(["diff"] + arguments, exit: 1).errors.contains(notice))
            let applied = try await sandbox.reeve("apply", "--plan", plan)
            #expect(applied.errors.contains(notice) && applied.errors.contains("--force"))
            #expect(try await site.declared() == ["one": 5, "two": 7])
            // Nor is it deleted.
            try site.fill(["two": 8])
            let pruned = try await sandbox.reeve(["apply", "--prune"] + arguments)
            #expect(pruned.errors.contains(notice))
            #expect(try await site.declared() == ["one": 5, "two": 8])
            try site.fill(["one": 9, "two": 8])
            #expect(try await sandbox.reeve(["apply", "--force"] + arguments).errors.contains(notice) == false)
            #expect(try await site.declared() == ["one": 9, "two": 8])
        }
    }

    @Test func `undo of what a set owns pins it, and the rest of the directory goes on`() async throws {
        try await Sandbox.run { sandbox in
            let site = Folder(sandbox: sandbox)
            try site.fill(["one": 5, "two": 5])
            try await site.sync()
            try site.fill(["one": 6, "two": 6])
            try await site.sync()
            let undone = try await sandbox.reeve("undo", "pool/one")
            #expect(undone.errors.contains("pinned in the set `site`"))
            try await site.sync()
            #expect(try await site.declared() == ["one": 5, "two": 6])
            let set = try await sandbox.documents("status", ["_id": "Set/site"]).first
            #expect(set?["pin", "keys"]?.items == ["NodePool/pool_one"])
            try site.fill(["one": 6, "two": 7])
            try await site.sync()
            #expect(try await site.declared() == ["one": 6, "two": 7])
        }
    }

    @Test func `a node that was swapped in a full pool comes back when there is room, by the same undo again`()
        async throws
    {
        try await Sandbox.run { sandbox in
            let site = Folder(sandbox: sandbox)
            func swap(_ node: Int) throws {
                try site.fill(["full": 1])
                let text = SyncedTree.node(node).replacing("spec:\n", with: "spec:\n  pool_id: pool_full\n")
                try text.write(toFile: "\(site.path)/node.yaml", atomically: false, encoding: .utf8)
            }
            func nodes() async throws -> [String] {
                try await sandbox.documents("desired", ["kind": "Node"]).compactMap { $0["id"]?.stringValue }
            }
            _ = try sandbox.daemon()
            try swap(1)
            try await site.sync()
            // The first leaves, and when it is gone the second takes its place.
            try swap(2)
            _ = try await sandbox.run(["sync", site.path, "--set", "site", "--prune-limit", "unlimited"])
            try await eventually(within: .seconds(60), "the swap") {
                _ = try await sandbox.run(["sync", site.path, "--set", "site"])
                return try await nodes() == [SyncedTree.id(2)]
            }

            let dry = try await sandbox.reeve("undo", "set/site", "--dry-run", exit: 6)
            #expect(dry.output.contains("node/node_synced-1 held (dry run)"))
            let first = try await sandbox.reeve("undo", "set/site", exit: 6)
            #expect(first.output.contains("node/node_synced-2 deleted") && first.output.contains("node_synced-1 held"))
            #expect(first.errors.contains("holds at most 1 nodes"))
            #expect(
                first.errors.contains("undo again when what is being deleted is gone"), "\(first.errors)")
            #expect(first.errors.contains("(`reeve wait node/node_synced-2 --for delete`)"))
            #expect(first.errors.contains("pinned in the set `site`"))
            try await sandbox.reeve("wait", "node/node_synced-2", "--for", "delete")
            let second = try await sandbox.reeve("undo", "set/site")
            #expect(second.output.contains("node/node_synced-1 created"))
            #expect(try await nodes() == [SyncedTree.id(1)])
            try await site.sync()
            #expect(try await nodes() == [SyncedTree.id(1)])
        }
    }

    @Test func `undo of a set deletes no more than a snapshot may, unless it is told to`() async throws {
        try await Sandbox.run { sandbox in
            let site = Folder(sandbox: sandbox)
            let pools = Dictionary(uniqueKeysWithValues: (10..<22).map { ("pool-\($0)", 5) })
            try site.fill(pools)
            try await site.sync()
            let refused = try await sandbox.reeve("undo", "set/site", exit: 4)
            #expect(refused.errors.contains("12 resources to delete are more than the 10"))
            #expect(try await site.declared() == pools.mapValues(Int64.init))
            #expect(try await sandbox.documents("status", ["_id": "Set/site"]).first?["pin"] == nil)
            try await sandbox.reeve("undo", "set/site", "--prune-limit", "unlimited")
            #expect(try await site.declared().isEmpty)
        }
    }
}
