import BSON
import Foundation
import Testing

/// What a newcomer does first, on the reference fleet.
struct NewcomerTests {
    @Test func `init, apply, run, wait, look: the reference fleet is kept`() async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            let prepared = try await sandbox.reeve("init")
            #expect(prepared.output.contains("is prepared"))
            #expect(try await sandbox.reeve("init").output.contains("nothing to do"))

            let applied = try await sandbox.reeve("apply", "-f", Repository.manifests, "-o", "json").json
            #expect(applied.keys.starts(with: ["results", "summary"]))
            #expect(applied["results"]?.items.count == 16)
            #expect(applied["results"]?.items.allSatisfy { $0["result"] == "created" } == true)
            #expect(applied["results"]?.items.first?.keys == ["kind", "id", "result", "diagnostics"])
            #expect(applied["summary", "created"] == 16)

            _ = try sandbox.daemon()
            // One node of the fleet is suspended: it is never touched.
            try await sandbox.reeve(
                ["wait", "--for", "condition=Synced", "--timeout", "30s"] + ReferenceFleet.working)
            #expect(try await sandbox.count("nodes") == 11)
            #expect(try await sandbox.count("node_pools") == 3)
            let plan = try await sandbox.reeve("plan", "-f", Repository.manifests)
            #expect(plan.output.hasPrefix("No changes.\n"))
            try await look(sandbox)
        }
    }

    private func look(_ sandbox: Sandbox) async throws {
        let nodes = try await sandbox.reeve("get", "nodes", "-o", "json").json
        #expect(nodes.keys == ["items"])
        let node = try #require(nodes["items"]?.items.first { $0["metadata", "id"] == "node_fra-01" })
        #expect(nodes["items"]?.items.count == 12)
        #expect(node.keys.filter { $0 != "lifecycle" } == ["kind", "metadata", "spec", "status"])
        #expect(node["kind"] == "Node")
        #expect(node["metadata"]?.keys.starts(with: ["id", "name", "generation", "revision", "labels"]) == true)
        #expect(node["metadata", "generation"] == 1)
        #expect(node["spec", "hardware_info", "cpu", "cores"] == 32)
        #expect(node["status", "observed_generation"] == 1)
        let conditions = node["status", "conditions"]?.items ?? []
        #expect(conditions.map { $0["type"]?.stringValue } == ["Synced", "Ready"])
        #expect(
            conditions.first?.keys == [
                "type", "status", "reason", "message", "last_transition_time", "observed_generation",
            ])

        let table = try await sandbox.reeve("get", "all")
        #expect(table.output.contains("node/node_fra-01 "))
        #expect(!table.output.contains("\u{1B}"), "colours are for terminals")
        let names = try await sandbox.reeve("get", "pools", "-o", "name").output
        #expect(names == "nodepool/pool_render-eu\nnodepool/pool_storage-us\nnodepool/pool_validators-main\n")

        let events = try await sandbox.reeve("events", "--for", "node/fra-01", "-o", "json").json
        #expect(events.keys == ["items", "retention_days"])
        let created = try #require(events["items"]?.items.first { $0["reason"] == "Created" })
        #expect(created.keys == ["kind", "id", "type", "reason", "message", "at"])
        #expect(created["id"] == "node_fra-01" && created["type"] == "Normal")
        #expect(try await sandbox.reeve("events").output.contains("Created"))
    }

    @Test func `what get prints as YAML can be applied as it is`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.reeve("apply", "-f", Repository.manifests)
            let yaml = try await sandbox.reeve("get", "all", "-o", "yaml").output
            let again = try await sandbox.reeve("apply", "-f", "-", "-o", "json", input: yaml).json
            #expect(again["summary", "unchanged"] == 16)
        }
    }

    @Test func `every manifest in the repository is valid`() async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            let files = try Repository.yamlFiles()
            #expect(files.count >= 4)
            for file in files {
                try await sandbox.reeve("validate", "-f", file)
            }
        }
    }

    @Test func `the plan of the reference fleet is the golden one`() async throws {
        try await Sandbox.run { sandbox in
            let plan = try await sandbox.reeve("plan", "-f", Repository.manifests).output
            let golden = Repository.root + "/Tests/EndToEndTests/Golden/manifests.plan"
            let wanted = try String(contentsOfFile: golden, encoding: .utf8)
            #expect(plan == wanted, "if it is right, put the output of `reeve plan -f manifests` into \(golden)")
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `a completion script is printed`(shell: String) async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            let script = try await sandbox.reeve("--generate-completion-script", shell)
            #expect(script.output.contains("reeve"))
            #expect(script.output.contains("uncordon"))
            #expect(script.errors.isEmpty)
        }
    }
}

/// What stands in `manifests/`.
enum ReferenceFleet {
    /// All but the node that is suspended.
    static let working =
        ["scalingpolicy/steady", "pool/render-eu", "pool/storage-us", "pool/validators-main"]
        + [
            "fra-01", "fra-02", "par-01", "par-02", "nyc-01", "nyc-02", "tor-01", "val-ams", "val-sgp", "val-syd",
            "spare-01",
        ].map { "node/\($0)" }
}
