import Fleet
import Testing

@testable import Planning

/// What holds of every pool, tried on random ones.
struct ScalingPropertyTests {
    static let seeds = 1...400 as ClosedRange<UInt64>

    private static func pool(_ seed: UInt64) -> ScalingInput {
        var generator = SeededGenerator(seed: seed)
        func number(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &generator) }
        func chance(_ one: Int64) -> Bool { number(1...one) == 1 }
        var policy = ScalingPolicy(maxNodes: number(1...30))
        policy.up = Double(number(20...100))
        policy.down = Double(number(0...Int64(policy.up) - 1))
        policy.minNodes = number(1...policy.maxNodes)
        policy.cooldownMinutes = number(0...10)
        policy.windowMinutes = chance(2) ? 1 : 12
        policy.maxStepDownPercent = number(1...100)
        policy.metrics = chance(3) ? [.cpu, .memory] : [.cpu]
        let busy = Double(number(0...100))
        let now = PaperPool.noon
        var window = UsageWindow(minutes: policy.windowMinutes, metrics: policy.metrics, sampleInterval: 60)
        var nodes: [ScalingNode] = []
        for index in 0..<number(0...30) {
            let state = chance(4) ? NodeState.allCases[Int(number(0...3))] : .active
            var node = ScalingNode("node_\(index)", state, freshUntil: chance(12) ? nil : now)
            if chance(5) { node.activatedAt = now.advanced(seconds: -number(0...3000)) }
            node.isPinned = chance(8)
            node.isLeaving = chance(20)
            node.score = chance(3) ? nil : Double(number(0...3)) * 30
            nodes.append(node)
        }
        let isWhole = chance(2)
        for second in stride(from: policy.windowMinutes * 60, through: 0, by: -30) {
            let at = now.advanced(seconds: -second)
            for node in nodes where node.state == .active && (isWhole || !chance(6)) {
                let usage = min(100, max(0, busy + Double(number(-10...10))))
                window.add(UsageSample(at: at, cpu: usage, memory: usage / 2), of: node.id, now: at)
            }
        }
        window.advance(to: now)
        var input = ScalingInput(policy: policy, nodes: nodes, window: window, now: now)
        input.room = chance(2) ? Int64.random(in: 0...20, using: &generator) : nil
        if chance(2) { input.timers.lastChange = now.advanced(seconds: -number(0...900)) }
        if chance(4) { input.timers.size = number(0...30) }
        if chance(6) {
            (input.timers.failures, input.timers.lastFailure) = (number(1...5), now.advanced(seconds: -600))
        }
        if chance(8) { input.wish = ScalingInput.Wish(nodes: number(0...40), at: now) }
        if chance(10) { input.health = PoolHealth(openSince: now) }
        return input
    }

    @Test(arguments: seeds)
    func `the same input gives the same answer in any order of nodes`(seed: UInt64) {
        let input = Self.pool(seed)
        var generator = SeededGenerator(seed: seed &+ 77)
        var other = input
        other.nodes.shuffle(using: &generator)
        #expect(Scaler.decide(input) == Scaler.decide(other))
        #expect(Scaler.decide(input).steps.count <= ScalingStep.most)
    }

    @Test(arguments: seeds)
    func `the bounds hold, and what comes and goes adds up`(seed: UInt64) {
        let input = Self.pool(seed)
        let decision = Scaler.decide(input)
        let roles = PoolRoles(input)
        let change = decision.desired - decision.current
        #expect(Int64(decision.coming.count) + decision.making == max(0, change))
        #expect(Int64(decision.going.count) == max(0, -change))
        #expect(decision.making <= input.room ?? 0)
        if change > 0 { #expect(decision.desired + roles.maintenance <= input.policy.maxNodes) }
        if change < 0 { #expect(decision.desired >= input.policy.minNodes) }
        #expect(Set(decision.coming).isDisjoint(with: decision.going))
        let pinned = Set(input.nodes.filter(\.isPinned).map(\.id))
        #expect(pinned.isDisjoint(with: decision.coming + decision.going + decision.takenBack))
    }

    @Test(arguments: seeds)
    func `what is said of each node is what was decided`(seed: UInt64) {
        let input = Self.pool(seed)
        let decision = Scaler.decide(input)
        let verdicts = Scaler.verdicts(input)
        #expect(verdicts.map(\.nodeID) == input.nodes.map(\.id))
        func chosen(_ choice: NodeVerdict.Choice) -> Set<String> {
            Set(verdicts.filter { $0.choice == choice }.map(\.nodeID))
        }
        #expect(chosen(.activated) == Set(decision.coming))
        #expect(chosen(.drained) == Set(decision.going))
        #expect(chosen(.givenUp) == Set(decision.takenBack))
        #expect(Int64(chosen(.kept).count + chosen(.drained).count) == decision.current)
    }

    /// A scaler that never moves is within no bound by itself.
    @Test(arguments: seeds)
    func `what is out of bounds comes back, as far as nodes can be had`(seed: UInt64) {
        var input = Self.pool(seed)
        (input.wish, input.health) = (nil, nil)
        input.timers = ScalingTimers()
        for index in input.nodes.indices { input.nodes[index].isPinned = false }
        input.room = 1_000_000
        let roles = PoolRoles(input)
        let policy = input.policy
        let decision = Scaler.decide(input)
        if roles.occupied > policy.maxNodes, roles.inUse >= policy.minNodes {
            #expect(decision.desired == min(roles.inUse, max(policy.maxNodes - roles.maintenance, policy.minNodes)))
        } else if roles.working < policy.minNodes, decision.conditions.poolHealthy.holds {
            #expect(decision.desired >= min(policy.minNodes + roles.error, policy.maxNodes - roles.maintenance))
        }
    }

    /// Missing nodes count as fully busy, and even so the pool must be idle.
    @Test(arguments: seeds)
    func `nothing goes on missing data, while nodes start, or beside an open breaker`(seed: UInt64) {
        var input = Self.pool(seed)
        input.wish = nil
        let decision = Scaler.decide(input)
        let roles = PoolRoles(input)
        guard !decision.going.isEmpty, roles.occupied <= input.policy.maxNodes else { return }
        for metric in input.policy.metrics {
            let reading = UsageReading(metric, roles, input)
            #expect(reading.valid > 0 && reading.high <= input.policy.down)
            let peak = input.window.peak(metric)
            #expect(peak.isFull && peak.percent <= input.policy.down)
        }
        #expect(roles.starting == 0 && input.health?.openSince == nil)
    }

    /// However many fall silent, no more go than would have if those had been fully used: nobody goes for silence.
    @Test(arguments: seeds)
    func `silence only ever holds`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed &+ 5)
        let oneIn = Int.random(in: 1...4, using: &generator)
        var silent = Self.pool(seed)
        silent.wish = nil
        silent.timers.lastChange = nil
        var busy = silent
        let quiet = Set(silent.nodes.map(\.id).filter { _ in Int.random(in: 1...oneIn, using: &generator) == 1 })
        for _ in 0..<15 {
            silent.now = silent.now.advanced(seconds: 60)
            for index in silent.nodes.indices where silent.nodes[index].freshUntil != nil {
                silent.nodes[index].freshUntil = silent.now
            }
            (busy.now, busy.nodes) = (silent.now, silent.nodes)
            for node in silent.nodes where silent.window.latest(of: node.id) != nil {
                let usual = UsageSample(at: silent.now, cpu: 10, memory: 10)
                let full = UsageSample(at: silent.now, cpu: 100, memory: 100)
                if !quiet.contains(node.id) { silent.window.add(usual, of: node.id, now: silent.now) }
                busy.window.add(quiet.contains(node.id) ? full : usual, of: node.id, now: silent.now)
            }
            silent.window.advance(to: silent.now)
            busy.window.advance(to: busy.now)
        }
        guard PoolRoles(silent).occupied <= silent.policy.maxNodes else { return }
        let (without, with) = (Scaler.decide(silent), Scaler.decide(busy))
        #expect(without.going.count <= with.going.count, "\(without.steps) \(with.steps)")
    }

    @Test(arguments: seeds)
    func `a cooldown never delays growth`(seed: UInt64) {
        var input = Self.pool(seed)
        input.timers.lastChange = nil
        let free = Scaler.decide(input)
        input.timers.lastChange = input.now
        let cooling = Scaler.decide(input)
        if free.desired >= free.current {
            #expect(cooling.desired == free.desired && cooling.coming == free.coming)
        } else {
            #expect(cooling.desired == cooling.current || input.policy.cooldownMinutes == 0 || !free.isCooled(input))
        }
    }

    /// A steady load on nodes that come at once: whatever the policy, who went never has to come back.
    @Test(arguments: 1...120 as ClosedRange<UInt64>)
    func `it never goes straight back`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var policy = ScalingPolicy(maxNodes: 60)
        policy.up = Double(Int64.random(in: 25...100, using: &generator))
        policy.down = Double(Int64.random(in: 5..<Int64(policy.up), using: &generator))
        policy.windowMinutes = 3
        policy.cooldownMinutes = 0
        policy.maxStepDownPercent = Int64.random(in: 5...100, using: &generator)
        let load = Double.random(in: 0.5...20, using: &generator)
        var input = PaperPool(policy, PaperPool.same(Int.random(in: 1...40, using: &generator), nil)).input
        var hasShrunk = false
        for minute in 0..<120 {
            input.now = PaperPool.noon.advanced(seconds: Int64(minute) * 60)
            let usage = max(0.1, min(100, load / Double(input.nodes.count) * 100))
            for index in input.nodes.indices {
                input.nodes[index].freshUntil = input.now
                let id = input.nodes[index].id
                input.window.add(UsageSample(at: input.now, cpu: usage), of: id, now: input.now)
            }
            let decision = Scaler.decide(input)
            #expect(!(hasShrunk && decision.desired > decision.current), "\(policy) \(load): \(decision.steps)")
            if decision.desired < decision.current { hasShrunk = true }
            input.timers = decision.timers
            for id in decision.going { input.window.remove(id) }
            input.nodes.removeAll { decision.going.contains($0.id) }
            for index in 0..<decision.making {
                input.nodes.append(ScalingNode("node_\(minute)-\(index)", .active, freshUntil: input.now))
            }
        }
    }
}

extension ScalingDecision {
    /// Whether the cooldown is among what could have held it: bounds and operators need not wait.
    fileprivate func isCooled(_ input: ScalingInput) -> Bool {
        ![.tooManyNodes, .sizeAdopted].contains(reason)
            && !steps.contains { $0.rule == .bounds || $0.reason == .sizeAdopted }
    }
}
