import BSON
import MongoDB
import Testing

/// What operators set by hand.
struct OverrideTests {
    @Test func `a cordon holds a node, shows, and survives an apply`() async throws {
        try await Sandbox.run { sandbox in
            _ = try sandbox.daemon()
            try await sandbox.reeve("apply", "-f", Repository.manifests)
            try await sandbox.reeve("cordon", "node/tor-01", "--reason", "fan is loud")
            try await state("maintenance", of: "node/tor-01", sandbox)
            let table = try await sandbox.reeve("get", "node/tor-01").output
            #expect(table.contains("Cordoned"))

            try await sandbox.reeve("apply", "-f", Repository.manifests)
            let item = try await object("node/tor-01", sandbox)
            #expect(item["overrides", "cordon", "reason"] == "fan is loud")
            #expect(item["status", "state"] == "maintenance")
            #expect(item["metadata", "generation"] == 1)

            try await sandbox.reeve("uncordon", "node/tor-01")
            try await state("inactive", of: "node/tor-01", sandbox)
            #expect(try await object("node/tor-01", sandbox)["overrides"] == nil)
        }
    }

    @Test func `a drained node is held until it is uncordoned`() async throws {
        try await Sandbox.run { sandbox in
            _ = try sandbox.daemon()
            try await sandbox.reeve("apply", "-f", Repository.manifests)
            try await sandbox.reeve("wait", "node/nyc-01", "--for", "condition=Synced", "--timeout", "20s")
            try await sandbox.reeve("drain", "node/nyc-01", "--wait", "--timeout", "20s")
            try await state("maintenance", of: "node/nyc-01", sandbox)
            try await sandbox.reeve("uncordon", "node/nyc-01")
            try await state("inactive", of: "node/nyc-01", sandbox)
        }
    }

    @Test func `nothing of what is suspended is written until it is resumed`() async throws {
        try await Sandbox.run { sandbox in
            _ = try sandbox.daemon()
            try await sandbox.reeve("apply", "-f", Repository.manifests)
            try await sandbox.reeve("wait", "node/val-ams", "--for", "condition=Synced", "--timeout", "20s")
            try await sandbox.reeve("suspend", "pool/validators-main", "--reason", "audit")
            try await eventually("its nodes are suspended, too") {
                let conditions = try await object("node/val-ams", sandbox)["status", "conditions"]?.items ?? []
                return conditions.contains { $0["type"] == "Suspended" && $0["status"] == "True" }
            }
            #expect(try await sandbox.reeve("get", "pool/validators-main").output.contains("audit"))
            try await sandbox.write(
                "nodes", .updateOne(filter: ["node_id": "node_val-ams"], update: ["$set": ["node_type": "worker"]]))
            try await sandbox.reeve("apply", "-f", Repository.manifests)
            // What came later elsewhere has been worked on.
            try await sandbox.write(
                "nodes", .updateOne(filter: ["node_id": "node_fra-02"], update: ["$set": ["node_type": "worker"]]))
            try await type("compute", of: "node_fra-02", sandbox)
            #expect(try await sandbox.count("nodes", ["node_id": "node_val-ams", "node_type": "worker"]) == 1)

            try await sandbox.reeve("resume", "pool/validators-main")
            try await type("validator", of: "node_val-ams", sandbox)
        }
    }

    private func object(_ name: String, _ sandbox: Sandbox) async throws -> Value {
        let items = try await sandbox.reeve("get", name, "-o", "json").json["items"]?.items ?? []
        return try #require(items.first)
    }

    private func state(_ state: String, of name: String, _ sandbox: Sandbox) async throws {
        try await eventually("\(name) is \(state)") {
            try await object(name, sandbox)["status", "state"]?.stringValue == state
        }
    }

    private func type(_ type: String, of id: String, _ sandbox: Sandbox) async throws {
        try await eventually("\(id) is of type \(type)") {
            try await sandbox.count("nodes", ["node_id": .string(id), "node_type": .string(type)]) == 1
        }
    }
}
