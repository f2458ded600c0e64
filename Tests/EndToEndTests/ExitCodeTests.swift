import BSON
import Testing

/// Each documented exit code, by a real case.
struct ExitCodeTests {
    private static let wrong = """
        apiVersion: reeve/v1
        kind: Node
        metadata: {name: wrong-01}
        spec: {node_typ: worker}
        """

    @Test func `1: what was asked for by its id is not there`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.reeve("apply", "-f", Repository.manifests)
            let outcome = try await sandbox.reeve("get", "node/fra-10", exit: 1)
            #expect(outcome.errors.contains("Node/node_fra-10"))
            #expect(outcome.errors.contains("did you mean Node/node_fra-01"))
            try await sandbox.reeve("get", "node/fra-10", "--ignore-not-found")
        }
    }

    @Test(arguments: [
        ["frobnicate"], ["get", "nodez"], ["apply"], ["apply", "-f", "/nowhere.yaml"], ["wait", "node/x"],
        ["get", "nodes", "--uri", "mongodb://joe:sesame@127.0.0.1/"],
    ])
    func `2: wrong usage`(words: [String]) async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            let outcome = try await sandbox.reeve(words, exit: 2)
            #expect(!outcome.errors.isEmpty && outcome.output.isEmpty)
            #expect(!outcome.errors.contains("sesame"))
        }
    }

    @Test func `3: an invalid manifest, all of its faults with their places`() async throws {
        try await Sandbox.run { sandbox in
            let file = try sandbox.write("wrong.yaml", Self.wrong)
            let outcome = try await sandbox.reeve("apply", "-f", file, exit: 3)
            let lines = outcome.errors.split(separator: "\n").map(String.init)
            let misspelt =
                "\(file):4:8: error: spec.node_typ: is not a field of this mapping; did you mean `node_type`? [unknown-field]"
            #expect(lines.contains(misspelt))
            #expect(
                lines.count { $0.hasPrefix("\(file):4:7: error: spec.") && $0.hasSuffix(" [missing-required]") } == 2)
            #expect(try await sandbox.count("desired") == 0)

            let json = try await sandbox.reeve("validate", "-f", file, "-o", "json", exit: 3).json
            let diagnostic = try #require(json["diagnostics"]?.items.last)
            #expect(
                diagnostic.keys == ["severity", "file", "line", "column", "document", "path", "message", "rule"])
            #expect(diagnostic["rule"] == "unknown-field" && diagnostic["line"] == 4 && diagnostic["column"] == 8)
        }
    }

    @Test func `4: a pool that has nodes`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.reeve("apply", "-f", Repository.manifests)
            let outcome = try await sandbox.reeve("delete", "pool/validators-main", exit: 4)
            #expect(outcome.errors.contains("--cascade"))
        }
    }

    @Test func `5: no server, said within five seconds, with the host and without the password`() async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            let uri = "mongodb://joe:sesame@127.0.0.1:1/?replicaSet=nothing"
            let outcome = try await sandbox.reeve("get", "nodes", environment: ["REEVE_MONGODB_URI": uri], exit: 5)
            #expect(outcome.elapsed < .seconds(5.5), "\(outcome.elapsed), the process' start and end included")
            #expect(outcome.errors.contains("127.0.0.1:1"))
            #expect(outcome.errors.contains("reeve local start"))
            #expect(!outcome.errors.contains("sesame"))
        }
    }

    @Test func `5: a database that was not prepared`() async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            let outcome = try await sandbox.reeve("apply", "-f", Repository.manifests, exit: 5)
            #expect(outcome.errors.contains("reeve init"))
        }
    }

    @Test func `6: some of it failed`() async throws {
        try await Sandbox.run { sandbox in
            let file = try sandbox.write("wrong.yaml", Self.wrong)
            try await sandbox.reeve("apply", "--continue", "-f", file, "-f", Repository.manifests, exit: 6)
            #expect(try await sandbox.count("desired") == 16)
        }
    }

    @Test func `7: waited in vain`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.reeve("apply", "-f", Repository.manifests)
            let wait = ["wait", "node/fra-01", "--for", "condition=Ready", "--timeout", "300ms"]
            let outcome = try await sandbox.reeve(wait, exit: 7)
            #expect(outcome.errors.contains("Node/node_fra-01"))
        }
    }

    @Test func `diff: 0 without and 1 with differences`() async throws {
        try await Sandbox.run { sandbox in
            let file = try sandbox.write("pool.yaml", manifest(maxNodes: 5))
            try await sandbox.reeve("diff", "-f", file, exit: 1)
            try await sandbox.reeve("apply", "-f", file)
            #expect(try await sandbox.reeve("diff", "-f", file).output.isEmpty)
            #expect(try await sandbox.reeve("plan", "-f", file).output.hasPrefix("No changes.\n"))
            let changed = try await sandbox.reeve("diff", "-f", "-", input: manifest(maxNodes: 6), exit: 1).output
            #expect(changed.contains("\n-  max_nodes: 5\n") && changed.contains("\n+  max_nodes: 6\n"))
            let plan = ["plan", "-f", "-"]
            #expect(try await sandbox.reeve(plan, input: manifest(maxNodes: 6)).output.contains("5 → 6"))
            try await sandbox.reeve(plan + ["--detailed-exitcode"], input: manifest(maxNodes: 6), exit: 1)
        }
    }

    private func manifest(maxNodes: Int) -> String {
        "apiVersion: reeve/v1\nkind: NodePool\nmetadata: {name: small}\nspec: {max_nodes: \(maxNodes)}\n"
    }
}
