import BSON
import Foundation
import FoundationNetworking
import Glibc
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
            #expect(visit.headings == ["H1 Reeve", "H2 Pools", "H2 Nodes", "H2 Scaling decisions", "H2 Events"])
            let order = visit.focus.prefix(7).map(\.text)
            let expected = [
                "Skip to the fleet", "pools-title", "watched", "all pools\npool_watched", "Show", "nodes-title",
                "pool_watched",
            ]
            #expect(order == expected)
            #expect(visit.focus.allSatisfy { $0.tag == "body" || ($0.outline && $0.seen) })
        }
    }

    @Test
    func `a set that is synced for the first time appears on an open page, with what is held and how to release it`()
        async throws
    {
        try await Sandbox.run { sandbox in
            let tree = try SyncedTree(sandbox)
            try tree.write(nodes: 0..<20)
            let port = try FreePort.find()
            _ = try sandbox.daemon("a", "--listen", "127.0.0.1:\(port)")
            try await sandbox.apply(Self.fleet)
            try await sandbox.settled()
            let visit = try await PageVisit.make(
                "http://127.0.0.1:\(port)/", expecting: "node_seen", appearing: "reeve sync approve 'fleet'"
            ) {
                try await tree.sync()
                for number in 0..<6 { try tree.remove("n\(number).yaml") }
                try await tree.sync(exit: 6)
            }
            #expect(visit.kept)
            #expect(visit.headings.contains("H2 Sets"))
            #expect(visit.complaints.isEmpty && visit.nameless.isEmpty && visit.unscoped == 0 && visit.overflow == 0)
            #expect(visit.focus.prefix(2).map(\.text) == ["Skip to the fleet", "sets-title"])
            let page = try await get(port, "/")
            #expect(page.contains(">OverBudget<") && page.contains("6 to delete, held") && page.contains(tree.path))
            #expect(page.contains("Sets with problems: 1."))
        }
    }

    @Test func `another token for the page serves without a restart`() async throws {
        try await Sandbox.run(queued: false) { sandbox in
            let port = try FreePort.find()
            let file = try sandbox.write("page-token", "first-0123456789\n")
            chmod(file, 0o600)
            let daemon = try sandbox.daemon("a", "--listen", "127.0.0.1:\(port)", "--page-token-file", file)
            try await daemon.says("listening")
            #expect(try await status(port, "/metrics", token: "first-0123456789") == 200)
            #expect(try await status(port, "/metrics", token: "second-0123456789") == 401)
            // One that is wrong changes nothing.
            _ = try sandbox.write("page-token", "short")
            try await daemon.says("can't be read anew")
            #expect(try await status(port, "/metrics", token: "first-0123456789") == 200)
            _ = try sandbox.write("page-token", "second-0123456789")
            try await daemon.says("new token serves")
            #expect(try await status(port, "/metrics", token: "second-0123456789") == 200)
            #expect(try await status(port, "/metrics", token: "first-0123456789") == 401)
            #expect(!daemon.errors.contains("0123456789"))
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
        }
    }

    /// By Python: Foundation's client waits for ever when it is asked for a password.
    private func status(_ port: Int, _ path: String, token: String) async throws -> Int {
        let script = """
            import http.client, sys
            connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=60)
            connection.request("GET", sys.argv[2], headers={"authorization": "Bearer " + sys.argv[3]})
            print(connection.getresponse().status)
            """
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, String(port), path, token]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return try #require(Int(String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)))
    }

    @Test(arguments: [
        (["run", "--allowed-host", "a.example"], "go with --listen"),
        (["run", "--listen", "127.0.0.1:0", "--allowed-host", "https://a.example"], "no name of a host"),
        (["run", "--listen", "127.0.0.1:0", "--metrics-max-objects", "-1"], "--metrics-max-objects"),
        (["run", "--listen", "127.0.0.1:0", "--page-token-file", "missing"], "can't be read"),
        (["run", "--listen", "127.0.0.1:0", "--page-token-file", "short"], "at least 16"),
        (["run", "--listen", "127.0.0.1:0", "--page-token-file", "open"], "chmod 600"),
    ])
    func `options that can't be meant are refused`(arguments: [String], why: String) async throws {
        try await Sandbox.run { sandbox in
            chmod(try sandbox.write("short", "secret-7\n"), 0o600)
            chmod(try sandbox.write("open", "secret-7-0123456789\n"), 0o640)
            let outcome = try await sandbox.reeve(arguments, exit: 2)
            #expect(outcome.errors.contains(why))
            #expect(!outcome.errors.contains("secret-7"))
        }
    }
}
