import BSON
import Glibc
import Testing

struct ThousandNodesTests {
    private static let undeclared: Set = ["_id", "created_at", "updated_at"]

    @Test func `a thousand nodes in one file stand as declared, field by field, and nothing is written again`()
        async throws
    {
        try await Sandbox.run { sandbox in
            let fleet = GeneratedFleet(pools: 1, nodes: 1000)
            let file = try sandbox.write("fleet.yaml", fleet.manifests)
            let daemon = try sandbox.daemon()
            try await daemon.says("leading")

            let started = ContinuousClock.now
            try await sandbox.reeve("apply", "-f", file)
            let declared = ContinuousClock.now - started
            try await sandbox.settled()
            print("1000 nodes: declared after \(declared), settled after \(ContinuousClock.now - started)")

            var expected = fleet.expected
            for node in try await sandbox.documents("nodes") {
                let document = try #require(node.documentValue)
                let found = expected.removeValue(forKey: document["node_id"]?.stringValue ?? "")
                let wanted = try #require(found)
                let differences = try Comparison.differences(document, wanted, ignoring: Self.undeclared)
                #expect(differences.isEmpty, "\(document)")
            }
            #expect(expected.isEmpty)
            let pool = try #require(try await sandbox.documents("node_pools").first)
            #expect(pool["node_count"]?.int64Value == 1000)
            #expect(try await sandbox.count("node_history") == 1000)

            #expect(try await sandbox.reeve("apply", "-f", file, "-o", "json").json["summary", "unchanged"] == 1001)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            #expect(try await sandbox.writeCounts()["nodes", default: 0] > 0, "the counter sees transactions")
            let written = try await sandbox.writesOfAFurtherPass()
            #expect(written.isSubset(of: leadershipCollections), "a settled fleet is not written to: \(written)")
            #expect(written.contains("leases"))
        }
    }
}
