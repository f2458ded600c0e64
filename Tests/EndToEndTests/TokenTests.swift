import BSON
import Foundation
import MongoDB
import Testing

/// `reeve token`: who may report.
struct TokenTests {
    private static let node = """
        apiVersion: reeve/v1
        kind: Node
        metadata: {name: edge-01}
        spec:
          node_type: worker
          hardware_info:
            {cpu: {cores: 4}, memory: {total_bytes: 8GiB}, storage: {total_bytes: 100GB}, network: [{interface: eth0}]}
        """

    @Test func `a token is printed once and alone, and stored as its digest`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.apply(Self.node)
            let created = try await sandbox.reeve("token", "create", "edge-01")
            let token = created.output.trimmingCharacters(in: .newlines)
            #expect(created.output == token + "\n")
            #expect(token.hasPrefix("reeve_") && token.utf8.count == 6 + 43)
            #expect(token.dropFirst(6).allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
            let stored = try await sandbox.documents("node_tokens")
            #expect(stored.count == 1)
            let document = try #require(stored.first)
            #expect(document.keys == ["_id", "node_id", "created_at", "created_by"])
            #expect(document["node_id"] == "node_edge-01")
            #expect(document["_id"]?.stringValue?.utf8.count == 64)

            // Several are good at once, and no two are alike.
            let second = try await sandbox.reeve("token", "create", "node/edge-01").output
            #expect(second != created.output)
            let json = try await sandbox.reeve("token", "create", "node_edge-01", "-o", "json").json
            #expect(json["token"]?.stringValue?.hasPrefix("reeve_") == true)
            let list = try await sandbox.reeve("token", "list", "edge-01", "-o", "json").json["items"]?.items ?? []
            #expect(list.map { $0["status"] } == ["good", "good", "good"])
            #expect(list.contains { $0["id"] == json["id"] })
            let table = try await sandbox.reeve("token", "list").output
            #expect(table.hasPrefix("ID ") && table.contains("node_edge-01"))
            #expect(!table.contains(token))
        }
    }

    @Test func `a node that is neither declared nor there gets none`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.apply(Self.node)
            let refused = try await sandbox.reeve("token", "create", "edge-02", exit: 1)
            #expect(refused.output.isEmpty)
            #expect(refused.errors.contains("did you mean Node/node_edge-01?"))
            #expect(refused.errors.contains("reeve apply"))
            #expect(try await sandbox.count("node_tokens") == 0)
            try await sandbox.reeve("token", "create", "pool/edge-01", exit: 2)
            // One that another service registered is there.
            try await sandbox.write("nodes", .insertOne(["node_id": "node_foreign", "name": "foreign"]))
            try await sandbox.reeve("token", "create", "foreign")
            #expect(try await sandbox.count("node_tokens") == 1)
        }
    }

    @Test func `tokens are revoked by id or by node, and never in part`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.apply(Self.node)
            for _ in 0..<3 { try await sandbox.reeve("token", "create", "edge-01") }
            let ids = try await sandbox.reeve("token", "list", "-o", "name").output.split(separator: "\n")
                .map { String($0.dropFirst("token/".count)) }
            #expect(ids.count == 3 && ids.allSatisfy { $0.utf8.count == 12 })
            let unknown = try await sandbox.reeve("token", "revoke", ids[0], "000000000000", exit: 1)
            #expect(unknown.errors.contains("nothing was changed"))
            #expect(try await sandbox.count("node_tokens", ["revoked_at": ["$exists": true]]) == 0)
            let revoked = try await sandbox.reeve("token", "revoke", ids[0].uppercased())
            #expect(revoked.output == "token/\(ids[0]) of node_edge-01 revoked\n")
            let again = try await sandbox.reeve("token", "revoke", ids[0], "-o", "json").json
            #expect(again["results"]?.items.map { $0["result"] } == ["unchanged"])
            try await sandbox.reeve("token", "revoke", "--node", "edge-01")
            #expect(try await sandbox.count("node_tokens", ["revoked_at": ["$exists": true]]) == 3)
            for wrong in [
                ["token", "revoke"], ["token", "revoke", "abc"], ["token", "revoke", ids[0], "--node", "x"],
            ] {
                try await sandbox.reeve(wrong, exit: 2)
            }
        }
    }
}
