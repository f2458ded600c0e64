import BSON
import Testing

/// Text that would mean something to MongoDB if it ever came to stand where operators do (FAULTS, row 12).
struct HostileTextTests {
    private static func pool(labels: String = "{}", description: String = "plain", name: String = "hostile") -> String {
        """
        apiVersion: reeve/v1
        kind: NodePool
        metadata:
          name: \(name)
          id: pool_hostile
          labels: \(labels)
        spec: {max_nodes: 5, description: \(description)}

        """
    }

    @Test(arguments: [
        "{$where: sleep}", "{\"$gt\": \"\"}", "{team: {$ne: null}}", "{\"a\\0b\": x}", "{team: [a, b]}",
    ])
    func `labels that are operators or no text are refused`(labels: String) async throws {
        try await Sandbox.run { sandbox in
            let outcome = try await sandbox.reeve("apply", "-f", "-", input: Self.pool(labels: labels), exit: 3)
            #expect(outcome.errors.contains("stdin:"))
            #expect(try await sandbox.count("desired") == 0)
        }
    }

    @Test func `a label of a megabyte is refused quickly`() async throws {
        try await Sandbox.run { sandbox in
            let labels = "{team: \"\(String(repeating: "x", count: 1 << 20))\"}"
            let outcome = try await sandbox.reeve("apply", "-f", "-", input: Self.pool(labels: labels), exit: 3)
            #expect(outcome.errors.utf8.count < 10_000, "the value is not repeated in full")
            #expect(outcome.elapsed < .seconds(10))
        }
    }

    @Test(arguments: [
        "{name: {$ne: null}}", "{name: hostile, id: {$gt: pool_}}", "{name: \"$max\"}", "{name: a.b}",
    ])
    func `names and ids that are objects or operators are refused`(metadata: String) async throws {
        try await Sandbox.run { sandbox in
            let text = "apiVersion: reeve/v1\nkind: NodePool\nmetadata: \(metadata)\nspec: {max_nodes: 5}\n"
            try await sandbox.reeve("apply", "-f", "-", input: text, exit: 3)
            #expect(try await sandbox.count("desired") == 0)
        }
    }

    @Test func `dots and dollars in text are stored as they are, when created and when changed`() async throws {
        try await Sandbox.run { sandbox in
            _ = try sandbox.daemon()
            let label = "{a.b: \"$$ROOT\", team: \"$max_nodes\"}"
            for description in ["$name", "$$ROOT", "{$set: {max_nodes: 1}}", "a.b.$[].c"] {
                try await sandbox.apply(Self.pool(labels: label, description: "\"\(description)\""))
                try await sandbox.settled()
                let stored = try #require(try await sandbox.documents("node_pools").first)
                #expect(stored["description"]?.stringValue == description)
                #expect(stored["max_nodes"]?.int64Value == 5)
            }
            let listed = try await sandbox.reeve("get", "pools", "-o", "json").json
            let labels = try #require(listed["items"]?.items.first?["metadata", "labels"])
            #expect(labels["a.b"] == "$$ROOT" && labels["team"] == "$max_nodes")
            let selected = try await sandbox.reeve("get", "pools", "-l", "a.b=$$ROOT", "-o", "name").output
            #expect(selected == "nodepool/pool_hostile\n")
        }
    }

    @Test(arguments: ["{\"$ne\":null}", "$where", ".*", "node_*"])
    func `an id on the command line is an id and nothing else`(id: String) async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.reeve("apply", "-f", Repository.manifests)
            try await sandbox.reeve("get", "node/\(id)", exit: 1)
            try await sandbox.reeve("delete", "node/\(id)", exit: 1)
            try await sandbox.reeve("cordon", "node/\(id)", "--reason", "$set", exit: 1)
            #expect(try await sandbox.count("desired") == 16)
        }
    }
}
