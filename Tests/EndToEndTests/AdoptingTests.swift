import BSON
import Foundation
import MongoDB
import TestServer
import Testing

/// `adopt` and `export`: what stands undeclared becomes manifests that change nothing.
struct AdoptingTests {
    @Test func `the reference fleet is exported as manifests that plan to no changes`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.reeve("apply", "-f", Repository.manifests)
            let stream = try await sandbox.reeve("export").output
            #expect(try await sandbox.reeve("export").output == stream)
            let plan = try await sandbox.reeve("plan", "-f", "-", "--detailed-exitcode", input: stream)
            #expect(plan.output.hasPrefix("No changes."))

            let folder = "\(sandbox.folder)/out"
            let written = try await sandbox.reeve("export", "--to", folder, "-o", "json").json["files"]?.items ?? []
            #expect(written.count == 5)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(
                names == [
                    "nodes.yaml", "policies.yaml", "pool_render-eu.yaml", "pool_storage-us.yaml",
                    "pool_validators-main.yaml",
                ])
            try await sandbox.reeve("plan", "-f", folder, "--detailed-exitcode")
            // Files that stand there are somebody's.
            let before = try String(contentsOfFile: folder + "/nodes.yaml", encoding: .utf8)
            let refused = try await sandbox.reeve("export", "nodes", "--to", folder, exit: 4)
            #expect(refused.errors.contains("nothing was written"))
            #expect(try String(contentsOfFile: folder + "/nodes.yaml", encoding: .utf8) == before)
            try await sandbox.reeve("export", "--to", folder, "--force")
            try await sandbox.reeve("plan", "-f", folder, "--detailed-exitcode")
            #expect(try await sandbox.reeve("export", "pools", "-l", "no=such").errors.contains("nothing to export"))
            try await sandbox.reeve("export", "pool/nope", exit: 1)
        }
    }

    /// The fleet as it stands in MongoDB, declared by nobody.
    private func forget(_ sandbox: Sandbox) async throws {
        for collection in ["desired", "status"] {
            try await sandbox.write(collection, .deleteMany(filter: ["kind": ["$in": ["Node", "NodePool"]]]))
        }
    }

    /// But for the nodes whose status goes by the hour.
    private func documents(_ sandbox: Sandbox) async throws -> [Value] {
        let nodes = try await sandbox.documents("nodes", ["node_id": ["$nin": ["node_fra-01", "node_fra-02"]]])
        return try await nodes + sandbox.documents("node_pools")
    }

    @Test func `an adopted fleet stays as it is, and its export plans to no changes`() async throws {
        try await Sandbox.run { sandbox in
            let first = try sandbox.daemon()
            try await sandbox.reeve("apply", "-f", Repository.manifests)
            // One node is suspended, and never comes to be.
            try await eventually(within: .seconds(60), "all others are synced") { try await sandbox.synced() == 15 }
            first.signal(SIGTERM)
            await first.ended()
            try await forget(sandbox)
            let standing = try await documents(sandbox)
            let daemon = try sandbox.daemon("b", verbose: true)
            try await daemon.says("looked at everything")

            let dry = try await sandbox.reeve("adopt", "all", "--undeclared", "--dry-run")
            #expect(dry.output.contains("node/node_par-01 adopted (dry run)"))
            #expect(!dry.errors.contains("the daemon will write"), "\(dry.errors)")
            #expect(try await sandbox.count("desired", ["kind": "Node"]) == 0)
            let adopted = try await sandbox.reeve("adopt", "all", "--undeclared", "-o", "json").json
            #expect(adopted["summary", "created"]?.int64Value == 14)
            #expect(adopted["added"]?.items == [])
            try await sandbox.settled()
            #expect(try await documents(sandbox) == standing)
            #expect(try await sandbox.count("events", ["reason": "DriftCorrected"]) == 0)

            let stream = try await sandbox.reeve("export").output
            let plan = try await sandbox.reeve("plan", "-f", "-", "--detailed-exitcode", input: stream)
            #expect(plan.output == "No changes.\n")
            #expect(try await sandbox.reeve("adopt", "all", "--undeclared").errors.contains("nothing to adopt"))
            #expect(try await sandbox.reeve("adopt", "node/par-01").output == "node/node_par-01 unchanged\n")
        }
    }

    private static func node(_ id: String, _ change: (inout Document) -> Void = { _ in }) -> Document {
        [
            "node_id": .string(id), "name": .string(id), "node_type": "worker", "tariff": "night",
            "hardware_info": [
                "cpu": ["cores": .double(8)], "memory": ["total_bytes": .int64(8 << 30)],
                "storage": ["total_bytes": .int64(100_000_000_000)],
                "network": .array([["interface": "eth0", "speed_mbps": .int32(1000)]]), "gpu": .null,
            ],
            "location": .null, "last_heartbeat": .dateTime(1_700_000_000_000),
        ]
    }

    @Test func `what is no valid manifest is refused by path and rule, and the others go on when asked to`()
        async throws
    {
        try await Sandbox.run { sandbox in
            let daemon = try sandbox.daemon()
            for id in ["node_good-01", "node_good-02"] {
                try await sandbox.write("nodes", .insertOne(Self.node(id)))
            }
            try await sandbox.write(
                "nodes", .insertOne(["node_id": "node_bad-01", "name": "bad-01", "node_type": "worker"]))
            try await sandbox.write("node_pools", .insertOne(["pool_id": "pool_bare", "name": "bare", "max_nodes": 5]))

            let refused = try await sandbox.reeve("adopt", "nodes", "--undeclared", exit: 3)
            #expect(refused.errors.contains("spec.hardware_info") && refused.errors.contains("Node/node_bad-01"))
            #expect(refused.errors.contains("nothing was written"))
            #expect(try await sandbox.count("desired") == 0)
            let exported = try await sandbox.reeve("export", "nodes", "--undeclared", exit: 6)
            #expect(exported.output.contains("id: node_good-01") && !exported.output.contains("node_bad-01"))
            #expect(exported.output.contains("# undeclared: as found in MongoDB"))

            let outcome = try await sandbox.reeve(
                "adopt", "nodes,pools", "--undeclared", "--continue", "-o", "json", exit: 6)
            let results = try outcome.json["results"]?.items ?? []
            let byID = Dictionary(
                uniqueKeysWithValues: results.map { ($0["id"]?.stringValue, $0["result"]?.stringValue) })
            #expect(
                byID == [
                    "node_bad-01": "failed", "node_good-01": "created", "node_good-02": "created",
                    "pool_bare": "created",
                ])
            // Defaults that the pool lacks are the daemon's to write, and said before.
            let added = try outcome.json["added"]?.items ?? []
            #expect(added.map { $0["id"]?.stringValue } == ["pool_bare"])
            try await sandbox.settled()
            let good = try #require(try await sandbox.documents("nodes", ["node_id": "node_good-01"]).first)
            #expect(good["tariff"] == "night", "others' fields stay")
            #expect(good["hardware_info", "cpu", "cores"] == .double(8), "and so does how they are written")
            #expect(good["location"] == .null)
            #expect(daemon.ending == nil)
        }
    }

    @Test func `what is declared moves into a set, from one to another and back`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.reeve("apply", "-f", Repository.manifests)
            func owner(_ id: String) async throws -> String? {
                try await sandbox.documents("desired", ["id": .string(id)]).first?["set"]?.stringValue
            }
            let before = try await sandbox.documents("desired", ["id": "node_par-01"]).first?["generation"]
            try await sandbox.reeve("adopt", "node/par-01", "pool/render-eu", "--set", "old")
            #expect(try await owner("node_par-01") == "old")
            #expect(try await sandbox.documents("desired", ["id": "node_par-01"]).first?["generation"] == before)
            // Another set asks for it, and does not say from where.
            let refused = try await sandbox.reeve("adopt", "node/par-01", "--set", "new", exit: 4)
            #expect(refused.errors.contains("--from-set old"))
            try await sandbox.reeve("adopt", "--from-set", "old", "--set", "new", "--dry-run")
            #expect(try await owner("node_par-01") == "old")
            try await sandbox.reeve("adopt", "--from-set", "old", "--set", "new")
            #expect(try await owner("node_par-01") == "new")
            #expect(try await owner("pool_render-eu") == "new")
            let exported = try await sandbox.reeve("export", "--set", "new").output
            #expect(exported.contains("pool_render-eu") && !exported.contains("node_val-ams"))
            try await sandbox.reeve("adopt", "node/par-01", "--from-set", "new")
            #expect(try await owner("node_par-01") == nil)
            #expect(try await owner("pool_render-eu") == "new")
        }
    }

    @Test func `what a set owns is exported as manifests that plan to no changes`() async throws {
        try await Sandbox.run { sandbox in
            let (one, two) = (try SyncedTree(sandbox, "one"), try SyncedTree(sandbox, "two"))
            try one.write(nodes: 0..<2)
            try two.write(nodes: 2..<4)
            try await one.sync()
            try await two.sync()
            let stream = try await sandbox.reeve("export").output
            let plan = try await sandbox.reeve("plan", "-f", "-", "--detailed-exitcode", input: stream)
            #expect(plan.output.hasPrefix("No changes.\n"))
            try await sandbox.reeve("apply", "-f", "-", input: stream)
            #expect(try await one.owned() == [SyncedTree.id(0), SyncedTree.id(1)])
            let refused = try await sandbox.reeve("apply", "-f", "-", input: SyncedTree.node(0, cores: 9), exit: 4)
            #expect(refused.errors.contains("owned-by-set"))
        }
    }

    @Test func `what is taken out of a set stays out until its directory changes, and for good without it`()
        async throws
    {
        try await Sandbox.run { sandbox in
            let tree = try SyncedTree(sandbox)
            try tree.write(nodes: 0..<8)
            try await tree.sync()
            func owns(_ number: Int) async throws -> Bool { try await tree.owned().contains(SyncedTree.id(number)) }
            let moved = try await sandbox.reeve("adopt", "node/synced-1", "--from-set", "fleet")
            #expect(
                moved.errors.contains("Node/node_synced-1 left the set `fleet`, whose directory must drop this, too"))
            let taken = try await sandbox.reeve("apply", "-f", "-", "--force", input: SyncedTree.node(2))
            #expect(taken.errors.contains("Node/node_synced-2 left the set `fleet`"))
            let plan = "\(sandbox.folder)/take.plan"
            try await sandbox.reeve("plan", "-f", "-", "--force", "--out", plan, input: SyncedTree.node(3))
            let carried = try await sandbox.reeve("apply", "--plan", plan)
            #expect(carried.errors.contains("Node/node_synced-3 left the set `fleet`"))
            _ = try await sandbox.run(["sync", tree.path, "--set", "fleet"])
            for number in 1...3 { #expect(try await !owns(number), "node \(number)") }

            for number in 1...2 { try tree.remove("n\(number).yaml") }
            try await tree.sync()
            #expect(try await tree.owned(marked: true) == [])
            #expect(try await sandbox.count("desired", ["deletion": ["$exists": true]]) == 0)
            #expect(try await owns(3), "its directory declares it still, as it said")
        }
    }

    @Test func `names that are wrong are told as such`() async throws {
        try await Sandbox.run { sandbox in
            let tree = try SyncedTree(sandbox)
            try tree.write(nodes: 0..<1)
            try await tree.sync()
            let typo = try await sandbox.reeve("adopt", "--from-set", "fleat", "--set", "new", exit: 1)
            #expect(typo.errors.contains("there is no set fleat; did you mean set/fleet?"))
            #expect(try await sandbox.reeve("export", "--set", "fleat", exit: 1).errors.contains("set/fleet"))
            let missing = try await sandbox.reeve("adopt", "node/none", "--from-set", "fleet", exit: 1)
            #expect(missing.errors.contains("it is not declared"))
            // Without a status a set is what its resources say.
            try await sandbox.reeve("adopt", "node/synced-0", "--from-set", "fleet", "--set", "new")
            #expect(try await sandbox.reeve("export", "--set", "new").output.contains("node_synced-0"))
            try await sandbox.reeve("adopt", "node/synced-0", "--set", "a\u{7}b", exit: 2)
        }
    }
}
