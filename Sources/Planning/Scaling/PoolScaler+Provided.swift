import Fleet

// Nodes that the pool's provider makes and takes away: what the status says of them. The calls are the engine's.

extension Desired {
    /// The pool can have nodes made.
    package var hasProvider: Bool { false }
}

extension PoolScaler {
    /// Notes what is asked of the provider, what it made, and what it is to take away.
    ///
    /// - Returns: how many nodes are asked for, which is less than the decision wants when the pool has no room.
    func provide(
        _ decision: ScalingDecision, _ situation: ScalingSituation, _ next: inout PoolScaling, _ now: Timestamp
    ) -> Int64 {
        let there = Set(situation.members.map(\.id))
        for id in next.provided.keys where next.provided[id]?.phase == .asked && there.contains(id) {
            next.provided[id] = ProvidedNode(.made, since: now)
        }
        for id in decision.takenBack where next.provided[id] != nil {
            next.provided[id] = ProvidedNode(.unwanted, since: now)
        }
        guard pool.hasProvider else { return 0 }
        let asked = Int64(next.provided.values.count { $0.phase == .asked })
        let maximum = pool.spec.withDefaults()[PoolLeaf.maxNodes]?.int ?? 0
        let room = max(maximum - Int64(there.count) - asked, 0)
        let making = min(decision.making, room)
        for _ in 0..<making {
            next.asked += 1
            let id = madeID(next.asked)
            next.provided[id] = ProvidedNode(.asked, since: now)
            next.intents[id] = ScalingIntent(isWanted: true, at: now)
        }
        return making
    }

    /// The id of the node that is asked for as the pool's nth: the same each time, so that a repeated request is one.
    private func madeID(_ number: Int64) -> String {
        "node_\(pool.key.id.dropFirst(Kind.nodePool.idPrefix.count).prefix(45))-\(number)"
    }
}
