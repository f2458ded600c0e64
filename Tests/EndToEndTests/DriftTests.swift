import BSON
import MongoDB
import Testing

/// Documents that somebody edits behind Reeve's back.
struct DriftTests {
    private static let pool = """
        apiVersion: reeve/v1
        kind: NodePool
        metadata: {name: drifting}
        spec: {max_nodes: 5}
        """

    private func node(_ name: String, cores: Int, sessions: Int? = nil, drift: String = "correct") -> String {
        """
        apiVersion: reeve/v1
        kind: Node
        metadata: {name: \(name)}
        spec:
          node_type: worker
          pool_id: pool_drifting
          hardware_info:
            cpu: {cores: \(cores)}
            memory: {total_bytes: 4GiB}
            storage: {total_bytes: 100GB}
            network: [{interface: eth0}]
        \(sessions.map { "  configuration: {max_sessions: \($0)}\n" } ?? "")lifecycle: {drift: \(drift)}
        """
    }

    private func edit(_ id: String, _ field: String, _ value: Value) -> WriteOperation {
        .updateOne(
            filter: ["node_id": .string(id)], update: Document([("$set", .document(Document([(field, value)])))]))
    }

    @Test func `a field changed by hand is put back, and an event says what it was`() async throws {
        try await Sandbox.run { sandbox in
            _ = try sandbox.daemon()
            try await sandbox.apply([Self.pool, node("edited", cores: 8)].joined(separator: "\n---\n"))
            try await sandbox.settled()

            let started = ContinuousClock.now
            try await sandbox.write("nodes", edit("node_edited", "hardware_info.cpu.cores", 64))
            try await eventually(within: .seconds(5), "8 cores again") {
                try await sandbox.documents("nodes")[0]["hardware_info", "cpu", "cores"]?.int64Value == 8
            }
            print("a changed field: put back after \(ContinuousClock.now - started)")

            let events = try await sandbox.reeve("events", "--for", "node/edited", "-o", "json").json
            let drifts = events["items"]?.items.compactMap { $0["drift"]?.items.first } ?? []
            #expect(drifts.count == 1)
            let drift = try #require(drifts.first)
            #expect(drift["field"]?.stringValue?.hasSuffix("hardware_info.cpu.cores") == true)
            #expect(drift["found"] == 64 && drift["declared"] == 8)
        }
    }

    @Test func `with drift: report it is reported and left`() async throws {
        try await Sandbox.run { sandbox in
            _ = try sandbox.daemon()
            let fleet = [Self.pool, node("watched", cores: 8, drift: "report"), node("other", cores: 8)]
            try await sandbox.apply(fleet.joined(separator: "\n---\n"))
            try await sandbox.settled()

            try await sandbox.write("nodes", edit("node_watched", "hardware_info.cpu.cores", 64))
            try await sandbox.reeve("wait", "node/watched", "--for", "condition=Drifted", "--timeout", "10s")
            // What came later has been worked on: the first edit would have been put back by now.
            try await sandbox.write("nodes", edit("node_other", "hardware_info.cpu.cores", 64))
            try await eventually("the other node is put back") {
                try await sandbox.count("nodes", ["hardware_info.cpu.cores": 8]) == 1
            }
            let left = try await sandbox.documents("nodes", ["node_id": "node_watched"])
            #expect(left[0]["hardware_info", "cpu", "cores"]?.int64Value == 64)
            let events = try await sandbox.reeve("events", "--for", "node/watched", "-o", "json").json
            let drift = events["items"]?.items.compactMap { $0["drift"]?.items.first }.first
            #expect(drift?["found"] == 64 && drift?["declared"] == 8)
        }
    }

    @Test func `a field that the manifest no longer states is unset`() async throws {
        try await Sandbox.run { sandbox in
            _ = try sandbox.daemon()
            try await sandbox.apply(
                [Self.pool, node("stating", cores: 8, sessions: 5)].joined(separator: "\n---\n"))
            try await sandbox.settled()
            #expect(try await sandbox.documents("nodes")[0]["configuration", "max_sessions"]?.int64Value == 5)
            try await sandbox.apply(node("stating", cores: 8))
            try await eventually("it is unset") {
                try await sandbox.documents("nodes")[0]["configuration", "max_sessions"] == nil
            }
            try await sandbox.settled()
        }
    }

    @Test func `a deleted document stands again`() async throws {
        try await Sandbox.run { sandbox in
            _ = try sandbox.daemon()
            try await sandbox.apply([Self.pool, node("removed", cores: 8)].joined(separator: "\n---\n"))
            try await sandbox.settled()
            try await sandbox.write("nodes", .deleteOne(filter: ["node_id": "node_removed"]))
            try await eventually("it is there again") { try await sandbox.count("nodes") == 1 }
            try await sandbox.settled()
        }
    }
}
