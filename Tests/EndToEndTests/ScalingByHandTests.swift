import BSON
import Foundation
import MongoDB
import Testing

@testable import LocalMongo

/// `scale` and `why`, with a real daemon and nodes that report.
struct ScalingByHandTests {
    private static func manifest(_ nodes: Int, scaled: Bool) -> String {
        let scaling =
            scaled
            ? "auto_scaling: true, scaling_policy: {min_nodes: 1, max_nodes: 4, drain_seconds: 0}"
            : "auto_scaling: false, scaling_policy: {drain_seconds: 0}"
        let pool = """
            apiVersion: reeve/v1
            kind: NodePool
            metadata: {name: small}
            spec: {max_nodes: 5, \(scaling)}
            """
        let members = (0..<nodes).map { index in
            """
            ---
            apiVersion: reeve/v1
            kind: Node
            metadata: {name: small-\(index)}
            spec:
              node_type: compute
              pool_id: pool_small
              hardware_info:
                {cpu: {cores: 4}, memory: {total_bytes: 8GiB}, storage: {total_bytes: 100GB}, network: [{interface: e}]}
            """
        }
        return ([pool] + members).joined(separator: "\n")
    }

    /// A daemon that listens, and nodes that report until the test ends.
    private func run(_ manifest: String, nodes: Int, _ body: (Sandbox) async throws -> Void) async throws {
        try await Sandbox.run { sandbox in
            let port = try ServerProcess.freePort()
            let daemon = try sandbox.start(
                ["run", "--instance", "a", "--listen", "127.0.0.1:\(port)", "--sample-interval", "1s"])
            try await sandbox.apply(manifest)
            try await daemon.says("listening")
            var tokens: [String: String] = [:]
            for index in 0..<nodes {
                tokens["node_small-\(index)"] = try await sandbox.reeve("token", "create", "small-\(index)").output
                    .trimmingCharacters(in: .whitespacesAndNewlines)
            }
            let reporting = Task { [tokens] in
                while !Task.isCancelled {
                    for (node, token) in tokens.sorted(by: { $0.key < $1.key }) {
                        let report = Reporting.report(at: Int64(Date().timeIntervalSince1970 * 1000), usage: 70)
                        _ = try? await Reporting.post(report, to: node, token: token, port: port)
                    }
                    try await ContinuousClock().sleep(for: .seconds(1))
                }
            }
            defer { reporting.cancel() }
            try await active(nodes, sandbox)
            try await body(sandbox)
        }
    }

    private func active(_ count: Int, _ sandbox: Sandbox) async throws {
        try await eventually(within: .seconds(60), "\(count) nodes are active") {
            try await sandbox.count("nodes", ["status": "active"]) == count
        }
    }

    private func pool(_ sandbox: Sandbox) async throws -> Value {
        let items = try await sandbox.reeve("get", "pool/small", "-o", "json").json["items"]?.items ?? []
        return try #require(items.first)
    }

    @Test func `a pool that does not scale itself is brought to a size, and no apply undoes it`() async throws {
        let manifest = Self.manifest(3, scaled: false)
        try await run(manifest, nodes: 3) { sandbox in
            let told = try await sandbox.reeve("why", "pool/small").output
            #expect(told.hasPrefix("NodePool/pool_small is not scaled"))

            let scaled = try await sandbox.reeve(
                "scale", "pool_small", "--active", "1", "--reason", "night", "--wait", "--timeout", "90s")
            #expect(scaled.output == "nodepool/pool_small asked for 1 node\n")
            try await active(1, sandbox)
            try await eventually("the others are in reserve") {
                try await sandbox.count("nodes", ["status": "inactive"]) == 2
            }

            // Neither the same manifest nor another one takes it back.
            try await sandbox.apply(manifest)
            try await sandbox.apply(manifest.replacing("max_nodes: 5", with: "max_nodes: 6"))
            try await sandbox.settled()
            #expect(try await sandbox.count("nodes", ["status": "active"]) == 1)
            let object = try await pool(sandbox)
            #expect(object["overrides", "scale", "nodes"]?.number == 1)
            #expect(object["status", "scaling", "intents"]?.items.count == 2)
            let described = try await sandbox.reeve("describe", "pool/small").output
            #expect(described.contains("night (adopted)") && described.contains("by the scaler"))

            try await sandbox.reeve("scale", "pool/small", "--active", "3", "--wait", "--timeout", "90s")
            try await active(3, sandbox)
            // Cleared, the size stays.
            try await sandbox.reeve("scale", "pool/small", "--clear")
            #expect(try await pool(sandbox)["overrides"] == nil)
            #expect(try await sandbox.count("nodes", ["status": "active"]) == 3)
            #expect(try await sandbox.count("decisions", ["reason": "SizeAdopted"]) == 2)
        }
    }

    @Test func `what can't be had is refused before anything is written`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.apply(Self.manifest(1, scaled: true))
            for (words, code, said) in [
                (["pool/none", "--active", "2"], 1, "it is not declared"),
                (["node/small-0", "--active", "2"], 2, "only pools can be scaled"),
                (["pool/small", "--active", "5"], 2, "its policy keeps 1 to 4 nodes in use"),
                (["pool/small", "--active", "0"], 2, "its policy keeps 1 to 4 nodes in use"),
                (["pool/small"], 2, "either --active with a number of nodes, or --clear"),
            ] as [([String], Int32, String)] {
                #expect(try await sandbox.reeve(["scale"] + words, exit: code).errors.contains(said))
            }
            try await sandbox.reeve("suspend", "pool/small", "--reason", "audit")
            let refused = try await sandbox.reeve("scale", "pool/small", "--active", "2", exit: 4)
            #expect(refused.errors.contains("it is suspended (audit, by "))
            #expect(try await sandbox.count("desired", ["overrides.scale": ["$exists": true]]) == 0)
            try await sandbox.reeve("why", "pool/none", exit: 1)
            try await sandbox.reeve("why", "node/small-0", exit: 2)
        }
    }

    @Test func `a size that can't be reached is told, and why explains each node`() async throws {
        try await run(Self.manifest(2, scaled: true), nodes: 2) { sandbox in
            let waited = try await sandbox.reeve(
                "scale", "pool/small", "--active", "4", "--wait", "--timeout", "90s", exit: 6)
            #expect(waited.errors.contains("it comes to 2 of 4 nodes: there are no more nodes to activate"))
            try await sandbox.reeve("scale", "pool/small", "--active", "1", "--wait", "--timeout", "90s")
            // Which one goes depends on who was activated first.
            let kept = try #require(
                try await sandbox.documents("nodes", ["status": "active"]).first?["node_id"]?.stringValue)
            let drained = kept == "node_small-0" ? "node_small-1" : "node_small-0"
            try await eventually("it is in reserve") {
                try await sandbox.count("nodes", ["node_id": .string(drained), "status": "inactive"]) == 1
            }
            let text = try await sandbox.reeve("why", "pool/small").output
            let lines = text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
            #expect(lines[0].hasPrefix("NodePool/pool_small: 1 node in use, as many as wanted: "))
            for line in [
                "1. Classify: usable 1, ", "\(kept) usable cpu 70 % ", "\(drained) standby - - - waiting in reserve: ",
                "set by hand 1 by ", "last change 2", "ScalingActive True ValidMetrics ",
            ] { #expect(lines.contains { $0.hasPrefix(line) }, "\(line) in:\n\(text)") }
            #expect(
                lines.contains { $0.contains("2 → 1 SizeAdopted") && $0.hasSuffix("drained: \(drained)") }, "\(text)")

            let value = try await sandbox.reeve("why", "pool_small", "--decisions", "1", "-o", "json").json
            #expect(value["decision", "desired"]?.number == 1)
            #expect(value["nodes"]?.items.count == 2 && value["decisions"]?.items.count == 1)
            #expect(value["override", "nodes"]?.number == 1)
        }
    }
}
