import BSON
import Foundation
import Testing

/// `apply`, `plan` and `diff` for a set, and against one.
struct OwnershipProcessTests {
    private static func pool(_ name: String, maxNodes: Int = 10) -> String {
        SavedPlanProcessTests.pool(name, maxNodes: maxNodes)
    }

    /// Pools that differ, so that none seems to be another under a new name.
    private static func pools(_ range: Range<Int>) -> String {
        range.map { pool("pit\($0)", maxNodes: $0 + 1) }.joined()
    }

    @Test func `what a set owns is refused to others, and taken with --force, each named`() async throws {
        try await Sandbox.run { sandbox in
            let site = try sandbox.write("site.yaml", Self.pool("alpha") + Self.pool("beta"))
            try await sandbox.reeve("apply", "-f", site, "--set", "site")
            let refused = try await sandbox.reeve("apply", "-f", "-", input: Self.pool("alpha", maxNodes: 5), exit: 4)
            #expect(refused.errors.contains("it belongs to the set `site` (\(site):1)"))
            #expect(refused.errors.contains("stdin:1"))
            try await sandbox.reeve("apply", "-f", site, "--set", "other", exit: 4)
            let taken = try await sandbox.reeve("apply", "-f", "-", "--force", input: Self.pool("alpha", maxNodes: 5))
            #expect(taken.output == "nodepool/pool_alpha configured\n")
            #expect(taken.errors.contains("NodePool/pool_alpha is taken from the set `site` (\(site):1) [taken-over]"))
            let stored = try await sandbox.documents("desired", ["_id": "NodePool/pool_alpha"]).first
            #expect(stored?["set"] == nil)
            let back = try await sandbox.reeve("apply", "-f", site, "--set", "site", exit: 4)
            #expect(
                back.errors.contains("declared-otherwise") && back.errors.contains("reeve adopt NodePool/pool_alpha"))
        }
    }

    @Test func `--prune deletes what the set does not declare any more, and says so before`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.reeve("apply", "-f", "-", "--set", "site", input: Self.pools(0..<10))
            try await sandbox.apply(Self.pool("mine"))
            let rest = Self.pools(2..<10)
            let arguments = ["-f", "-", "--prune", "--set", "site"]
            let planned = try await sandbox.reeve(["plan"] + arguments, input: rest)
            #expect(planned.output.contains("- NodePool/pool_pit0  # the set `site` does not declare it any more"))
            #expect(planned.output.contains("Plan: 0 to create, 0 to change, 2 to delete."))
            let diff = try await sandbox.reeve(["diff"] + arguments, input: rest, exit: 1)
            #expect(diff.output.contains("-kind: NodePool") && diff.output.contains("standing/NodePool/pool_pit1"))
            let dry = try await sandbox.reeve(["apply", "--dry-run"] + arguments, input: rest)
            #expect(dry.output.contains("nodepool/pool_pit0 deleted (dry run)"))
            let applied = try await sandbox.reeve(["apply", "-o", "json"] + arguments, input: rest)
            #expect(try applied.json["summary"]?["deleted"]?.int64Value == 2)
            let marked = try await sandbox.documents("desired").filter { $0["deletion"] != nil }
            #expect(marked.compactMap { $0["_id"]?.stringValue } == ["NodePool/pool_pit0", "NodePool/pool_pit1"])
            #expect(try await sandbox.reeve(["plan"] + arguments, input: rest).output.contains("No changes."))
        }
    }

    @Test func `deletions over their budget hold everything, until the budget allows them`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.reeve("apply", "-f", "-", "--set", "site", input: Self.pools(0..<10))
            let rest = Self.pools(5..<10) + Self.pool("new", maxNodes: 99)
            let arguments = ["apply", "-f", "-", "--prune", "--set", "site"]
            let before = try await sandbox.writeCounts()
            let held = try await sandbox.reeve(arguments, input: rest, exit: 4)
            #expect(held.errors.contains("5 of the set's 11 resources to delete are more than 20 %"))
            #expect(held.errors.contains("nothing was written"))
            #expect(try await sandbox.writeCounts() == before)
            let continued = try await sandbox.reeve(arguments + ["--continue"], input: rest, exit: 6)
            #expect(continued.output.contains("nodepool/pool_new created"))
            let allowed = try await sandbox.reeve(arguments + ["--prune-percent", "50"], input: rest)
            #expect(allowed.output.contains("nodepool/pool_pit4 deleted"))
        }
    }

    @Test func `a saved plan deletes what was seen, and not what came into the set since`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.reeve("apply", "-f", "-", "--set", "site", input: Self.pools(0..<6))
            let path = "\(sandbox.folder)/site.plan"
            let arguments = ["plan", "-f", "-", "--prune", "--set", "site", "--out", path]
            try await sandbox.reeve(arguments, input: Self.pools(1..<6))
            try await sandbox.reeve("apply", "-f", "-", "--set", "site", input: Self.pool("late"))
            let stale = try await sandbox.reeve("apply", "--plan", path, exit: 4)
            #expect(stale.errors.contains("NodePool/pool_late was declared since (revision 2, by sync/site)"))
            try await sandbox.reeve(arguments, input: Self.pools(1..<6) + Self.pool("late"))
            let applied = try await sandbox.reeve("apply", "--plan", path)
            #expect(applied.output.contains("nodepool/pool_pit0 deleted"))
        }
    }

    @Test func `directories below are not taken for gone because nobody read them`() async throws {
        try await Sandbox.run { sandbox in
            let tree = try SyncedTree(sandbox, "site")
            try tree.write("top.yaml", Self.pools(0..<8))
            try tree.write("below/more.yaml", Self.pool("deep"))
            let arguments = ["apply", "-f", tree.path, "--prune", "--set", "site"]
            try await sandbox.reeve(arguments + ["-R"])
            let refused = try await sandbox.reeve(arguments, exit: 2)
            #expect(refused.errors.contains("\(tree.path) has directories below") && refused.errors.contains("-R"))
            #expect(refused.errors.contains("(below/more.yaml)"))
            #expect(try await tree.owned(marked: true) == [])
            // What is left there is none: it may be passed over.
            try FileManager.default.moveItem(atPath: tree.at("below/more.yaml"), toPath: tree.at("below/more.txt"))
            #expect(try await sandbox.reeve(arguments).output.contains("nodepool/pool_deep deleted"))
        }
    }

    @Test(arguments: [
        ["apply", "-f", "-", "--prune"], ["apply", "-f", "-", "--prune", "--set", "s", "-l", "a=b"],
        ["apply", "-f", "-", "--set", ""], ["plan", "-f", "-", "--prune"], ["diff", "-f", "-", "--prune"],
        ["apply", "-f", "-", "--set", "s", "--prune-limit", "3"], ["plan", "-f", "-", "--prune-percent", "5"],
    ])
    func `what makes no sense together is a mistake in use`(_ arguments: [String]) async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.reeve(arguments, input: Self.pool("alpha"), exit: 2)
        }
    }
}
