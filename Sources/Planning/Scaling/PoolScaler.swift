import Fleet

/// Scales one pool: from what was read to what its status is to hold. Pure; the leader, `reeve why` and tests call it.
package struct PoolScaler: Sendable {
    package let pool: Desired
    package let policy: ScalingPolicy
    /// Most nodes that the pool may hold.
    let maximum: Int64
    /// What the pool's status holds.
    let before: PoolScaling
    let health: PoolHealth?

    /// - Parameters:
    ///   - policy: the pool's, resolved; nil if it has none.
    ///   - status: the pool's.
    /// - Returns: nil when nobody wants the pool scaled: `auto_scaling` is not true and no operator set its size.
    package init?(_ pool: Desired, _ policy: ResolvedPolicy?, status: ResourceStatus?) {
        maximum = pool.spec.withDefaults()[PoolLeaf.maxNodes]?.int ?? 0
        if pool.spec[PoolLeaf.autoScaling] == .bool(true), let policy {
            self.policy = ScalingPolicy(policy.spec, maxNodes: maximum)
        } else if pool.overrides.scale != nil {
            // Only what an operator asks for is done, within the pool's own bounds.
            var byHand = ScalingPolicy(maxNodes: maximum)
            (byHand.mode, byHand.minNodes) = (.off, 0)
            self.policy = byHand
        } else {
            return nil
        }
        self.pool = pool
        before = status?.scaling ?? PoolScaling()
        health = status?.health
    }

    // MARK: What is measured

    /// The nodes whose samples count, and since when: those in use. Samples before a node's activation are of its rest.
    package func measured(_ members: [ScalingMember]) -> [String: Timestamp] {
        var measured: [String: Timestamp] = [:]
        for member in members where member.state == .active {
            let intent = member.isPinned ? nil : before.intents[member.id]
            if intent?.isWanted != false { measured[member.id] = intent?.at ?? Timestamp(milliseconds: 0) }
        }
        return measured
    }

    // MARK: The decision

    package func input(_ situation: ScalingSituation, health: PoolHealth?, now: Timestamp) -> ScalingInput {
        var nodes = situation.members.map { node($0, now) }
        let there = Set(situation.members.map(\.id))
        // Asked for, or declared and without a document yet: on their way.
        for (id, node) in before.provided where node.phase != .unwanted && !there.contains(id) {
            guard let intent = before.intents[id], intent.isWanted else { continue }
            nodes.append(ScalingNode(id, .inactive, freshUntil: nil, activatedAt: intent.at))
        }
        var input = ScalingInput(policy: policy, nodes: nodes, window: situation.window, now: now)
        input.sampleInterval = situation.sampleInterval
        input.health = health
        input.timers = before.timers
        if pool.hasProvider { input.room = room(situation) }
        input.wish = pool.overrides.scale.map { ScalingInput.Wish(nodes: $0.nodes, at: $0.at) }
        return input
    }

    private func node(_ member: ScalingMember, _ now: Timestamp) -> ScalingNode {
        let intent = member.isPinned ? nil : before.intents[member.id]
        var node = ScalingNode(member.id, member.state ?? .inactive, freshUntil: member.isAlive ? now : nil)
        node.isPinned = member.isPinned
        node.score = member.score
        node.freeCapacity = member.capacity
        switch intent?.isWanted {
        case nil: break
        case true? where member.state != .inactive || before.provided[member.id] != nil:
            node.activatedAt = intent?.at
        // It beats, so it is as good as there; while it does not, it can't be waited for.
        case true?: node.activatedAt = member.isAlive ? now : nil
        case false?:
            // Out of use, whatever befalls it there: it is in reserve while it reports, and on its way as long as it
            // is not inactive.
            node.isLeaving = member.state == .active || (member.state == .maintenance && member.isAlive)
            if !node.isLeaving, member.state != .inactive { (node.state, node.freshUntil) = (.inactive, nil) }
        }
        return node
    }

    /// Decides, and says what the pool's status is to hold then. Equal to what it holds when nothing is news.
    ///
    /// - Parameter health: the pool's, as of `now`; by default what its status holds.
    package func step(
        _ situation: ScalingSituation, health: PoolHealth? = nil, now: Timestamp
    ) -> (next: PoolScaling, decision: ScalingDecision) {
        let decision = Scaler.decide(input(situation, health: health ?? self.health, now: now))
        var next = before
        next.timers = decision.timers
        if decision.isCarriedOut {
            for id in decision.coming { next.intents[id] = ScalingIntent(isWanted: true, at: now) }
            for id in decision.going { next.intents[id] = ScalingIntent(isWanted: false, at: now) }
        }
        for id in decision.takenBack { next.intents[id] = ScalingIntent(isWanted: false, at: now) }
        var stored = decision
        if decision.isCarriedOut { stored.making = provide(decision, situation, &next, now) }
        next.intents = next.intents.filter { situation.standing.contains($0.key) || next.provided[$0.key] != nil }
        // The timers stand beside it.
        stored.timers = ScalingTimers()
        if isToBeStored(stored, now) {
            next.decisions += 1
            (next.last, next.lastAt) = (stored, now)
        }
        return (next, decision)
    }

    private static let secondsBetweenHolds: Int64 = 60

    /// Noise moves a want that nothing comes of, and reasons to keep a size, with every few samples: such news is stored
    /// once a minute at most.
    private func isToBeStored(_ decision: ScalingDecision, _ now: Timestamp) -> Bool {
        if decision.changesNodes { return true }
        guard decision.isNews(after: before.last) else { return false }
        guard let last = before.last, let at = before.lastAt, decision.holds, last.holds,
            decision.conditions.scalingActive == last.conditions.scalingActive,
            decision.conditions.poolHealthy == last.conditions.poolHealthy
        else { return true }
        return at.advanced(seconds: Self.secondsBetweenHolds) <= now
    }
}

extension ScalingDecision {
    /// The size stays.
    fileprivate var holds: Bool { desired == current }

    /// It moves nodes, so it is stored though one before it said the same.
    fileprivate var changesNodes: Bool {
        isCarriedOut && !(coming.isEmpty && going.isEmpty && takenBack.isEmpty && making == 0)
    }
}
