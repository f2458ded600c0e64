import BSON
import Foundation
import Glibc
import MongoDB
import Testing

/// `simulate --pool` over samples and history as a fleet would have left them.
struct SimulatePoolTests {
    private static let pool = """
        apiVersion: reeve/v1
        kind: NodePool
        metadata: {name: web}
        spec:
          max_nodes: 6
          auto_scaling: true
          scaling_policy: {scale_up_threshold: 80, scale_down_threshold: 30, min_nodes: 1, window_minutes: 5}
        """

    private static func node(_ name: String) -> String {
        """
        ---
        apiVersion: reeve/v1
        kind: Node
        metadata: {name: \(name)}
        spec:
          node_type: worker
          pool_id: pool_web
          hardware_info:
            {cpu: {cores: 4}, memory: {total_bytes: 8GiB}, storage: {total_bytes: 100GB}, network: [{interface: eth0}]}
        """
    }

    private let start = (Int64(Date().timeIntervalSince1970) / 60 - 180) * 60_000

    private func time(_ minute: Int) -> Int64 { start + Int64(minute) * 60_000 }

    /// Two hours: one node at 50 %; from the second on 94 %, of which a second node takes half from half past on. For ten
    /// minutes nothing was stored.
    private func samples() -> [Document] {
        (0..<120).filter { !(20..<30).contains($0) }.flatMap { minute -> [Document] in
            let usage = minute < 60 ? 50.0 : minute < 90 ? 94 : 47
            return (["one"] + (minute < 90 ? [] : ["two"])).map { node in
                [
                    "node_id": .string("node_\(node)"), "timestamp": .dateTime(time(minute) + 20_000),
                    "cpu": ["usage_percent": .double(usage)],
                ]
            }
        }
    }

    private func declare(_ sandbox: Sandbox) async throws {
        let daemon = try sandbox.daemon()
        try await sandbox.apply(
            ([Self.pool] + ["one", "two", "three"].map(Self.node)).joined(separator: "\n"))
        try await sandbox.settled()
        daemon.signal(SIGTERM)
        #expect(await daemon.ended() == .exited(0))
        // As if they had been declared long ago, and two of them reported since.
        for id in ["node_one", "node_two"] {
            try await sandbox.write(
                "status", .updateOne(filter: ["id": .string(id)], update: ["$set": ["state": "active"]]))
        }
        try await sandbox.write(
            "node_history", .updateMany(filter: [:], update: ["$set": ["at": .dateTime(time(-600))]]))
        try await sandbox.write(
            "node_history",
            .insertOne([
                "_id": "node_two/1/99", "node_id": "node_two", "from": "inactive", "to": "active", "reason": "Declared",
                "at": .dateTime(time(90)),
            ]))
    }

    @Test func `a pool's own past is replayed, and compared with what happened`() async throws {
        try await Sandbox.run { sandbox in
            try await declare(sandbox)
            let empty = try await sandbox.reeve("simulate", "--pool", "web", exit: 1)
            #expect(empty.errors.contains("there is nothing to replay: no cpu of a node that was in use"))
            for sample in samples() { try await sandbox.write("resource_metrics", .insertOne(sample)) }

            try await comparesWithWhatHappened(sandbox)
            try await drawsAndTellsOfTheGap(sandbox)
            try await replaysUnderAnotherPolicy(sandbox)
            try await findsWhatAProviderMade(sandbox)

            let missing = try await sandbox.reeve("simulate", "--pool", "wep", exit: 1)
            #expect(missing.errors.contains("there is no NodePool/pool_wep; did you mean NodePool/pool_web?"))
            try await sandbox.reeve("simulate", "--pool", "web", "--since", "1h", "--until", "2h", exit: 2)
        }
    }

    private func comparesWithWhatHappened(_ sandbox: Sandbox) async throws {
        let json = try await sandbox.reeve("simulate", "--pool", "web", "--since", "4h", "-o", "json").json
        let minutes = json["minutes"]?.items ?? []
        try #require(minutes.count == 120)
        #expect(minutes.first?["actual"]?.int64Value == 1 && minutes.last?["actual"]?.int64Value == 2)
        #expect(minutes[10]["load"]?.number == 0.5 && minutes[25]["load"]?.isNull == true)
        // The minute after 94 % was seen first, the pool's other nodes stand by: a minute later it is there.
        #expect(minutes[60]["desired"]?.int64Value == 1 && minutes[61]["desired"]?.int64Value == 2)
        #expect(minutes[61]["ready"]?.int64Value == 1 && minutes[62]["ready"]?.int64Value == 2)
        #expect(json["summary", "unknown_minutes"]?.int64Value == 9)
        #expect(json["summary", "actual", "actions"]?.int64Value == 1)
        // 111 minutes are known, of 30 of them two nodes.
        #expect(json["summary", "actual", "node_hours"]?.number == 2.35)
        let actual = try #require(json["summary", "actual", "score"]?.number)
        let score = try #require(json["summary", "score"]?.number)
        #expect(score < actual, "half an hour sooner")
    }

    private func drawsAndTellsOfTheGap(_ sandbox: Sandbox) async throws {
        let drawing = sandbox.folder + "/web.svg"
        let text = try await sandbox.reeve(
            "simulate", "--pool", "web", "--since", "4h", "--plot", drawing, "--half", "second"
        ).output
        #expect(text.contains("UsageHigh") && text.contains("POLICY") && text.contains("ACTUAL"))
        #expect(try String(contentsOfFile: drawing, encoding: .utf8).contains("<title>pool_web</title>"))
        let gap = try await sandbox.reeve("simulate", "--pool", "web", "--since", "4h").output
        #expect(gap.contains("not recorded: 9 minutes from "))
    }

    /// And only the first hour.
    private func replaysUnderAnotherPolicy(_ sandbox: Sandbox) async throws {
        let policy = try sandbox.write(
            "calm.yaml",
            """
            apiVersion: reeve/v1
            kind: ScalingPolicy
            metadata: {name: calm}
            spec: {scale_up_threshold: 95, scale_down_threshold: 40, min_nodes: 2}
            """)
        let other = try await sandbox.reeve(
            "simulate", "--pool", "web", "--since", "4h", "--until", "2h", "--policy", policy, "-o", "json"
        ).json
        #expect(other["minutes"]?.items.count ?? 0 < 90)
        #expect(other["minutes"]?.items.first?["ready"]?.int64Value == 2)
        #expect(other["summary", "actual", "actions"]?.int64Value == 0)
    }

    /// In another pool, and took away again.
    private func findsWhatAProviderMade(_ sandbox: Sandbox) async throws {
        try await sandbox.apply(
            """
            apiVersion: reeve/v1
            kind: NodePool
            metadata: {name: made}
            spec: {max_nodes: 4, provider: {exec: {command: [make-node]}}}
            """)
        try await sandbox.write(
            "node_history",
            .insertOne([
                "_id": "node_made-1-1/1/1", "node_id": "node_made-1-1", "from": "inactive", "to": "active",
                "reason": "Activated", "at": .dateTime(time(10)),
            ]))
        for minute in 11..<31 {
            try await sandbox.write(
                "resource_metrics",
                .insertOne([
                    "node_id": "node_made-1-1", "timestamp": .dateTime(time(minute)),
                    "cpu": ["usage_percent": 60.0],
                ]))
        }
        let made = try await sandbox.reeve("simulate", "--pool", "made", "-o", "json").json
        #expect(made["minutes"]?.items.count == 20)
        #expect(made["minutes"]?.items.allSatisfy { $0["actual"]?.int64Value == 1 } == true)
    }
}

extension Value {
    fileprivate var isNull: Bool {
        if case .null = self { true } else { false }
    }
}
