import BSON
import Foundation
import Testing

/// `reeve plan --out` and `reeve apply --plan`.
struct SavedPlanProcessTests {
    static func pool(_ name: String, maxNodes: Int = 10) -> String {
        "apiVersion: reeve/v1\nkind: NodePool\nmetadata: {name: \(name)}\nspec: {max_nodes: \(maxNodes)}\n---\n"
    }

    @Test func `a saved plan is carried out once`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.apply(Self.pool("alpha"))
            let manifests = try sandbox.write("fleet.yaml", Self.pool("alpha", maxNodes: 12) + Self.pool("beta"))
            let path = "\(sandbox.folder)/fleet.plan"
            let planned = try await sandbox.reeve("plan", "-f", manifests, "--out", path)
            #expect(planned.output.contains("Plan: 1 to create, 1 to change, 0 to delete."))
            #expect(planned.errors.contains("reeve apply --plan \(path)"))
            // What was seen is carried out, whatever became of the files.
            try FileManager.default.removeItem(atPath: manifests)
            let dry = try await sandbox.reeve("apply", "--plan", path, "--dry-run")
            #expect(dry.output == "nodepool/pool_alpha configured (dry run)\nnodepool/pool_beta created (dry run)\n")
            let applied = try await sandbox.reeve("apply", "--plan", path)
            #expect(applied.output == "nodepool/pool_alpha configured\nnodepool/pool_beta created\n")
            #expect(try await sandbox.count("plans") == 1)
            let twice = try await sandbox.reeve("apply", "--plan", path, exit: 4)
            #expect(twice.errors.contains("the plan was applied already, at ") && twice.errors.contains(" by cli/"))
        }
    }

    @Test func `a stale plan names what moved, and what others do does not stale it`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.apply(Self.pool("alpha") + Self.pool("other"))
            let path = "\(sandbox.folder)/fleet.plan"
            let input = Self.pool("alpha", maxNodes: 12)
            try await sandbox.reeve("plan", "-f", "-", "--out", path, input: input)
            try await sandbox.apply(Self.pool("other", maxNodes: 3))
            try await sandbox.reeve("apply", "--plan", path, "--dry-run")
            try await sandbox.apply(Self.pool("alpha", maxNodes: 11))
            let before = try await sandbox.writeCounts()
            let stale = try await sandbox.reeve("apply", "--plan", path, exit: 4)
            #expect(stale.errors.contains("NodePool/pool_alpha was changed since (revision 1 → 3, by cli/"))
            #expect(try await sandbox.writeCounts() == before)
        }
    }

    @Test func `one that was edited, cut, or made for another database is refused`() async throws {
        try await Sandbox.run { sandbox in
            let path = "\(sandbox.folder)/fleet.plan"
            try await sandbox.reeve("plan", "-f", "-", "--out", path, input: Self.pool("alpha"))
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let edited = try sandbox.write("edited.plan", text.replacing("max_nodes: 10", with: "max_nodes: 90"))
            let refused = try await sandbox.reeve("apply", "--plan", edited, exit: 3)
            #expect(refused.errors.contains("edited or cut"))
            let cut = try sandbox.write("cut.plan", String(text.prefix(text.count / 2)))
            let short = try await sandbox.reeve("apply", "--plan", cut, exit: 3)
            #expect(short.errors.contains("not all of one"))
            let elsewhere = try await sandbox.reeve(
                "apply", "--plan", path, environment: ["REEVE_DATABASE": "elsewhere"], exit: 4)
            #expect(elsewhere.errors.contains("made for the database \(sandbox.database)"))
            try await sandbox.reeve("apply", "--plan", path, "-f", path, exit: 2)
            for more in [["--force"], ["-R"], ["--prune-limit", "unlimited"]] {
                try await sandbox.reeve(["apply", "--plan", path] + more, exit: 2)
            }
            let nowhere = "\(sandbox.folder)/none/fleet.plan"
            try await sandbox.reeve("plan", "-f", "-", "--out", nowhere, input: Self.pool("alpha"), exit: 2)
            try await sandbox.reeve("apply", "--plan", "\(sandbox.folder)/none.plan", exit: 2)
            #expect(try await sandbox.count("desired") == 0)
        }
    }

    @Test func `what is wrong is not saved, and no changes are written by nobody`() async throws {
        try await Sandbox.run { sandbox in
            let path = "\(sandbox.folder)/fleet.plan"
            let wrong = try await sandbox.reeve(
                "plan", "-f", "-", "--out", path, input: Self.pool("alpha", maxNodes: 0), exit: 3)
            #expect(wrong.errors.contains("no plan was saved"))
            #expect(!FileManager.default.fileExists(atPath: path))
            try await sandbox.apply(Self.pool("alpha"))
            let same = try await sandbox.reeve("plan", "-f", "-", "--out", path, input: Self.pool("alpha"))
            #expect(same.output.contains("No changes."))
            let before = try await sandbox.writeCounts()
            for _ in 0..<2 {
                let applied = try await sandbox.reeve("apply", "--plan", path)
                #expect(applied.errors.contains("No changes."))
            }
            #expect(try await sandbox.writeCounts() == before)
        }
    }

    @Test func `a plan can't be made to seem younger`() async throws {
        try await Sandbox.run { sandbox in
            let path = "\(sandbox.folder)/fleet.plan"
            try await sandbox.reeve("plan", "-f", "-", "--out", path, input: Self.pool("alpha"))
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let made = try #require(text.firstMatch(of: /"made" : (\d+)/)?.1)
            let old = try sandbox.write("old.plan", text.replacing(made, with: "1000"))
            #expect(try await sandbox.reeve("apply", "--plan", old, exit: 3).errors.contains("edited"))
        }
    }
}
