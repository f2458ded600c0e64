import BSON
import Testing

/// What tells people about the kinds and about one object.
struct DocumentingTests {
    @Test func `explain knows a kind and its fields`() async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            let kind = try await sandbox.reeve("explain", "node").output
            #expect(kind.contains("metadata") && kind.contains("spec"))
            let field = try await sandbox.reeve("explain", "pool.max_nodes").output
            #expect(field.contains("1000"), "the range")
            let misspelt = try await sandbox.reeve("explain", "pool.max_node", exit: 2)
            #expect(misspelt.errors.contains("max_nodes"))
        }
    }

    @Test func `schema prints a JSON Schema`() async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            let schema = try await sandbox.reeve("schema").json
            #expect(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
            #expect(schema["properties", "kind", "enum"]?.items == ["ScalingPolicy", "NodePool", "Node"])
        }
    }

    @Test func `describe shows fields, conditions and events of one object`() async throws {
        try await Sandbox.run { sandbox in
            _ = try sandbox.daemon()
            try await sandbox.reeve("apply", "-f", Repository.manifests)
            try await sandbox.reeve("wait", "node/par-01", "--for", "condition=Synced", "--timeout", "20s")
            let text = try await sandbox.reeve("describe", "node/par-01").output
            for word in ["Node/node_par-01", "hardware_info.cpu.cores", "NeverReported", "Created", "atelier-nord"] {
                #expect(text.contains(word), "\(word) in:\n\(text)")
            }
            try await sandbox.reeve("describe", "node/fra-99", exit: 1)
        }
    }
}
