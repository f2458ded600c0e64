import BSON
import Foundation
import MongoDB
import Testing

/// A work tree that changes its branch under a watching daemon.
struct SyncCheckoutTests {
    /// Both branches hold these; each has some of its own.
    private static let common = 0..<900
    private static let own = ["main": 1000..<1100, "next": 2000..<2100]

    private func repository(_ sandbox: Sandbox) throws -> (tree: SyncedTree, git: Git) {
        let tree = try SyncedTree(sandbox)
        let git = Git(folder: tree.path)
        try git("init", "-q", "-b", "main")
        try tree.write(nodes: Self.common)
        try git("add", "-A")
        try git("commit", "-qm", "common")
        for (branch, nodes) in Self.own.sorted(by: { $0.key < $1.key }) {
            if branch != "main" { try git("checkout", "-qb", branch, "main~1") }
            try tree.write(nodes: nodes)
            try git("add", "-A")
            try git("commit", "-qm", branch)
        }
        try git("checkout", "-q", "main")
        return (tree, git)
    }

    /// `REEVE_CHECKOUTS`: how often; `REEVE_SEED`: how long apart.
    @Test func `a thousand files between two branches, twenty times: nothing that both have is deleted`() async throws {
        var random = RunSetting.random(orElse: 5)
        try await Sandbox.run { sandbox in
            let (tree, git) = try repository(sandbox)
            _ = try sandbox.daemon("a", "--watch", "fleet=\(tree.path)", "--prune-limit", "unlimited")
            try await tree.applied()
            let common = Set(Self.common.map(SyncedTree.id))
            let lives = try await tree.lives().filter { common.contains($0.key) }
            #expect(lives.count == common.count)
            // An even number ends where it began.
            for turn in 1...RunSetting.named("REEVE_CHECKOUTS", orElse: 20) / 2 * 2 {
                try git("checkout", "-q", turn % 2 == 1 ? "next" : "main")
                // Now and then long enough that what the other branch had alone goes.
                let pause = Int.random(in: 0...(turn % 5 == 0 ? 3_000 : 900), using: &random)
                try await ContinuousClock().sleep(for: .milliseconds(pause))
                #expect(try await tree.owned(marked: true).isDisjoint(with: common))
            }
            try await tree.applied(within: .seconds(120))
            let wanted = common.union((Self.own["main"] ?? 0..<0).map(SyncedTree.id))
            try await eventually(within: .seconds(120), "the end is the branch") {
                try await Set(tree.lives().keys) == wanted
            }
            #expect(try await tree.lives().filter { common.contains($0.key) } == lives)
            #expect(try await tree.status()?["applied", "branch"] == "main")
            let deleted = try await tree.status()?["records"]?.items.compactMap { $0["deleted"]?.int64Value } ?? []
            #expect(deleted.contains { $0 > 0 }, "some of what one branch has alone went on the way")
        }
    }

    @Test func `with the budget in force a branch that lacks much is held, and says what to approve`() async throws {
        try await Sandbox.run { sandbox in
            let (tree, git) = try repository(sandbox)
            _ = try sandbox.daemon("a", "--watch", "fleet=\(tree.path)")
            try await tree.applied()
            try git("checkout", "-q", "next")
            try await eventually(within: .seconds(60), "it is held") {
                try await tree.condition("PruneBlocked")?["reason"] == "OverBudget"
            }
            #expect(try await tree.owned(marked: true) == [])
            #expect(try await tree.owned().count == 1100, "what is new stands")
            let described = try await sandbox.reeve("describe", "set/fleet").output
            #expect(described.contains("reeve sync approve 'fleet'") && described.contains("of next"))
            let approved = try await sandbox.reeve("sync", "approve", "fleet", "-o", "name").output
            let gone = Set(approved.split(separator: "\n").map { String($0.dropFirst("node/".count)) })
            #expect(gone == Set((Self.own["main"] ?? 0..<0).map(SyncedTree.id)))
            try await tree.applied()
            try await eventually(within: .seconds(60), "they are gone") { try await tree.lives().count == 1000 }
        }
    }
}
