import Foundation
import Glibc
import Testing

/// `kill -9` at moments nobody chose.
struct RandomKillTests {
    private static let fleet = GeneratedFleet(pools: 5, nodes: 1000)

    /// `REEVE_KILLS`: how many convergences are killed; `REEVE_SEED`: which moments.
    @Test func `a convergence of five thousand nodes that is killed comes to the same end`() async throws {
        var random = RunSetting.random(orElse: 20_261_122)
        try await Sandbox.run { sandbox in
            try await sandbox.reeve("apply", "-f", try sandbox.write("fleet.yaml", Self.fleet.manifests))
            let started = ContinuousClock.now
            let first = try sandbox.daemon()
            try await sandbox.settled()
            let usual = ContinuousClock.now - started
            print("5000 nodes: settled after \(usual)")
            first.signal(SIGTERM)
            #expect(await first.ended() == .exited(0))
            try await EndState.keep(sandbox)

            for round in 1...RunSetting.named("REEVE_KILLS", orElse: 3) {
                try await EndState.clear(sandbox)
                let moment = usual * Double.random(in: 0.02...0.9, using: &random)
                let killed = try sandbox.daemon()
                try await ContinuousClock().sleep(for: moment)
                killed.signal(SIGKILL)
                await killed.ended()
                let standing = try await sandbox.count("nodes")

                let next = try sandbox.daemon()
                try await sandbox.settled()
                next.signal(SIGTERM)
                #expect(await next.ended() == .exited(0))
                print("round \(round): killed after \(moment) with \(standing) nodes")
                #expect(try await EndState.differences(sandbox).isEmpty, "round \(round), killed after \(moment)")
                #expect(try await sandbox.doubledHistory().isEmpty)
                #expect(try await sandbox.count("node_history") == Self.fleet.nodeCount)
            }
            let written = try await sandbox.writesOfAFurtherPass()
            #expect(written.isSubset(of: leadershipCollections), "\(written)")
        }
    }
}
