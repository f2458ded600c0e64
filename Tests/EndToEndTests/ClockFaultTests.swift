import BSON
import Foundation
import Glibc
import MongoDB
import Testing

/// A daemon whose machine's clock is wrong (FAULTS, row 3).
struct ClockFaultTests {
    /// As the set-up installs it.
    private func library() throws -> String {
        let places = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib").map {
            "/usr/lib/\($0)/faketime/libfaketimeMT.so.1"
        }
        return try #require(places.first { access($0, R_OK) == 0 }, "libfaketime is not installed")
    }

    @Test(arguments: [1, -1])
    func `with a clock that is an hour off nothing is taken over and no heartbeat is lost`(hours: Int) async throws {
        // It mostly waits.
        try await Sandbox.run(queued: false) { sandbox in
            let clock = ContinuousClock()
            let wrong = [
                "LD_PRELOAD": try library(), "FAKETIME": hours > 0 ? "+1h" : "-1h",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
            ]
            let right = try sandbox.daemon("right")
            try await right.says("leading")
            let standby = try sandbox.daemon("wrong", environment: wrong)
            try await standby.says("waiting for the lease")
            try #expect(abs(offset(of: standby) - Double(hours * 3600)) < 120, "its clock is not wrong")
            // Longer than a lease lasts.
            let end = clock.now + .seconds(17)
            while clock.now < end {
                #expect(try await sandbox.documents("leases", ["holder": "right"]).count == 1)
                try await clock.sleep(for: .seconds(1))
            }
            right.signal(SIGTERM)
            try await standby.says("leading")

            try await sandbox.reeve(
                "apply", "-f", try sandbox.write("fleet.yaml", GeneratedFleet(pools: 1, nodes: 5).manifests))
            try await sandbox.settled()
            try await eventually("all are active") {
                try await beat(sandbox)
                return try await sandbox.count("nodes", ["status": "active"]) == 5
            }
            // Two looks at heartbeats and more.
            let watched = clock.now + .seconds(12)
            while clock.now < watched {
                try await beat(sandbox)
                try await clock.sleep(for: .seconds(1))
                #expect(try await sandbox.count("nodes", ["status": "active"]) == 5)
            }
            #expect(try await sandbox.count("events", ["reason": "HeartbeatLost"]) == 0)
            #expect(try await sandbox.count("node_history", ["to": "error"]) == 0)
        }
    }

    private func beat(_ sandbox: Sandbox) async throws {
        let now: Document = ["$currentDate": ["last_heartbeat": true]]
        try await sandbox.write("nodes", .updateMany(filter: [:], update: now))
    }

    /// How far the times in its log are from this process' own, in seconds.
    private func offset(of daemon: ChildProcess) throws -> Double {
        let line = try #require(daemon.errors.split(separator: "\n").last)
        let time = try #require(line.split(separator: " ").first)
        return try Date(String(time), strategy: .iso8601).timeIntervalSinceNow
    }
}
