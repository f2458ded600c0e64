import Fleet
import Testing

@testable import Planning

/// What SCALING's rows leave out, rule by rule.
struct ScalingRuleTests {
    private let now = PaperPool.noon
    private let same = PaperPool.same

    // MARK: Rule 1, what counts

    @Test func `a node that was just activated is in flight and never missing`() {
        var pool = PaperPool(.worked, same(4, 50))
        pool.add(starting: 2)
        #expect(pool.decision.conditions.scalingActive == .init(true, .validMetrics))
        #expect(pool.decision.conditions.ableToScale == .init(true, .scaleUpInProgress))
        #expect(pool.decision.current == 6)
    }

    @Test(
        arguments: [
            ([0, 40, 50, 60], true),  // A quarter of them.
            ([0, 40, 50, 60, 70, 50], false),  // Less than a fifth.
            ([0, 5, 6, 7], false),  // The others are idle, too.
            ([0, 0, 0, 0], true),  // Nothing that reports has a processor at 0.
        ] as [([Double], Bool)])
    func `zeros of broken collectors are missing`(usages: [Double], isSuspect: Bool) {
        let decision = PaperPool(.worked { $0.down = 60 }, usages).decision
        #expect((decision.conditions.scalingActive.reason == .metricsSuspect) == isSuspect)
        if isSuspect { #expect(decision.desired == decision.current && decision.reason == .metricsSuspect) }
    }

    @Test func `a graphics processor may be idle`() {
        let decision = PaperPool(.worked { $0.metrics = [.gpu] }, same(4, 0)).decision
        #expect(decision.desired == 3 && decision.going == ["node_u0"])
    }

    @Test func `a heartbeat that is too old is an error, and those go first`() {
        var pool = PaperPool(.worked, same(4, 20))
        pool.add(1, "x", .active) { $0.freshUntil = PaperPool.noon.advanced(seconds: -1) }
        #expect(pool.decision.going == ["node_x0"])
    }

    @Test func `nodes in maintenance count toward the maximum and carry nothing`() {
        var pool = PaperPool(.worked, same(4, 90))
        pool.add(5, "m", .maintenance)
        #expect(pool.decision.desired == 5 && pool.decision.reason == .tooManyNodes)
        #expect(pool.decision.want == 6)
    }

    // MARK: Rule 2, before all metrics

    @Test func `paused and off hold, recommended is only said`() {
        var pool = PaperPool(.worked, same(12, 90))
        pool.input.isPaused = true
        #expect(pool.decision.desired == 12 && pool.decision.reason == .paused)
        pool.input.isPaused = false
        pool.input.policy.mode = .off
        #expect(pool.decision.desired == 12 && pool.decision.reason == .scalingDisabled)
        #expect(pool.decision.conditions.scalingActive == .init(false, .scalingDisabled))
        pool.input.policy.mode = .recommend
        #expect(pool.decision.desired == 10 && !pool.decision.isCarriedOut)
        #expect(pool.decision.timers.lastChange == nil && pool.decision.timers.size == 12)
        #expect(pool.decision.conditions.ableToScale == .init(false, .recommendOnly))
    }

    @Test func `pinned nodes stay, even above the maximum`() {
        var pool = PaperPool(.worked, same(12, 50))
        for index in 0..<11 { pool.input.nodes[index].isPinned = true }
        #expect(pool.decision.desired == 11 && pool.decision.going == ["node_u11"])
    }

    // MARK: Rules 3 to 6

    @Test(
        arguments: [(85, 65, 75), (80, 30, 65), (80, 60, 70), (100, 0, 85), (10, 0, 5)] as [(Double, Double, Double)])
    func `the target is the middle, and at most 15 below the upper threshold`(up: Double, down: Double, target: Double)
    {
        #expect(ScalingPolicy.worked { ($0.up, $0.down) = (up, down) }.target == target)
    }

    @Test func `of several metrics the highest want wins, and one that fails blocks down only`() {
        let policy = ScalingPolicy.worked { $0.metrics = [.cpu, .memory] }
        func decision(cpu: Double, memory: Double?) -> ScalingDecision {
            var pool = PaperPool(policy, same(4, nil))
            pool.input.window = UsageWindow(minutes: 60, metrics: policy.metrics, sampleInterval: 60)
            for minute in (0...60).reversed() {
                let at = now.advanced(seconds: -60 * Int64(minute))
                for node in pool.input.nodes {
                    pool.input.window.add(UsageSample(at: at, cpu: cpu, memory: memory), of: node.id, now: at)
                }
            }
            return pool.decision
        }
        #expect(decision(cpu: 80, memory: 90).desired == 6)
        #expect(decision(cpu: 90, memory: nil).desired == 6)
        #expect(decision(cpu: 20, memory: 20).desired == 3)
        #expect(decision(cpu: 20, memory: 70).desired == 4)
        #expect(decision(cpu: 20, memory: nil).reason == .missingMetricsHold)
    }

    @Test func `a window that is not full, and nodes that start, hold a scale-in`() {
        var pool = PaperPool(.worked, same(6, 20))
        pool.add(starting: 1)
        #expect(pool.decision.reason == .scaleUpInProgress)
        pool = PaperPool(.worked, same(6, 20))
        pool.input.window = UsageWindow(minutes: 60, metrics: [.cpu], sampleInterval: 60)
        for node in pool.input.nodes { pool.input.window.add(UsageSample(at: now, cpu: 20), of: node.id, now: now) }
        #expect(pool.decision.reason == .scaleDownStabilized && pool.decision.desired == 6)
    }

    @Test func `no more than a quarter go at once, and never so many that all come back`() {
        let wide = ScalingPolicy.worked { $0.maxNodes = 40 }
        #expect(PaperPool(wide, same(20, 10)).decision.desired == 15)
        #expect(PaperPool(wide, same(20, 10)).decision.reason == .scaleDownLimit)
        // 60 % of ten nodes would be 86 % of seven, and 75 of eight.
        let close = ScalingPolicy.worked { ($0.up, $0.down, $0.maxStepDownPercent) = (80, 70, 50) }
        #expect(PaperPool(close, same(10, 60)).decision.desired == 8)
        // Needs two of three at the target, which would work at 88 %.
        let flap = PaperPool(.worked { ($0.up, $0.down) = (80, 79) }, same(3, 52)).decision
        #expect(flap.desired == 3 && flap.reason == .wouldFlap)
    }

    @Test func `an open breaker lets no more come than were lost`() {
        var pool = PaperPool(.worked { $0.maxNodes = 40 }, same(5, 90))
        pool.add(4, "e", .error)
        #expect(pool.decision.desired == 5 + 4 + 2)
        pool.input.policy.up = 50
        #expect(pool.decision.desired == 5 + 4 + 4 && pool.decision.reason == .circuitBreakerOpen)
        pool = PaperPool(.worked, same(6, 20))
        pool.input.health = PoolHealth(openSince: now, wellSince: now)
        #expect(pool.decision.reason == .circuitBreakerOpen && pool.decision.desired == 6)
    }

    @Test(arguments: [(5, 2, false), (5, 3, true), (6, 3, false), (8, 4, true), (10, 4, false), (10, 5, true)])
    func `a breaker opens above two fifths, and above one node of five or three of more`(
        nodes: Int, lost: Int, isOpen: Bool
    ) {
        var pool = PaperPool(.worked, same(nodes - lost, 50))
        pool.add(lost, "e", .error)
        #expect((pool.decision.conditions.poolHealthy.reason == .circuitBreakerOpen) == isOpen)
    }

    // MARK: Rule 7

    @Test func `the best standby nodes come, and no more than there are`() {
        var pool = PaperPool(.worked, same(4, 90))
        pool.input.room = nil
        #expect(pool.decision.desired == 4 && pool.decision.reason == .noStandbyNodes)
        pool.add(1, "a", .inactive) { ($0.score, $0.freeCapacity) = (50, 1) }
        pool.add(1, "b", .inactive) { ($0.score, $0.freeCapacity) = (90, 1) }
        pool.add(1, "c", .inactive) { ($0.score, $0.freeCapacity) = (50, 8) }
        pool.add(1, "d", .inactive) { $0.isPinned = true }
        pool.add(1, "e", .inactive) { $0.freshUntil = nil }
        #expect(pool.decision.coming == ["node_b0", "node_c0"] && pool.decision.making == 0)
        pool.input.nodes.removeAll { $0.id == "node_c0" || $0.id == "node_a0" }
        #expect(pool.decision.coming == ["node_b0"] && pool.decision.desired == 5)
        #expect(pool.decision.conditions.scalingLimited == .init(true, .noStandbyNodes))
        pool.input.room = 1_000_000
        #expect(pool.decision.coming == ["node_b0"] && pool.decision.making == 1)
    }

    @Test func `the lowest score goes first and the newest last`() {
        var pool = PaperPool(.worked { $0.maxStepDownPercent = 100 }, same(6, 20))
        pool.input.nodes[0].score = 90
        pool.input.nodes[1].score = 40
        pool.input.nodes[2].score = 30
        for index in 3..<6 {
            pool.input.nodes[index].score = 40
            pool.input.nodes[index].activatedAt = now.advanced(seconds: -7200 - Int64(index))
        }
        #expect(pool.decision.going == ["node_u2", "node_u1", "node_u5", "node_u4"])
    }

    // MARK: Rules 8 and 9

    @Test func `what did not come in a quarter of an hour is taken back, and the next try waits longer each time`() {
        var pool = PaperPool(.worked, same(4, 90))
        func fail(at instant: Timestamp) {
            pool.input.nodes.removeAll { $0.id.hasPrefix("node_f") }
            pool.add(2, "f", .inactive) {
                $0.activatedAt = instant.advanced(seconds: -ScalingNode.secondsToStart)
                $0.freshUntil = nil
            }
        }
        fail(at: now)
        var decision = pool.decision
        #expect(decision.takenBack == ["node_f0", "node_f1"] && decision.current == 4)
        #expect(decision.reason == .backoffActive && decision.desired == 4)
        #expect(decision.conditions.poolHealthy == .init(false, .provisioningTimedOut))
        // A look twice is no second failure.
        pool.input.timers = decision.timers
        #expect(pool.decision.timers.failures == 1)
        var waits: [Int64] = []
        for _ in 0..<5 {
            pool.input.nodes.removeAll { $0.id.hasPrefix("node_f") }
            var wait: Int64 = 0
            while ScalingRound(pool.input).timers.backoffUntil.map({ pool.input.now.advanced(seconds: wait * 60) < $0 })
                == true
            {
                wait += 1
            }
            waits.append(wait)
            pool.input.now = pool.input.now.advanced(seconds: 60)
            fail(at: pool.input.now)
            decision = pool.decision
            pool.input.timers = decision.timers
        }
        #expect(waits == [5, 10, 20, 30, 30])
        pool.input.now = pool.input.now.advanced(seconds: 3 * 3600)
        pool.input.nodes.removeAll { $0.id.hasPrefix("node_f") }
        #expect(pool.decision.timers.failures == 0)
    }

    @Test func `a size that somebody else made is adopted with the cooldown`() {
        var pool = PaperPool(.worked, same(6, 20))
        pool.input.timers.size = 5
        #expect(pool.decision.reason == .cooldownActive)
        #expect(pool.decision.timers.lastChange == now && pool.decision.timers.size == 6)
        pool.input.timers.size = 6
        #expect(pool.decision.desired == 5)
    }

    @Test func `an operator's wish is done once, within the bounds, and begins a cooldown`() {
        var pool = PaperPool(.worked, same(4, 20))
        pool.input.wish = ScalingInput.Wish(nodes: 30, at: now)
        let decision = pool.decision
        #expect(decision.desired == 10 && decision.reason == .sizeAdopted && decision.timers.lastChange == now)
        #expect(decision.conditions.scalingLimited == .init(true, .tooManyNodes))
        pool.input.timers = decision.timers
        pool.input.timers.size = 4
        #expect(pool.decision.reason == .cooldownActive)
        pool.input.wish = ScalingInput.Wish(nodes: 3, at: now.advanced(seconds: 1))
        #expect(pool.decision.desired == 3 && pool.decision.going.count == 1)
    }

    @Test func `only another answer is news`() {
        var pool = PaperPool(.worked, same(4, 50))
        let first = pool.decision
        #expect(first.isNews(after: nil) && !first.isNews(after: first))
        pool = PaperPool(.worked, same(4, 55))
        #expect(!pool.decision.isNews(after: first))
        pool = PaperPool(.worked, [55, 55, 55, nil])
        #expect(pool.decision.isNews(after: first))
    }
}
