import BSON
import Glibc
import MongoDB
import Testing

struct TwoDaemonsTests {
    @Test func `a leader that was frozen past its lease stands down, and nothing it had in hand is doubled`()
        async throws
    {
        // It mostly waits.
        try await Sandbox.run(queued: false) { sandbox in
            let fleet = GeneratedFleet(pools: 3, nodes: 700)
            let frozen = try sandbox.daemon("a")
            try await frozen.says("leading")
            let other = try sandbox.daemon("b")
            try await other.says("waiting for the lease")

            try await sandbox.reeve("apply", "-f", try sandbox.write("fleet.yaml", fleet.manifests))
            // Its hands are full: some nodes stand, others do not yet.
            try await eventually("some nodes stand") { try await sandbox.count("nodes") > 0 }
            frozen.signal(SIGSTOP)
            let started = ContinuousClock.now
            let standing = try await sandbox.count("nodes")
            try await other.says("leading", within: .seconds(60))
            print("frozen with \(standing) nodes; taken over after \(ContinuousClock.now - started)")
            #expect(standing < fleet.nodeCount)
            try await sandbox.settled()

            try await wakeWithWork(frozen, beside: other, sandbox)
            try await eventually("the new leader puts the edit back") {
                try await sandbox.count("nodes", ["hardware_info.cpu.cores": 99]) == 0
            }
            try await sandbox.settled()
            #expect(try await sandbox.doubledHistory().isEmpty)
            #expect(try await sandbox.count("node_history") == fleet.nodeCount)
            #expect(try await sandbox.count("nodes") == fleet.nodeCount)
            #expect(try await sandbox.documents("leases", ["holder": "b"]).count == 1)
            #expect(other.ending == nil && frozen.ending == nil)

            // It stands by, and takes over in its turn.
            other.signal(SIGTERM)
            #expect(await other.ended() == .exited(0))
            try await frozen.says("leading", times: 2)
        }
    }

    /// Wakes the old leader while there is work that the new one can't do: what it had in hand is refused, and what has
    /// come up since it does not touch.
    private func wakeWithWork(_ frozen: ChildProcess, beside other: ChildProcess, _ sandbox: Sandbox) async throws {
        other.signal(SIGSTOP)
        defer { other.signal(SIGCONT) }
        let id = try #require(try await sandbox.documents("nodes").first?["node_id"])
        let edit: Document = ["$set": ["hardware_info.cpu.cores": 99]]
        try await sandbox.write("nodes", .updateOne(filter: ["node_id": id], update: edit))
        let before = try await sandbox.documents("fences")

        frozen.signal(SIGCONT)
        try await frozen.says("standing down")
        try await frozen.says("waiting for the lease")
        #expect(try await sandbox.documents("fences") == before, "it wrote under no fence")
        #expect(try await sandbox.count("nodes", ["node_id": id, "hardware_info.cpu.cores": 99]) == 1)
    }

    @Test func `on SIGTERM a leader ends within five seconds, and another takes over at once`() async throws {
        try await Sandbox.run { sandbox in
            let leader = try sandbox.daemon("a")
            try await leader.says("leading")
            let other = try sandbox.daemon("b")
            try await other.says("waiting for the lease")
            let fleet = GeneratedFleet(pools: 3, nodes: 700)
            try await sandbox.reeve("apply", "-f", try sandbox.write("fleet.yaml", fleet.manifests))
            try await eventually("some nodes stand") { try await sandbox.count("nodes") > 0 }

            var started = ContinuousClock.now
            leader.signal(SIGTERM)
            #expect(await leader.ended() == .exited(0))
            let ended = ContinuousClock.now - started
            #expect(ended < .seconds(5))
            started = ContinuousClock.now
            try await other.says("leading")
            let taken = ContinuousClock.now - started
            print("ended \(ended) after SIGTERM; taken over \(taken) later")
            // It looks every two seconds; a lease that was not released would take fifteen.
            #expect(taken < .seconds(4))
            try await sandbox.settled()
            #expect(try await sandbox.doubledHistory().isEmpty)
        }
    }

    @Test func `a daemon that only waits ends on SIGTERM as well`() async throws {
        try await Sandbox.run { sandbox in
            let leader = try sandbox.daemon("a")
            try await leader.says("leading")
            let other = try sandbox.daemon("b")
            try await other.says("waiting for the lease")
            let started = ContinuousClock.now
            other.signal(SIGTERM)
            #expect(await other.ended() == .exited(0))
            #expect(ContinuousClock.now - started < .seconds(5))
        }
    }
}
