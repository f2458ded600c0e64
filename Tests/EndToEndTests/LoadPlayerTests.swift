import BSON
import Foundation
import Glibc
import Testing

/// `examples/load/play` against a real daemon.
struct LoadPlayerTests {
    private static let player = Repository.root + "/examples/load/play"

    private static let fleet = """
        apiVersion: reeve/v1
        kind: Node
        metadata: {name: busy}
        spec:
          status: active
          node_type: compute
          hardware_info:
            cpu: {cores: 2}
            memory: {total_bytes: 8GiB}
            storage: {total_bytes: 100GB}
            network: [{interface: eth0}]
        ---
        apiVersion: reeve/v1
        kind: Node
        metadata: {name: spare}
        spec:
          status: inactive
          node_type: compute
          hardware_info:
            cpu: {cores: 2}
            memory: {total_bytes: 8GiB}
            storage: {total_bytes: 100GB}
            network: [{interface: eth0}]
        """

    private func play(_ sandbox: Sandbox, _ arguments: String...) throws -> ChildProcess {
        try sandbox.start(program: "/usr/bin/env", ["python3", Self.player] + arguments)
    }

    private func usage(_ sandbox: Sandbox, of node: String) async throws -> [Double] {
        try await sandbox.documents("resource_metrics", ["node_id": .string(node)]).compactMap {
            $0["cpu", "usage_percent"]?.number
        }
    }

    @Test func `the nodes in use report their share of the load, and the others that they idle`() async throws {
        try await Sandbox.run { sandbox in
            let reporting = try await Reporting.start(sandbox)
            try await sandbox.apply(Self.fleet)
            let folder = sandbox.folder + "/tokens"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for name in ["busy", "spare"] {
                _ = try sandbox.write(
                    "tokens/node_\(name)", try await sandbox.reeve("token", "create", name).output)
            }
            try await sandbox.settled()
            // A step without an end: it is played until it is stopped.
            let player = try play(
                sandbox, "--server", "http://127.0.0.1:\(reporting.port)", "--token-dir", folder, "--steps", "0.6",
                "--interval", "0.5", "--metric", "cpu,memory")
            try await eventually(within: .seconds(60), "the load in stored samples") {
                try await usage(sandbox, of: "node_busy").contains(60)
            }
            try await eventually(within: .seconds(60), "samples of who idles") {
                try await usage(sandbox, of: "node_spare").count >= 2
            }
            player.signal(SIGTERM)
            #expect(await player.ended() == .exited(0))
            #expect(player.output.contains("load 0.60  in use 1  usage 60 %"), "\(player.output)\(player.errors)")
            #expect(player.errors.isEmpty)
            #expect(try await usage(sandbox, of: "node_spare").allSatisfy { $0 == 1 })

            // A series, faster than it was: its last row ends it.
            let load = try sandbox.write("load.csv", "timestamp,value\n1767225600,5\n1767225660,10\n")
            let series = try play(
                sandbox, "--server", "http://127.0.0.1:\(reporting.port)", "--tokens",
                try sandbox.write("tokens.txt", "busy \(try token(folder, "busy"))\n"), "--load", load, "--scale", "1",
                "--speed", "30", "--interval", "0.2")
            #expect(await series.ended() == .exited(0))
            #expect(series.output.contains("load 1.00  in use 1  usage 100 %"), "\(series.output)\(series.errors)")
        }
    }

    private func token(_ folder: String, _ name: String) throws -> String {
        try String(contentsOfFile: "\(folder)/node_\(name)", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test func `what can't be played is refused with its place, and no token is told`() async throws {
        try await Sandbox.run { sandbox in
            let reporting = try await Reporting.start(sandbox)
            let server = "http://127.0.0.1:\(reporting.port)"
            let tokens = try sandbox.write("tokens.txt", "machine reeve_wr0ngwr0ngwr0ng\n")
            let bad = try sandbox.write("bad.csv", "timestamp,value\n1767225600,much\n")
            let cases: [(arguments: [String], status: Int32, text: String)] = [
                (["--tokens", tokens, "--load", bad], 3, "bad.csv:2: `much` is no load"),
                (["--tokens", tokens, "--load", "none.csv"], 3, "none.csv: No such file"),
                (["--tokens", tokens, "--steps", "1,2"], 3, "only the last step"),
                (["--tokens", bad, "--steps", "1"], 3, "expected `NODE TOKEN`"),
                (["--tokens", tokens], 2, "--load"),
                (["--tokens", tokens, "--steps", "1", "--patience", "2"], 1, "refused with 401"),
            ]
            for one in cases {
                let player = try sandbox.start(
                    program: "/usr/bin/env", ["python3", Self.player, "--server", server] + one.arguments)
                #expect(await player.ended() == .exited(one.status), "\(one.arguments)")
                #expect(player.errors.contains(one.text), "\(player.errors)")
                #expect(!player.errors.contains("wr0ng"))
            }
        }
    }
}
