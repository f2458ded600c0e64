import BSON
import Foundation
import Glibc
import MongoDB
import Testing

/// What left a directory, and all that only looks as if something had (FAULTS, row 13).
struct SyncDeletionTests {
    @Test func `nothing is deleted while a tree is odd, and it converges when it is whole again`() async throws {
        try await Sandbox.run { sandbox in
            let tree = try SyncedTree(sandbox)
            try tree.write(nodes: 0..<8)
            _ = try sandbox.daemon("a", "--watch", "fleet=\(tree.path)")
            try await tree.applied()
            let lives = try await tree.lives()

            for oddity in Oddity.all {
                try oddity.make(tree)
                try await eventually(within: .seconds(60), "\(oddity.name) is told") {
                    let condition = try await tree.condition("Synced")
                    return condition?["status"] == "False" && condition?["reason"] == .string(oddity.reason)
                }
                #expect(try await tree.owned(marked: true) == [], "\(oddity.name)")
                try oddity.mend(tree)
                try await tree.applied()
                #expect(try await tree.lives() == lives, "\(oddity.name)")
            }
            // Each of them would have lost one.
            #expect(Oddity.all.count == 6)
        }
    }

    @Test func `a swapped link to the data is one change`() async throws {
        try await Sandbox.run { sandbox in
            let tree = try SyncedTree(sandbox)
            for (folder, nodes) in [("..v1", 0..<6), ("..v2", 1..<7)] {
                for number in nodes { try tree.write("\(folder)/n\(number).yaml", SyncedTree.node(number)) }
            }
            try #require(symlink("..v1", tree.at("..data")) == 0)
            for number in 0..<7 {
                try #require(symlink("..data/n\(number).yaml", tree.at("n\(number).yaml")) == 0)
            }
            // The link of what is not there yet is no manifest.
            try tree.remove("n6.yaml")
            _ = try sandbox.daemon("a", "--watch", "fleet=\(tree.path)")
            try await tree.applied()
            #expect(try await tree.owned().count == 6)
            let lives = try await tree.lives()

            try #require(symlink("..data/n6.yaml", tree.at("n6.yaml")) == 0)
            try tree.remove("n0.yaml")
            try #require(symlink("..v2", tree.at("..next")) == 0)
            try #require(rename(tree.at("..next"), tree.at("..data")) == 0)
            try await tree.applied()
            try await eventually("the one that left is gone") { try await tree.lives()[SyncedTree.id(0)] == nil }
            let after = try await tree.lives()
            #expect(Set(after.keys) == Set((1..<7).map(SyncedTree.id)))
            #expect(after.filter { lives[$0.key] != nil && lives[$0.key] != $0.value }.isEmpty)
        }
    }

    @Test func `more than the budget is held until exactly that is approved`() async throws {
        try await Sandbox.run { sandbox in
            let tree = try SyncedTree(sandbox)
            try tree.write(nodes: 0..<20)
            try await tree.sync()
            for number in 0..<6 { try tree.remove("n\(number).yaml") }
            let held = try await tree.sync(exit: 6)
            #expect(held.output.contains("node/node_synced-5 held"))
            #expect(held.errors.contains("reeve sync approve 'fleet'"))
            #expect(try await tree.owned().count == 20)
            let listed = try await sandbox.reeve("get", "sets").output
            #expect(listed.contains("6 OverBudget"))

            let shown = try await sandbox.reeve("sync", "approve", "fleet", "--dry-run").output
            #expect(shown.split(separator: "\n").count == 6 && shown.contains("node/node_synced-0 deleted (dry run)"))
            #expect(try await tree.owned().count == 20)
            try await sandbox.reeve("sync", "approve", "fleet")
            #expect(try await tree.owned(marked: true) == Set((0..<6).map(SyncedTree.id)))
            try await sandbox.reeve("sync", "approve", "fleet", exit: 1)
            try await tree.sync()
            #expect(try await tree.condition("Synced")?["reason"] == "Applied")

            let events =
                try await sandbox.reeve("events", "--for", "set/fleet", "-o", "json").json["items"]?.items ?? []
            #expect(
                events.compactMap { $0["reason"]?.stringValue }
                    == ["Applied", "PruneBlocked", "DeletionsApproved", "Applied"])
            #expect(events.first?["message"]?.stringValue?.hasSuffix(": 20 created") == true)
            let described = try await sandbox.reeve("describe", "set/fleet").output
            #expect(described.contains("DeletionsApproved") && described.contains("by cli/"))
        }
    }
}

/// Something that may be wrong with a tree, and the reason that is told.
private struct Oddity: Sendable {
    var name: String
    var reason: String
    var make: @Sendable (SyncedTree) throws -> Void
    var mend: @Sendable (SyncedTree) throws -> Void

    static let all = [
        Oddity(name: "a half-written file", reason: "Invalid") { tree in
            let text = SyncedTree.node(0)
            try text.prefix(text.count / 2).write(toFile: tree.at("n0.yaml"), atomically: false, encoding: .utf8)
        } mend: {
            try $0.write("n0.yaml", SyncedTree.node(0))
        },
        Oddity(name: "a file cut to nothing", reason: "Invalid") { tree in
            try "".write(toFile: tree.at("n1.yaml"), atomically: false, encoding: .utf8)
        } mend: {
            try $0.write("n1.yaml", SyncedTree.node(1))
        },
        Oddity(name: "a FIFO instead of a file", reason: "Invalid") { tree in
            try tree.remove("n2.yaml")
            try #require(mkfifo(tree.at("n2.yaml"), 0o600) == 0)
        } mend: { tree in
            try tree.remove("n2.yaml")
            try tree.write("n2.yaml", SyncedTree.node(2))
        },
        Oddity(name: "a link out of the tree", reason: "Invalid") { tree in
            try tree.remove("n3.yaml")
            try #require(symlink("/etc/hostname", tree.at("n3.yaml")) == 0)
        } mend: { tree in
            try tree.remove("n3.yaml")
            try tree.write("n3.yaml", SyncedTree.node(3))
        },
        Oddity(name: "links in a ring", reason: "Invalid") { tree in
            try tree.remove("n4.yaml")
            try #require(symlink("n5x.yaml", tree.at("n4.yaml")) == 0)
            try #require(symlink("n4.yaml", tree.at("n5x.yaml")) == 0)
        } mend: { tree in
            try tree.remove("n5x.yaml")
            try tree.remove("n4.yaml")
            try tree.write("n4.yaml", SyncedTree.node(4))
        },
        Oddity(name: "the directory gone", reason: "DirectoryUnreadable") { tree in
            try #require(rename(tree.path, tree.path + "-away") == 0)
        } mend: {
            try #require(rename($0.path + "-away", $0.path) == 0)
        },
    ]
}
