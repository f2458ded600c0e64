import Fleet
import FleetStore
import MemoryStore
import Planning
import Testing

@testable import Engine

/// Nothing is scaled on what is not known, and nothing is lost when a leader dies.
struct ScalingFaultTests {
    // MARK: Metrics (FAULTS 14)

    @Test func `an hour of dark metrics changes nothing but the conditions`() async throws {
        let fleet = try await ScaledFleet(load: 2)
        let (before, decided) = (fleet.scaling?.intents, try fleet.sizes)
        fleet.spoil = { _ in [] }
        fleet.load = 0.2
        try await fleet.run(seconds: 3600)
        #expect(fleet.scaling?.intents == before)
        #expect(try fleet.sizes == decided)
        #expect(fleet.status?[.scalingActive]?.status == .no)
        #expect(fleet.status?[.scalingActive]?.reason == "MetricsUnavailable")
        // What comes back is no full window at once.
        fleet.spoil = { [$0] }
        try await fleet.run(seconds: 240)
        #expect(try fleet.sizes == decided)
        #expect(fleet.status?[.scalingActive]?.reason == "ValidMetrics")
        try await fleet.run(seconds: 300)
        #expect(try fleet.sizes == decided + [3])
        await fleet.leader.close()
    }

    @Test func `half the nodes in error open the breaker, and nothing goes`() async throws {
        let fleet = try await ScaledFleet(inUse: 8, load: 4)
        #expect(fleet.inUse.count == 8)
        fleet.silent = Set(fleet.inUse.prefix(4))
        fleet.load = 0.4
        try await fleet.run(seconds: 1800)
        #expect(fleet.status?[.poolHealthy]?.reason == "CircuitBreakerOpen")
        #expect(fleet.scaling?.intents.values.count { !$0.isWanted } == 2)
        #expect(fleet.states(.error) == 4 && fleet.inUse.count == 4)
        await fleet.leader.close()
    }

    @Test(arguments: [1, 2, 4])
    func `collectors that say 0 never shrink a pool`(broken: Int) async throws {
        let fleet = try await ScaledFleet(load: 2)
        let zeros = Set(fleet.inUse.prefix(broken))
        fleet.spoil = { sample in
            var sample = sample
            if zeros.contains(sample.nodeID) { sample.cpu = 0 }
            return [sample]
        }
        try await fleet.run(seconds: 3600)
        #expect(fleet.inUse.count == 4)
        #expect(fleet.status?[.scalingActive]?.reason == "MetricsSuspect")
        await fleet.leader.close()
    }

    @Test func `late, doubled and future samples lead to the same end`() async throws {
        let (clean, odd) = (try await ScaledFleet(load: 2), try await ScaledFleet(load: 2))
        odd.spoil = { sample in
            var (late, future) = (sample, sample)
            late.at = sample.at.advanced(seconds: -20)
            late.cpu = 99
            future.at = sample.at.advanced(seconds: 7200)
            future.cpu = 100
            return [sample, sample, late, future]
        }
        for fleet in [clean, odd] {
            for load in [3.6, 1.0, 0.5] {
                fleet.load = load
                try await fleet.run(seconds: 1500)
            }
        }
        #expect(try odd.sizes == clean.sizes)
        #expect(odd.inUse == clean.inUse)
        #expect(try clean.sizes.count >= 4)
        await clean.leader.close()
        await odd.leader.close()
    }

    // MARK: Leaders

    /// Grows, waits out a cooldown, shrinks; a new leader every so often.
    private func life(
        _ policy: [String: FieldValue] = [:], restart every: Int64?, after pause: Int64 = 0
    ) async throws -> ScaledFleet {
        let fleet = try await ScaledFleet(policy: policy)
        var passed: Int64 = 0
        for (load, seconds) in [(3.6, 600), (1.5, 1500), (0.6, 1200)] as [(Double, Int64)] {
            fleet.load = load
            for _ in 0..<(seconds / 60) {
                try await fleet.run(seconds: 60)
                passed += 60
                if let every, passed % every == 0 { try await fleet.restart(after: pause) }
            }
        }
        return fleet
    }

    @Test(arguments: [60, 240, 900] as [Int64], [5, 15] as [Int64])
    func `restarts end as if nothing had happened`(every: Int64, window: Int64) async throws {
        let policy: [String: FieldValue] = ["scaling_policy.window_minutes": .int(window)]
        let (calm, restarted) = (try await life(policy, restart: nil), try await life(policy, restart: every))
        #expect(try restarted.actions == calm.actions)
        #expect(restarted.inUse == calm.inUse)
        #expect(restarted.scaling?.intents.mapValues(\.isWanted) == calm.scaling?.intents.mapValues(\.isWanted))
        #expect(try calm.sizes.count >= 4)
        await calm.leader.close()
        await restarted.leader.close()
    }

    @Test func `take-overs end as if nothing had happened`() async throws {
        let (calm, taken) = (try await life(restart: nil), try await life(restart: 300, after: 20))
        #expect(try taken.sizes == calm.sizes)
        #expect(taken.inUse.count == calm.inUse.count)
        await calm.leader.close()
        await taken.leader.close()
    }

    @Test(arguments: 1...4)
    func `a leader that dies some commits after the load rose is followed by one that comes to the same end`(
        commits: Int
    ) async throws {
        let (calm, dying) = (try await ScaledFleet(), try await ScaledFleet())
        let watched = WatchedStore(dying.store)
        try await dying.restart(through: watched)
        for fleet in [calm, dying] { fleet.load = 3.9 }
        var left = commits
        try await calm.run(seconds: 600)
        let end = calm.store.now
        while dying.store.now < end, left > 0 {
            watched.failAfterCommit(.unavailable("it is dead"))
            // Its looks find nobody, either.
            do { try await dying.run(seconds: 5) } catch is StoreError {}
            if left > 1 { watched.fail(nil) }
            left -= 1
        }
        try await dying.restart()
        try await dying.run(seconds: end.seconds(since: dying.store.now))
        #expect(dying.inUse == calm.inUse)
        #expect(try dying.sizes == calm.sizes)
        try await dying.leader.expectSettled()
        await calm.leader.close()
        await dying.leader.close()
    }

    @Test func `a decision whose commit is not known, or fails, is made once`() async throws {
        let faults: [CommitFault] = [
            .unknown(isApplied: true), .unknown(isApplied: false), .answer(.conflict("made up")),
            .refuse(.unavailable("made up")),
        ]
        for fault in faults {
            let fleet = try await ScaledFleet()
            fleet.load = 3.6
            fleet.store.failCommit(with: fault)
            try await fleet.run(seconds: 60)
            #expect(fleet.inUse.count == 6)
            #expect(try fleet.sizes.suffix(1) == [6])
            #expect(try fleet.sizes.count { $0 == 6 } == 1)
            await fleet.leader.close()
        }
    }

    // MARK: Looks that fail

    @Test func `nothing is scaled while samples can't be read, and what was missed is made up for`() async throws {
        let fleet = try await ScaledFleet()
        let watched = WatchedStore(fleet.store)
        try await fleet.restart(through: watched)
        let before = fleet.scaling
        watched.failSamples(.failed(code: 1, message: "made up"))
        fleet.load = 3.9
        try await fleet.run(seconds: 60)
        #expect(fleet.scaling == before)
        watched.failSamples(nil)
        try await fleet.run(seconds: 15)
        #expect(fleet.inUse.count > 4)
        // For long: the windows are made anew, so that the time in between is known.
        try await fleet.run(seconds: 300)
        fleet.load = 0.5
        watched.failSamples(.failed(code: 1, message: "made up"))
        try await fleet.run(seconds: 900)
        let size = fleet.inUse.count
        watched.failSamples(nil)
        try await fleet.run(seconds: 15)
        #expect(fleet.inUse.count < size)
        await fleet.leader.close()
    }

    @Test func `while the past can't be read a pool grows and does not shrink`() async throws {
        let policy: [String: FieldValue] = ["scaling_policy.window_minutes": .int(20)]
        let fleet = try await ScaledFleet(policy: policy)
        fleet.load = 0.5
        try await fleet.run(seconds: 300)
        let watched = WatchedStore(fleet.store)
        watched.failMeans(.failed(code: 1, message: "made up"))
        try await fleet.restart(through: watched)
        try await fleet.run(seconds: 900)
        #expect(fleet.inUse.count == 4)
        #expect(watched.meansRead <= 16, "not at each look")
        watched.failMeans(nil)
        try await fleet.run(seconds: 150)
        #expect(fleet.inUse.count == 3)
        watched.failMeans(.failed(code: 1, message: "made up"))
        try await fleet.restart(through: watched)
        fleet.load = 2.9
        try await fleet.run(seconds: 30)
        #expect(fleet.inUse.count > 3)
        await fleet.leader.close()
    }

    // MARK: Random histories

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `whatever happens, the scaler keeps within the bounds`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let fleet = try await ScaledFleet()
        for _ in 0..<40 {
            switch Int.random(in: 0..<11, using: &random) {
            case 0...2: fleet.load = Double.random(in: 0...12, using: &random)
            case 3: try await fleet.restart(after: Int64.random(in: 0...30, using: &random))
            case 4: try await fleet.scale(to: Int64.random(in: 0...15, using: &random))
            case 5:
                let number = Int.random(in: 1...10, using: &random)
                let isPinned = Bool.random(using: &random)
                try await fleet.redeclare(number, isPinned ? ["status": .string("active")] : [:])
            case 6:
                let (key, isOn) = (
                    nodeKey("n\(Int.random(in: 1...10, using: &random))"), Bool.random(using: &random)
                )
                let at = fleet.store.now
                try await fleet.leader.override(key) {
                    $0.cordon = isOn ? Override(by: "test", reason: "test", at: at) : nil
                }
            case 7:
                fleet.silent = Set(
                    (1...10).filter { _ in Int.random(in: 0..<4, using: &random) == 0 }.map { "node_n\($0)" })
            case 8: fleet.store.failCommit(with: .unknown(isApplied: Bool.random(using: &random)))
            case 9:
                let isDark = Bool.random(using: &random)
                fleet.spoil = { isDark ? [] : [$0] }
            default: fleet.store.dropFeedEvents(1)
            }
            try await fleet.run(seconds: 15 * Int64.random(in: 1...20, using: &random))
        }
        for record in try fleet.decisions where record.decision.isCarriedOut {
            let decision = record.decision
            #expect(decision.desired <= max(10, decision.current), "seed \(seed): \(decision)")
            #expect(decision.desired >= min(2, decision.current), "seed \(seed): \(decision)")
        }
        // Everything is mended: within the bounds, and at rest.
        (fleet.silent, fleet.load, fleet.spoil) = ([], 3, { [$0] })
        for number in 1...10 {
            try await fleet.redeclare(number, [:])
            try await fleet.leader.override(nodeKey("n\(number)")) { $0.cordon = nil }
        }
        try await fleet.restart()
        try await fleet.run(seconds: 3600)
        #expect((4...7).contains(fleet.inUse.count), "seed \(seed): \(fleet.inUse.count)")
        let numbers = try fleet.decisions.map(\.number)
        #expect(numbers == Array(1...Int64(numbers.count)), "seed \(seed)")
        try await fleet.leader.expectSettled()
        await fleet.leader.close()
    }
}
