import BSON
import Fleet
import FleetStore
import Testing

/// What the scaler reads and writes, for both stores.
struct ScalingLaws {
    @Test(arguments: Arm.allCases)
    func `samples come in order of time, between the instants asked for`(arm: Arm) async throws {
        try await arm.run { fixture in
            let samples: [NodeLoad] = (0..<6).map { number in
                let node = number % 2 == 0 ? "node_one" : "node_two"
                let at = noon.advanced(seconds: Int64(number) * 20)
                return NodeLoad(
                    nodeID: node, at: at, cpu: Double(number * 10), memory: 25, gpu: number == 3 ? 50 : nil)
            }
            try await fixture.backdoor.store(samples.reversed())
            #expect(try await fixture.store.samples(since: noon) == samples)
            let some = try await fixture.store.samples(
                since: noon.advanced(seconds: 20), until: noon.advanced(seconds: 60))
            #expect(some == Array(samples[1...3]))
            let one = try await fixture.store.samples(of: [samples[0].nodeID], since: noon, until: nil)
            #expect(one == samples.filter { $0.nodeID == samples[0].nodeID })
            #expect(try await fixture.store.samples(since: noon.advanced(seconds: 200)).isEmpty)
        }
    }

    @Test(arguments: Arm.allCases)
    func `means are of whole steps, with the time of the newest sample`(arm: Arm) async throws {
        try await arm.run { fixture in
            let figures: [(Int64, Double)] = [(0, 10), (20, 30), (59, 50), (60, 70), (119, 90)]
            let samples = figures.map { seconds, cpu in
                NodeLoad(nodeID: "node_one", at: noon.advanced(seconds: seconds), cpu: cpu, memory: 50)
            }
            let other = NodeLoad(nodeID: "node_two", at: noon.advanced(seconds: 30), cpu: 5)
            try await fixture.backdoor.store(samples + [other])
            let means = try await fixture.store.meanSamples(since: noon, stepSeconds: 60)
            let first = NodeLoad(nodeID: "node_one", at: noon.advanced(seconds: 59), cpu: 30, memory: 50)
            let second = NodeLoad(nodeID: "node_one", at: noon.advanced(seconds: 119), cpu: 80, memory: 50)
            #expect(means == [other, first, second])
            let some = try await fixture.store.meanSamples(
                of: ["node_one", "$node_id"], since: noon, until: noon.advanced(seconds: 60), stepSeconds: 60)
            #expect(some == [first])
            #expect(
                try await fixture.store.meanSamples(of: [], since: noon, until: nil, stepSeconds: 60).isEmpty)
        }
    }

    @Test(arguments: Arm.allCases)
    func `changes of status are told in order of time`(arm: Arm) async throws {
        try await arm.run { fixture in
            let lease = try #require(try await fixture.store.take(nil, as: "test"))
            try await fixture.store.raiseFences(to: lease)
            let changes: [(Int64, Int64)] = [(2, 20), (1, 10), (3, 30)]
            let entries = changes.map { number, seconds in
                HistoryEntry(
                    nodeID: "node_one", firstRevision: 1, transition: number, from: .inactive, to: .active,
                    reason: "Test", at: noon.advanced(seconds: seconds))
            }
            var change = ResourceChange(ResourceKey(.node, "node_one"))
            change.history = entries
            #expect(
                try await fixture.store.commit([change], under: Fence(epoch: lease.epoch, lanes: [0])) == .committed)
            #expect(
                try await fixture.store.nodeHistory(since: noon.advanced(seconds: 15)).map(\.transition) == [2, 3])
        }
    }

    @Test(arguments: Arm.allCases)
    func `decisions stand once, newest last, and the 501st takes the first one's place`(arm: Arm) async throws {
        try await arm.run { fixture in
            let lease = try #require(try await fixture.store.take(nil, as: "test"))
            try await fixture.store.raiseFences(to: lease)
            let fence = Fence(epoch: lease.epoch, lanes: [0])
            let records = (1...501).map { number in
                ScalingRecord(
                    poolID: "pool_one", firstRevision: 7, number: Int64(number),
                    at: noon.advanced(seconds: Int64(number)), decision: .some(desired: Int64(number)))
            }
            for part in [records.prefix(500), records.suffix(1), records.suffix(1)] {
                var change = ResourceChange(ResourceKey(.nodePool, "pool_one"))
                change.decisions = Array(part)
                #expect(try await fixture.store.commit([change], under: fence) == .committed)
            }
            let stored = try await fixture.store.decisions(of: "pool_one", limit: 1000)
            #expect(stored == Array(records.dropFirst()))
            #expect(try await fixture.store.decisions(of: "pool_one", limit: 2) == Array(records.suffix(2)))
            #expect(try await fixture.store.decisions(of: "pool_two", limit: 2).isEmpty)
            #expect(try await fixture.store.decisions(of: "pool_one", limit: 0).isEmpty)
        }
    }

    @Test(arguments: Arm.allCases)
    func `what the scaler keeps of a pool comes back as it was written`(arm: Arm) async throws {
        try await arm.run { fixture in
            let lease = try #require(try await fixture.store.take(nil, as: "test"))
            try await fixture.store.raiseFences(to: lease)
            let key = ResourceKey(.nodePool, "pool_one")
            var scaling = PoolScaling()
            scaling.timers.lastChange = noon
            (scaling.timers.size, scaling.timers.adopted) = (4, noon.advanced(seconds: -5))
            (scaling.timers.failures, scaling.timers.lastFailure) = (2, noon.advanced(seconds: -9))
            // Ids are keys there, and hold nothing that a path would take apart.
            scaling.intents = [
                "node_one": ScalingIntent(isWanted: true, at: noon),
                "node_two-2": ScalingIntent(isWanted: false, at: noon.advanced(seconds: 1)),
            ]
            scaling.provided = ["node_three": ProvidedNode(.asked, since: noon)]
            (scaling.asked, scaling.decisions) = (3, 9)
            (scaling.last, scaling.lastAt) = (.some(desired: 4), noon)
            var status = ResourceStatus(key, observedGeneration: 1, firstRevision: 7)
            status.scaling = scaling
            var change = ResourceChange(key)
            change.status = .insert(status)
            let fence = Fence(epoch: lease.epoch, lanes: [0])
            #expect(try await fixture.store.commit([change], under: fence) == .committed)
            #expect(try await fixture.store.read([key]).status[key] == status)
        }
    }
}

extension ScalingDecision {
    fileprivate static func some(desired: Int64) -> ScalingDecision {
        var step = ScalingStep(
            .scaleUp, metric: "cpu", [.init("usage", 87.5, .percent), .init("nodes", 3)], want: desired,
            reason: .usageHigh)
        step.candidate = "Trend"
        var decision = ScalingDecision(
            current: 3, want: desired, desired: desired, reason: .usageHigh, steps: [step], timers: ScalingTimers(),
            conditions: ScalingConditions())
        (decision.coming, decision.going, decision.takenBack) = (["node_a"], ["node_b"], ["node_c"])
        (decision.making, decision.isCarriedOut) = (2, false)
        return decision
    }
}
