import FleetStore
import Glibc
import Testing

/// The daemon dies at each numbered place of a pass, at its first, second and third passage; the next start comes to
/// the same end as if nothing had happened.
struct KillPointTests {
    /// Three pools are on lanes of their own, so that a pass has several batches.
    private static let fleet = GeneratedFleet(pools: 3, nodes: 6)

    /// Those that the daemon passes.
    static let daemonPoints = KillPoint.allCases.filter { $0 != .declarationWritten }

    /// A leadership begins once in a process.
    private static func passages(_ point: KillPoint) -> ClosedRange<Int> {
        switch point {
        case .leaseTaken, .fencesRaised: 1...1
        default: 1...3
        }
    }

    @Test(arguments: daemonPoints)
    func `a daemon that dies there is followed by one that comes to the same end`(point: KillPoint) async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.apply(Self.fleet.manifests)
            try await converge(sandbox)
            try await EndState.keep(sandbox)
            for passage in Self.passages(point) {
                try await EndState.clear(sandbox)
                #expect(try await !EndState.differences(sandbox).isEmpty, "nothing is compared with something")
                let dying = try sandbox.daemon(killPoint: "\(point.rawValue):\(passage)")
                try await eventually("it dies at \(point) \(passage)") { dying.ending != nil }
                #expect(dying.ending == .killed(signal: SIGKILL), "\(dying.errors)")

                let started = ContinuousClock.now
                try await converge(sandbox)
                let differences = try await EndState.differences(sandbox)
                #expect(differences.isEmpty, "\(point) \(passage)")
                #expect(try await sandbox.doubledHistory().isEmpty)
                #expect(try await sandbox.count("node_history") == Self.fleet.nodeCount)
                // Nobody waits for a lease or a dead process' locks to expire: both take over ten seconds.
                #expect(ContinuousClock.now - started < .seconds(9))
            }
            let written = try await sandbox.writesOfAFurtherPass()
            #expect(written.isSubset(of: leadershipCollections), "\(written)")
        }
    }

    /// Runs a daemon until everything is as declared.
    private func converge(_ sandbox: Sandbox) async throws {
        let daemon = try sandbox.daemon()
        try await sandbox.settled()
        daemon.signal(SIGTERM)
        #expect(await daemon.ended() == .exited(0), "\(daemon.errors)")
    }

    @Test func `an apply that dies in its transaction has declared nothing, and the next one succeeds`() async throws {
        try await Sandbox.run(queued: false) { sandbox in
            let file = try sandbox.write("fleet.yaml", Self.fleet.manifests)
            let point = "\(KillPoint.declarationWritten.rawValue):1"
            let dying = try await sandbox.run(["apply", "-f", file], environment: ["REEVE_KILL_POINT": point])
            #expect(dying.ending == .killed(signal: SIGKILL), "\(dying.errors)")
            #expect(try await sandbox.count("desired") == 0)
            // The dead transaction holds the counter until the server ends it.
            try await eventually(within: .seconds(60), "an apply succeeds") {
                try await sandbox.run(["apply", "-f", file]).ending == .exited(0)
            }
            #expect(try await sandbox.count("desired") == Self.fleet.pools.count + Self.fleet.nodeCount)
        }
    }
}
