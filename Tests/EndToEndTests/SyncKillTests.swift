import BSON
import Foundation
import Glibc
import MongoDB
import Testing

/// `kill -9` of syncs with deletions, at moments nobody chose.
struct SyncKillTests {
    /// `REEVE_SYNC_KILLS`: how many syncs are killed; `REEVE_SEED`: which moments.
    @Test func `nothing but what left the directory is deleted, whenever the sync is killed`() async throws {
        var random = RunSetting.random(orElse: 20_261_123)
        try await Sandbox.run { sandbox in
            let tree = try SyncedTree(sandbox)
            // Those that never leave the directory, and those of which some do each time.
            let lasting = Set(0..<60)
            try tree.write(nodes: lasting)
            _ = try sandbox.daemon()
            try await tree.sync()
            let lives = try await tree.lives()
            var standing: Set<Int> = []
            let rounds = Int(RunSetting.named("REEVE_SYNC_KILLS", orElse: 20))
            for round in 0..<rounds {
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
        let (left, new) = (standing.sorted().shuffled(using: &random).prefix(10), 50_000..<50_012)
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
