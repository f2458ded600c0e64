import Fleet
import Testing

@testable import Planning

/// What a scaler must not do, over one look and over several.
struct ScalingSafetyTests {
    private let now = PaperPool.noon
    private let same = PaperPool.same

    @Test(
        arguments: [(1e-20, 0), (Double.leastNonzeroMagnitude, 0), (0.001, 0.0005), (100, 99.9999)]
            as [(Double, Double)])
    func `no valid threshold is a trap`(up: Double, down: Double) {
        let policy = ScalingPolicy.worked { ($0.up, $0.down) = (up, down) }
        #expect(PaperPool(policy, same(4, 100)).decision.desired == 8)
    }

    @Test func `thresholds are as coarse as what is compared with them`() {
        for figure in [33.3, 79.9, 0.0003] {
            let high = ScalingPolicy.worked { ($0.up, $0.down) = (figure, 0) }
            #expect(PaperPool(high, same(4, figure)).decision.reason != .desiredWithinRange, "\(figure)")
            let low = ScalingPolicy.worked { ($0.up, $0.down) = (100, figure) }
            #expect(PaperPool(low, same(10, figure)).decision.desired < 10, "\(figure)")
        }
    }

    @Test func `a machine that is hardly at work, or a little more than wholly, has a figure`() {
        let sample = UsageSample(at: now, cpu: 0.0001, memory: 100.01, gpu: 102)
        #expect((sample[.cpu] ?? 0) > 0 && sample[.memory] == 100 && sample[.gpu] == nil)
    }

    @Test func `a replay may begin before 1970`() throws {
        let start = try #require(Timestamp(rfc3339: "1950-01-01T00:00:00Z"))
        let rows = (0..<200).map { LoadSeries.Row(at: start.advanced(seconds: $0 * 300), value: Double($0 % 12 + 1)) }
        let later = rows.map { LoadSeries.Row(at: $0.at.advanced(seconds: 40 * 365 * 86_400), value: $0.value) }
        var policy = ScalingPolicy(maxNodes: 40)
        for minutes in [Int64(1), 60] {
            policy.windowMinutes = minutes
            let replay = Replay(of: try LoadSeries(rows), under: policy)
            #expect(replay.summary == Replay(of: try LoadSeries(later), under: policy).summary)
        }
    }

    // MARK: Pinned nodes in error

    @Test func `nodes in error that cannot go do not send working ones away`() {
        var policy = ScalingPolicy(maxNodes: 40)
        policy.windowMinutes = 60
        var pool = PaperPool(policy, same(10, 64))
        pool.add(2, "p", .error) { $0.isPinned = true }
        let decision = pool.decision
        #expect(10 + decision.desired - decision.current >= 9, "\(decision.steps)")
        pool = PaperPool(.worked { $0.minNodes = 3 }, same(3, 20))
        pool.add(2, "p", .error) { $0.isPinned = true }
        #expect(pool.decision.going.isEmpty)
        pool.input.wish = ScalingInput.Wish(nodes: 1, at: now)
        #expect(pool.decision.going.isEmpty)
    }

    @Test func `an inactive pinned node is no failed addition`() {
        var pool = PaperPool(.worked, same(4, 50))
        pool.add(1, "p", .inactive) { ($0.isPinned, $0.activatedAt) = (true, PaperPool.noon.advanced(seconds: -9000)) }
        #expect(pool.decision.timers.failures == 0 && pool.decision.conditions.poolHealthy.holds)
    }

    @Test func `a node that worked and died is in error, and stays while the breaker is open`() {
        var pool = PaperPool(.worked { $0.windowMinutes = 1 }, same(5, 50))
        pool.add(5, "d", .active) {
            $0.activatedAt = PaperPool.noon.advanced(seconds: -86_400)
            $0.freshUntil = PaperPool.noon.advanced(seconds: -3600)
        }
        #expect(pool.decision.takenBack.isEmpty && pool.decision.timers.failures == 0)
        #expect(pool.decision.conditions.poolHealthy == .init(false, .circuitBreakerOpen))
        pool.add(1, "f", .inactive) { $0.activatedAt = PaperPool.noon.advanced(seconds: -9000) }
        #expect(pool.decision.takenBack.isEmpty)
    }

    // MARK: Modes

    @Test func `recommend goes on recommending, whatever the size was`() {
        var pool = PaperPool(.worked { $0.mode = .recommend }, same(6, 20))
        pool.input.timers = ScalingTimers()
        (pool.input.timers.size, pool.input.timers.lastChange) = (8, now)
        for _ in 0..<3 {
            #expect(pool.decision.desired == 5 && !pool.decision.isCarriedOut)
            pool.input.timers = pool.decision.timers
        }
        #expect(pool.input.timers.size == 6)
    }

    @Test func `what failed to come is no new failure at each look of recommend`() {
        var pool = PaperPool(.worked { $0.mode = .recommend }, same(4, 90))
        pool.add(1, "f", .inactive) { $0.activatedAt = PaperPool.noon.advanced(seconds: -1000) }
        for _ in 0..<3 {
            #expect(pool.decision.desired == 6 && pool.decision.takenBack.isEmpty)
            pool.input.timers = pool.decision.timers
        }
    }

    @Test(arguments: [ScalingPolicy.Mode.recommend, .off])
    func `an operator's wish is carried out once in any mode`(mode: ScalingPolicy.Mode) {
        var pool = PaperPool(.worked { $0.mode = mode }, same(6, 20))
        pool.input.wish = ScalingInput.Wish(nodes: 4, at: now)
        let decision = pool.decision
        #expect(decision.isCarriedOut && decision.going.count == 2 && decision.reason == .sizeAdopted)
        pool.input.timers = decision.timers
        #expect(pool.decision.reason != .sizeAdopted)
    }

    @Test func `a wish waits for the end of a back-off`() {
        var pool = PaperPool(.worked, same(4, 50))
        (pool.input.timers.failures, pool.input.timers.lastFailure) = (1, now)
        pool.input.wish = ScalingInput.Wish(nodes: 8, at: now)
        #expect(pool.decision.desired == 4 && pool.decision.reason == .backoffActive)
        pool.input.timers = pool.decision.timers
        pool.input.now = now.advanced(seconds: 300)
        for index in pool.input.nodes.indices { pool.input.nodes[index].freshUntil = pool.input.now }
        #expect(pool.decision.desired == 8)
    }

    @Test func `off takes nothing back`() {
        var pool = PaperPool(.worked { $0.mode = .off }, same(4, 50))
        pool.add(1, "f", .inactive) { $0.activatedAt = PaperPool.noon.advanced(seconds: -1000) }
        #expect(pool.decision.takenBack.isEmpty)
        pool.input.policy.mode = .auto
        #expect(pool.decision.takenBack == ["node_f0"])
    }

    // MARK: Several looks

    @Test func `an open breaker lets no more come than were lost, however often it looks`() {
        var pool = PaperPool(.worked { ($0.minNodes, $0.maxNodes) = (20, 40) }, same(5, 50))
        pool.add(5, "e", .error)
        for look in 0..<4 {
            let decision = pool.decision
            pool.input.timers = decision.timers
            pool.add(Int(decision.making), "n\(look)-", .inactive) { $0.activatedAt = PaperPool.noon }
        }
        #expect(PoolRoles(pool.input).working == 10)
    }

    /// Nine of ten collectors are dark for most of the window: nothing is known of it.
    @Test(arguments: [(1, 10), (6, 10), (10, 5)] as [(Int, Int64)])
    func `a window in which many were silent lets nobody go`(speaking: Int, desired: Int64) {
        var pool = PaperPool(.worked { ($0.down, $0.maxStepDownPercent) = (60, 50) }, same(10, nil))
        pool.input.window = UsageWindow(minutes: 60, metrics: [.cpu], sampleInterval: 60)
        for minute in stride(from: Int64(70), through: 0, by: -1) {
            let at = now.advanced(seconds: -60 * minute)
            for (index, node) in pool.input.nodes.enumerated() where minute < 2 || minute > 62 || index < speaking {
                pool.input.window.add(UsageSample(at: at, cpu: 35), of: node.id, now: at)
            }
        }
        let decision = pool.decision
        #expect(decision.desired == desired && decision.conditions.scalingActive.holds, "\(decision.steps)")
        if speaking < 10 { #expect(decision.reason == .scaleDownStabilized) }
    }

    @Test func `a cooldown lasts to its last millisecond`() {
        var pool = PaperPool(.worked, same(6, 20))
        pool.input.timers.lastChange = Timestamp(milliseconds: now.milliseconds - 300_000 + 1)
        #expect(pool.decision.reason == .cooldownActive)
        pool.input.timers.lastChange = Timestamp(milliseconds: now.milliseconds - 300_000)
        #expect(pool.decision.desired == 5)
    }

    @Test func `a score that is no number is none`() {
        var pool = PaperPool(.worked, same(6, 20))
        pool.input.nodes[3].score = .nan
        for index in [0, 1, 2, 4, 5] { pool.input.nodes[index].score = 10 }
        #expect(pool.decision.going == ["node_u3"])
        pool.input.nodes.reverse()
        #expect(pool.decision.going == ["node_u3"])
    }
}
