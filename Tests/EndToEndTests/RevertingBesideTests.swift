import BSON
import Foundation
import MongoDB
import Testing

/// `undo` while a daemon follows the directory.
struct RevertingBesideTests {
    @Test func `what is taken back stays while the directory holds it, and the next snapshot is applied`() async throws
    {
        try await Sandbox.run { sandbox in
            let tree = try SyncedTree(sandbox)
            try tree.write(nodes: 0..<6)
            let daemon = try sandbox.daemon("a", "--watch", "fleet=\(tree.path)")
            try await tree.applied()
            try tree.write("n1.yaml", SyncedTree.node(1, cores: 60))
            try tree.write(nodes: 8..<9)
            try await tree.applied()
            let undone = try await sandbox.reeve("undo", "set/fleet")
            #expect(undone.errors.contains("pinned in the set `fleet`"))
            try await pinned(tree)
            let taken = try await cores(tree)
            #expect(taken[SyncedTree.id(1)] == 2 && taken[SyncedTree.id(8)] == nil && taken.count == 6)

            // It is touched, and other things are declared: the daemon looks again each time, and leaves it.
            try tree.write("n1.yaml", SyncedTree.node(1, cores: 60))
            for number in 0..<3 {
                try await sandbox.apply(SyncedTree.node(100 + number))
                try await sandbox.reeve("undo", "set/fleet")
            }
            try await pinned(tree)
            #expect(try await cores(tree) == taken)

            try tree.write("n1.yaml", SyncedTree.node(1, cores: 50))
            try await tree.applied()
            #expect(try await cores(tree)[SyncedTree.id(1)] == 50)
            #expect(try await tree.status()?["pin"] == nil)
            #expect(daemon.ending == nil)
        }
    }

    /// Of each node of the set that does not go.
    private func cores(_ tree: SyncedTree) async throws -> [String: Int64] {
        var found: [String: Int64] = [:]
        for document in try await tree.sandbox.documents("desired", ["set": .string(tree.set)])
        where document["deletion"] == nil {
            let id = document["id"]?.stringValue ?? ""
            found[id] = document["spec", "hardware_info", "cpu", "cores"]?.int64Value
        }
        return found
    }

    private func pinned(_ tree: SyncedTree) async throws {
        try await eventually(within: .seconds(60), "the set says that it is pinned") {
            let condition = try await tree.condition("Synced")
            return condition?["status"] == "False" && condition?["reason"] == "Pinned"
        }
    }
}
