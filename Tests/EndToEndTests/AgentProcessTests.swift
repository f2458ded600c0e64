import BSON
import Foundation
import Glibc
import MongoDB
import Testing

/// A machine's agent and a daemon that listens, both as processes.
struct AgentProcessTests {
    @Test func `a machine that reports is Ready, and nothing is lost while the daemon is away`() async throws {
        try await Sandbox.run { sandbox in
            let reporting = try await Reporting.start(sandbox)
            let agent = try reporting.agent(["--interval", "2s"])
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
            // Every report is a sample, because the next is due before the next report: one every two seconds, also of
            // the time while it was away. One may be late, none missing.
            let instants = try await reporting.instants()
            let gaps = zip(instants, instants.dropFirst()).map { $1.timeIntervalSince($0) }
            #expect(gaps.count > 8 && gaps.allSatisfy { $0 < 3.9 }, "\(gaps)")
            let time: TimeInterval = gaps.reduce(0, +)
            let missing: Double = time / 2 - Double(gaps.count)
            #expect(abs(missing) < 0.75, "\(gaps)")
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
            #expect(open.errors.contains("chmod 600") && !open.errors.contains(wrong))
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
}
