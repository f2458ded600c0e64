import BSON
import Foundation
import FoundationNetworking
import MongoDB
import TestServer
import Testing

/// The daemon as those see it who watch it: Prometheus, and people with a browser.
struct WatchingTests {
    private static let fleet = """
        apiVersion: reeve/v1
        kind: NodePool
        metadata: {name: watched}
        spec: {max_nodes: 5}
        ---
        apiVersion: reeve/v1
        kind: Node
        metadata: {name: seen}
        spec:
          node_type: worker
          pool_id: pool_watched
          hardware_info:
            cpu: {cores: 8}
            memory: {total_bytes: 4GiB}
            storage: {total_bytes: 100GB}
            network: [{interface: eth0}]
        """

    private func get(_ port: Int, _ path: String) async throws -> String {
        let url = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
        return String(decoding: try await URLSession.shared.data(from: url).0, as: UTF8.self)
    }

    @Test func `a daemon's metrics count what it did, and promtool has nothing against them`() async throws {
        try await Sandbox.run { sandbox in
            let port = try FreePort.find()
            _ = try sandbox.daemon("a", "--listen", "127.0.0.1:\(port)")
            try await sandbox.apply(Self.fleet)
            try await sandbox.settled()
            let wanted = [
                #"resource_condition{id="node_seen",kind="Node",status="True",type="Synced"} 1"#,
                #"pool_nodes{pool="pool_watched",status="inactive"} 1"#,
            ]
            try await eventually(within: .seconds(60), "the fleet in the metrics") {
                let page = try await get(port, "/metrics")
                return wanted.allSatisfy { page.contains("\n\($0)\n") }
            }
            let page = try await get(port, "/metrics")
            #expect(page.firstMatch(of: /\nreconcile_total\{result="changed"\} [1-9]/) != nil)
            #expect(page.contains("\nreconcile_total{result=\"failed\"} 0\n"))
            #expect(page.contains("\nresource_scan_failures_total 0\n"))
            let verdict = try Promtool.run(["check", "metrics"], input: page)
            #expect(verdict.status == 0 && verdict.text.isEmpty, "\(verdict.text)")
        }
    }

    @Test func `the status page in a browser: live, without complaints, by keyboard`() async throws {
        try await Sandbox.run { sandbox in
            let port = try FreePort.find()
            _ = try sandbox.daemon("a", "--listen", "127.0.0.1:\(port)")
            try await sandbox.apply(Self.fleet)
            try await sandbox.settled()
            let visit = try await PageVisit.make(
                "http://127.0.0.1:\(port)/", expecting: "node_seen", appearing: "node_stranger"
            ) {
                // Somebody registers a node, in MongoDB itself.
                let stranger: Document = [
                    "node_id": "node_stranger", "name": "stranger", "status": "active",
                    "pool_id": "pool_watched", "node_type": "worker",
                ]
                try await sandbox.write("nodes", .insertOne(stranger))
            }
            #expect(visit.kept)
            #expect(visit.complaints.isEmpty)
            #expect(visit.nameless.isEmpty && visit.unscoped == 0)
            #expect(visit.overflow == 0)
            #expect(visit.headings == ["H1 Reeve", "H2 Pools", "H2 Nodes", "H2 Events"])
            let order = visit.focus.prefix(7).map(\.text)
            let expected = [
                "Skip to the fleet", "pools-title", "watched", "all pools\npool_watched", "Show", "nodes-title",
                "pool_watched",
            ]
            #expect(order == expected)
            #expect(visit.focus.allSatisfy { $0.tag == "body" || ($0.outline && $0.seen) })
        }
    }

    @Test(arguments: [
        (["run", "--allowed-host", "a.example"], "go with --listen"),
        (["run", "--listen", "127.0.0.1:0", "--allowed-host", "https://a.example"], "no name of a host"),
        (["run", "--listen", "127.0.0.1:0", "--metrics-max-objects", "-1"], "--metrics-max-objects"),
        (["run", "--listen", "127.0.0.1:0", "--page-token-file", "missing"], "can't be read"),
        (["run", "--listen", "127.0.0.1:0", "--page-token-file", "short"], "at least 16"),
    ])
    func `options that can't be meant are refused`(arguments: [String], why: String) async throws {
        try await Sandbox.run { sandbox in
            _ = try sandbox.write("short", "secret-7\n")
            let outcome = try await sandbox.reeve(arguments, exit: 2)
            #expect(outcome.errors.contains(why))
            #expect(!outcome.errors.contains("secret-7"))
        }
    }
}
