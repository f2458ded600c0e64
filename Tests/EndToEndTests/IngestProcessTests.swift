import BSON
import Foundation
import Glibc
import MongoDB
import Testing

/// A daemon that takes reports, as a process.
struct IngestProcessTests {
    @Test func `the log tells of a refusal once, and of no token`() async throws {
        try await Sandbox.run { sandbox in
            let reporting = try await Reporting.start(sandbox)
            let good = try reporting.token()
            let wrong = "reeve_wr0ngwr0ngwr0ngwr0ng"
            let report = Reporting.report(at: Int64(Date().timeIntervalSince1970 * 1000), usage: 1)
            for _ in 0..<3 { #expect(try await reporting.post(report, token: wrong).status == 401) }
            // It stands in the log before the answer is given.
            #expect(reporting.daemon.errors.ranges(of: "a request was refused").count == 1)
            for _ in 0..<3 { #expect(try await reporting.post(report, to: "node_other").status == 403) }
            let log = reporting.daemon.errors
            #expect(log.ranges(of: "a request was refused").count == 2)
            #expect(log.contains("127.0.0.1"))
            #expect(!log.contains("wr0ng") && !log.contains(good) && !log.contains(good.dropFirst(6)))
        }
    }

    /// Every report but a node's first waits for its sample, which would be stored in an hour.
    @Test func `what was acknowledged is stored when the daemon is stopped, and the next takes the rest`() async throws
    {
        try await Sandbox.run { sandbox in
            let reporting = try await Reporting.start(sandbox, ["--sample-interval", "1h"])
            var instants: [Int64] = []
            var acknowledged = -1
            while true {
                instants.append(max((instants.last ?? 0) + 1, Int64(Date().timeIntervalSince1970 * 1000)))
                let number = instants.count - 1
                // From then on they come while it stops.
                if number == 6 { reporting.daemon.signal(SIGTERM) }
                let report = Reporting.report(at: instants[number], usage: number % 100)
                guard let answer = try? await reporting.post(report), answer.status == 200 else { break }
                acknowledged = number
            }
            #expect(acknowledged >= 5 && acknowledged < 100)
            #expect(await reporting.daemon.ended() == .exited(0))
            let samples = try await reporting.samples().sorted { $0.measured ?? 0 < $1.measured ?? 0 }
            #expect(samples.map(\.measured).first == instants[0] && samples.count == 2)
            // The last may be stored, too: its answer was lost.
            let stored = try #require(instants.lastIndex { $0 == samples.last?.measured })
            #expect(stored == acknowledged || stored == acknowledged + 1)
            // The mean of all of them, from the second on.
            #expect(samples.last?["cpu", "usage_percent"]?.number == Double(1 + stored) / 2)

            let next = try reporting.startDaemon()
            try await next.says("listening")
            let rest = instants[(acknowledged + 1)...] + [Int64(Date().timeIntervalSince1970 * 1000)]
            let again = try await reporting.post(
                "[" + rest.map { Reporting.report(at: $0, usage: 50) }.joined(separator: ",") + "]")
            #expect(again.status == 200)
            #expect(again.body["accepted"]?.int64Value == Int64(rest.count - (stored - acknowledged)))
            next.signal(SIGTERM)
            #expect(await next.ended() == .exited(0))
            #expect(try await reporting.samples().compactMap(\.measured).max() == rest.last)
        }
    }

    /// Nobody could report for longer than a day, and the daemon leads and listens at once.
    @Test func `a daemon that takes reports again judges nobody by old heartbeats`() async throws {
        try await Sandbox.run { sandbox in
            let reporting = try await Reporting.start(sandbox)
            _ = try await reporting.post(Reporting.report(at: Int64(Date().timeIntervalSince1970 * 1000), usage: 1))
            try await sandbox.reeve("wait", "node/machine", "--for", "condition=Ready", "--timeout", "60s")
            reporting.daemon.signal(SIGTERM)
            await reporting.daemon.ended()
            func ago(hours: Int64) -> Value {
                .dateTime(Int64(Date().timeIntervalSince1970 * 1000) - hours * 3_600_000)
            }
            let lease: Document = ["since": ago(hours: 50), "alive_at": ago(hours: 26)]
            try await sandbox.write(
                "leases", .updateOne(filter: ["_id": "ingest/a"], update: ["$set": .document(lease)]))
            let heartbeat: Document = ["last_heartbeat": ago(hours: 26)]
            try await sandbox.write("nodes", .updateMany(filter: [:], update: ["$set": .document(heartbeat)]))

            let back = try sandbox.daemon("a", "--listen", "127.0.0.1:\(reporting.port)", verbose: true)
            try await back.says("looked at everything")
            try await sandbox.settled()
            #expect(try await sandbox.count("nodes", ["status": "active"]) == 1)
            #expect(try await sandbox.count("events", ["reason": "HeartbeatLost"]) == 0)
        }
    }

    @Test(arguments: [
        (["--listen", "0.0.0.0:0"], "can be reached from other machines"),
        (["--listen", "[::]:0"], "can be reached from other machines"),
        (["--listen", "192.0.2.1:0"], "--tls-certificate and --tls-key"),
        (["--listen", "127.0.0.1:0", "--tls-certificate", "missing.pem"], "belong together"),
        (["--listen", "0.0.0.0:0", "--tls-certificate", "missing.pem", "--tls-key", "key.pem"], "missing.pem"),
        (["--listen", "0.0.0.0:0", "--tls-certificate", "key.pem", "--tls-key", "key.pem"], "no certificate"),
        (["--tls-certificate", "a", "--tls-key", "b"], "missing"),
    ])
    func `a daemon that can't listen safely says why, and doesn't run`(options: [String], why: String) async throws {
        try await Sandbox.run { sandbox in
            let key = try sandbox.write("key.pem", "s3cret\n")
            chmod(key, 0o600)
            let outcome = try await sandbox.reeve(["run"] + options, exit: 2)
            #expect(outcome.errors.contains(why))
            #expect(!outcome.errors.contains("s3cret"))
        }
    }
}
