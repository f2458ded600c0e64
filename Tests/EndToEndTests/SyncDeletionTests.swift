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
        }
    }

    @Test func `a node that is killed for is never another one`() async throws {
        var random = SplitMix(state: 20_261_123)
        try await Sandbox.run { sandbox in
            let tree = try SyncedTree(sandbox)
            // Those that never leave the directory, and those of which some do each time.
            let lasting = Set(0..<60)
            try tree.write(nodes: lasting)
            _ = try sandbox.daemon()
            try await tree.sync()
            let lives = try await tree.lives()
            var standing: Set<Int> = []
            for round in 0..<20 {
                for number in standing.shuffled(using: &random).prefix(10) {
                    try tree.remove("n\(number).yaml")
                    standing.remove(number)
                }
                let new = (100 + round * 12)..<(112 + round * 12)
                try tree.write(nodes: new)
                standing.formUnion(new)
                let killed = try sandbox.start(["sync", tree.path, "--set", "fleet", "--prune-limit", "unlimited"])
                try await ContinuousClock().sleep(for: .milliseconds(Int.random(in: 0...1_400, using: &random)))
                killed.signal(SIGKILL)
                await killed.ended()
            }
            try await tree.sync("--prune-limit", "unlimited", "--wait", "--timeout", "60s")
            let wanted = Set(lasting.union(standing).map(SyncedTree.id))
            try await eventually(within: .seconds(60), "what left is gone") {
                try await Set(tree.lives().keys) == wanted
            }
            #expect(try await tree.owned() == wanted)
            #expect(try await Set(sandbox.documents("nodes").compactMap { $0["node_id"]?.stringValue }) == wanted)
            let after = try await tree.lives()
            #expect(lives.filter { after[$0.key] != $0.value }.isEmpty, "nothing that stayed has begun anew")
            #expect(try await tree.condition("Synced")?["reason"] == "Applied")
            #expect(try await tree.status()?["counts", "declared"] == .int64(Int64(wanted.count)))
            let revision = try await tree.revision()
            try await tree.sync()
            #expect(try await tree.revision() == revision)
            try await expectUndo(of: tree, standing, &random)
        }
    }

    /// One more snapshot, of which several attempts are killed: taking it back is all that it changed, and nothing else.
    private func expectUndo(of tree: SyncedTree, _ standing: Set<Int>, _ random: inout SplitMix) async throws {
        let (left, new) = (standing.sorted().shuffled(using: &random).prefix(10), 900..<912)
        for number in left { try tree.remove("n\(number).yaml") }
        try tree.write(nodes: new)
        for _ in 0..<5 {
            let killed = try tree.sandbox.start(["sync", tree.path, "--set", "fleet", "--prune-limit", "unlimited"])
            try await ContinuousClock().sleep(for: .milliseconds(Int.random(in: 0...1_400, using: &random)))
            killed.signal(SIGKILL)
            await killed.ended()
        }
        try await tree.sync("--prune-limit", "unlimited")
        let gone = Set(left.map(SyncedTree.id))
        try await eventually(within: .seconds(60), "what left is gone") {
            try await gone.isDisjoint(with: tree.lives().keys)
        }
        let results = try await tree.sandbox.reeve("undo", "set/fleet", "--dry-run", "-o", "json").json["results"]
        var targets: [String: Set<String>] = [:]
        for result in results?.items ?? [] {
            targets[result["result"]?.stringValue ?? "", default: []].insert(result["id"]?.stringValue ?? "")
        }
        #expect(targets == ["created": gone, "deleted": Set(new.map(SyncedTree.id))])
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
