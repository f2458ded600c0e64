import BSON
import Foundation
import Glibc
import MongoDB
import Testing

@testable import LocalMongo

/// A machine's agent and a daemon that listens, both as processes.
struct AgentProcessTests {
    private static let node = """
        apiVersion: reeve/v1
        kind: Node
        metadata: {name: machine}
        spec:
          node_type: compute
          hardware_info:
            cpu: {cores: 2}
            memory: {total_bytes: 8GiB}
            storage: {total_bytes: 100GB}
            network: [{interface: eth0}]
        """

    @Test func `a machine that reports is Ready, and nothing is lost while the daemon is away`() async throws {
        try await Sandbox.run { sandbox in
            let reporting = try await Reporting.start(sandbox)
            let agent = try reporting.agent()
            try await sandbox.reeve("wait", "node/machine", "--for", "condition=Ready", "--timeout", "60s")
            try await eventually(within: .seconds(60), "samples") { try await reporting.samples().count >= 3 }
            let sample = try #require(try await reporting.samples().last)
            let cores = sample["cpu", "cores"]?.int64Value ?? 0
            #expect(cores >= 1 && cores == ProcessInfo.processInfo.activeProcessorCount)
            let usage = sample["cpu", "usage_percent"]?.number ?? -1
            #expect(usage >= 0 && usage <= 100)
            let (total, used) = (
                sample["memory", "total_bytes"]?.number ?? 0, sample["memory", "used_bytes"]?.number ?? 0
            )
            #expect(total > 1e8 && used > 0 && used < total)

            // Killed: what it took and didn't store is lost with it, and the agent sends it again.
            reporting.daemon.signal(SIGKILL)
            await reporting.daemon.ended()
            try await agent.says("can't be sent")
            let left = ContinuousClock.now
            try await eventually(within: .seconds(60), "12 s have passed") { ContinuousClock.now - left > .seconds(12) }
            let back = try reporting.startDaemon()
            try await agent.says("taken again", within: .seconds(90))
            let until = Date()
            try await eventually(within: .seconds(60), "samples of later") {
                try await reporting.instants().last ?? .distantPast > until
            }
            // One a second, also of the time while it was away; a busy machine may be late with some.
            let instants = try await reporting.instants()
            let gaps = zip(instants, instants.dropFirst()).map { $1.timeIntervalSince($0) }
            #expect((gaps.max() ?? .infinity) < 8, "\(gaps)")
            #expect(agent.errors.components(separatedBy: "can't be sent").count == 2)
            agent.signal(SIGTERM)
            #expect(await agent.ended() == .exited(0))
            #expect(!agent.errors.contains(try reporting.token()))
            back.signal(SIGKILL)
        }
    }

    @Test func `a drain runs the hook, whose end is acknowledged`() async throws {
        try await Sandbox.run { sandbox in
            let reporting = try await Reporting.start(sandbox)
            let log = "\(sandbox.folder)/hook.log"
            _ = try reporting.agent(["--on-status", "echo $REEVE_NODE $REEVE_PREVIOUS_STATUS $REEVE_ACTION >>'\(log)'"])
            func calls() -> [String] {
                String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
                    .split(separator: "\n").map(String.init)
            }
            try await eventually(within: .seconds(60), "the hook was told of the start") {
                calls().last?.hasSuffix(" start") == true
            }
            #expect(try await sandbox.count("agents", ["drained": ["$exists": true]]) == 0)
            try await sandbox.reeve("drain", "node/machine")
            try await eventually(within: .seconds(60), "the drain is acknowledged") {
                try await sandbox.count("agents", ["drained": ["$exists": true]]) == 1
            }
            #expect(calls().contains("node_machine active drain"))
            try await sandbox.reeve("uncordon", "node/machine")
            try await eventually(within: .seconds(60), "the hook was told of the new start") {
                calls().last == "node_machine maintenance start"
            }
        }
    }

    @Test func `a wrong token is refused, and told once without the token`() async throws {
        try await Sandbox.run { sandbox in
            let reporting = try await Reporting.start(sandbox)
            let good = try reporting.token()
            let wrong = good.prefix(8) + "wrongwrongwrongwrongwrongwrongwrong"
            try reporting.write(token: String(wrong))
            let agent = try reporting.agent()
            try await agent.says("reports are refused")
            let refused = ContinuousClock.now
            try await eventually(within: .seconds(60), "some intervals have passed") {
                ContinuousClock.now - refused > .seconds(4)
            }
            #expect(agent.errors.components(separatedBy: "reports are refused").count == 2)
            #expect(!agent.errors.contains(wrong))
            #expect(try await reporting.samples().isEmpty)
            agent.signal(SIGTERM)
            #expect(await agent.ended() == .exited(0))

            chmod(reporting.tokenFile, 0o644)
            let open = try reporting.agent()
            #expect(await open.ended() == .exited(2))
            #expect(open.errors.contains("may be read by others") && !open.errors.contains(wrong))
        }
    }

    /// A new token is written beside the old one's revocation: the agent takes it up by itself.
    @Test func `a token is rotated without a gap`() async throws {
        try await Sandbox.run { sandbox in
            let reporting = try await Reporting.start(sandbox)
            let agent = try reporting.agent()
            try await eventually(within: .seconds(60), "samples") { try await !reporting.samples().isEmpty }
            let listed = try await sandbox.reeve("token", "list", "-o", "json").json
            let former = try #require(listed["items"]?.items.first?["id"]?.stringValue)
            try reporting.write(token: try await reporting.newToken())
            try await sandbox.reeve("token", "revoke", former)
            // Within 2 s the old one is refused; then the new one is used.
            let revoked = Date().addingTimeInterval(5)
            try await eventually(within: .seconds(60), "samples of later") {
                try await reporting.instants().last ?? .distantPast > revoked
            }
            #expect(!agent.errors.contains("refused"))
        }
    }

    /// A listening daemon, a declared node, and its token in a file.
    private struct Reporting {
        let sandbox: Sandbox
        let port: Int
        let daemon: ChildProcess

        var tokenFile: String { "\(sandbox.folder)/token" }

        static func start(_ sandbox: Sandbox) async throws -> Reporting {
            let port = try ServerProcess.freePort()
            let reporting = Reporting(sandbox: sandbox, port: port, daemon: try daemon(sandbox, port))
            try await sandbox.apply(node)
            try reporting.write(token: try await reporting.newToken())
            try await sandbox.settled()
            return reporting
        }

        private static func daemon(_ sandbox: Sandbox, _ port: Int) throws -> ChildProcess {
            try sandbox.daemon("a", "--listen", "127.0.0.1:\(port)", "--sample-interval", "1s")
        }

        func startDaemon() throws -> ChildProcess { try Reporting.daemon(sandbox, port) }

        func agent(_ options: [String] = []) throws -> ChildProcess {
            try sandbox.start(
                [
                    "agent", "--server", "http://127.0.0.1:\(port)", "--node", "node_machine", "--token-file",
                    tokenFile,
                    "--interval", "1s",
                ] + options)
        }

        func newToken() async throws -> String { try await sandbox.reeve("token", "create", "machine").output }

        /// Replaced as a whole, as an operator should.
        func write(token: String) throws {
            let fresh = tokenFile + ".new"
            let made = FileManager.default.createFile(
                atPath: fresh, contents: Data(token.utf8), attributes: [.posixPermissions: 0o600])
            guard made, rename(fresh, tokenFile) == 0 else { throw Missing(what: "the token's file", text: tokenFile) }
        }

        func token() throws -> String {
            try String(contentsOfFile: tokenFile, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        }

        func samples() async throws -> [Value] {
            try await sandbox.documents("resource_metrics", ["node_id": "node_machine"])
        }

        /// When the stored samples were measured.
        func instants() async throws -> [Date] {
            try await samples().compactMap { sample in
                guard case .dateTime(let milliseconds) = sample["timestamp"] else { return nil }
                return Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            }.sorted()
        }
    }
}

extension Value {
    fileprivate var number: Double? {
        switch self {
        case .double(let value): value
        case .int32(let value): Double(value)
        case .int64(let value): Double(value)
        default: nil
        }
    }
}
