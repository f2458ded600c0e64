import Fleet

// Nodes that the pool's provider makes and takes away: what the status says of them. The calls are the engine's.

extension PoolScaler {
    /// Notes what is asked of the provider and what it is to take away: additions that never came, and nodes out of use
    /// beyond those that are to be kept ready. Of nodes that are on their way out of use it waits for the end of that.
    ///
    /// - Returns: how many nodes are asked for to be used, which is less than the decision wants when the pool has no room.
    func provide(
        _ decision: ScalingDecision, _ situation: ScalingSituation, _ next: inout PoolScaling, _ now: Timestamp
    ) -> Int64 {
        let members = Dictionary(situation.members.map { ($0.id, $0) }) { first, _ in first }
        for id in decision.takenBack where next.provided[id] != nil {
            next.provided[id] = ProvidedNode(.unwanted, since: now)
        }
        guard pool.hasProvider else { return 0 }
        let holds = decision.conditions.poolHealthy.reason == .circuitBreakerOpen
        let kept = holds ? policy.standbyNodes : takeAway(members, &next, now)
        var room = room(situation)
        func ask(_ wanted: Int64, inUse: Bool) -> Int64 {
            let count = min(max(wanted, 0), room)
            room -= count
            for _ in 0..<count {
                next.asked += 1
                let id = madeID(next.asked)
                next.provided[id] = ProvidedNode(.asked, since: now)
                next.intents[id] = ScalingIntent(isWanted: inUse, at: now)
            }
            return count
        }
        let making = ask(decision.making, inUse: true)
        // Switched off, it holds the size: nothing is made ahead.
        if policy.mode != .off { _ = ask(policy.standbyNodes - kept, inUse: false) }
        return making
    }

    /// How many more nodes the pool may hold.
    func room(_ situation: ScalingSituation) -> Int64 {
        let coming = before.provided.count { $0.value.phase != .unwanted && !situation.standing.contains($0.key) }
        return max(maximum - Int64(situation.standing.count + coming), 0)
    }

    /// - Returns: how many provided nodes are out of use and stay so.
    private func takeAway(
        _ members: [String: ScalingMember], _ next: inout PoolScaling, _ now: Timestamp
    ) -> Int64 {
        var spare: [SpareNode] = []
        for (id, node) in next.provided where node.phase != .unwanted && next.intents[id]?.isWanted == false {
            let member = members[id]
            // Who declares it himself, or says what it is to be, decides about it.
            if let member, member.isPinned || member.manager != pool.providerManager { continue }
            spare.append(SpareNode(id, node, member))
        }
        spare.sort { $0.rank < $1.rank }
        var kept: Int64 = 0
        for node in spare {
            if kept < policy.standbyNodes, !node.hasFailed(now) {
                kept += 1
            } else if node.isIdle {
                next.provided[node.id] = ProvidedNode(.unwanted, since: now)
            }
        }
        return kept
    }

    /// The id of the node that is asked for as the nth under this declaration: the same each time, so that a repeated
    /// request is one, and never again under another.
    private func madeID(_ number: Int64) -> String { "\(pool.madeStem)\(pool.firstRevision)-\(number)" }
}

extension Desired {
    /// Longer names are cut: of an id's 64 characters 16 are for the declaration and the number.
    private static let longestStem = 41

    /// Of the ids of nodes that the pool's provider makes, what stands before the declaration's revision and the number.
    fileprivate var madeStem: String {
        let name = key.id.dropFirst(Kind.nodePool.idPrefix.count)
        guard name.count > Self.longestStem else { return "\(Kind.node.idPrefix)\(name)-" }
        // Of the whole name: two that begin alike share no ids.
        let digits = String(UInt32(truncatingIfNeeded: String(name).stableHash), radix: 16)
        let padded = String(repeating: "0", count: 8 - digits.count) + digits
        return "\(Kind.node.idPrefix)\(name.prefix(Self.longestStem - 9))-\(padded)-"
    }

    /// Whether that is the id of a node that the pool's provider may have been asked for, under this declaration of the
    /// pool or a former one.
    package func mayHaveMade(_ nodeID: String) -> Bool {
        guard hasProvider, nodeID.hasPrefix(madeStem) else { return false }
        let words = nodeID.dropFirst(madeStem.count).split(separator: "-", omittingEmptySubsequences: false)
        let numbers = words.compactMap { word in Int64(word).flatMap { $0 > 0 && String($0) == word ? $0 : nil } }
        return words.count == 2 && numbers.count == 2 && numbers[0] <= firstRevision
    }
}

/// A provided node that the scaler doesn't want in use.
private struct SpareNode {
    let id: String
    let node: ProvidedNode
    /// Nil until its document is there.
    let member: ScalingMember?

    init(_ id: String, _ node: ProvidedNode, _ member: ScalingMember?) {
        self.id = id
        self.node = node
        self.member = member
    }

    /// Which are kept first: those that are ready, then those that come.
    var rank: (Int, Double, Timestamp, String) {
        let score = member?.score.flatMap { $0.isFinite ? $0 : nil } ?? -1
        return (member?.isAlive == true ? 0 : 1, -score, node.since, id)
    }

    /// Nothing runs on it any more.
    var isIdle: Bool { member.map { $0.state == .inactive || $0.state == .error } ?? true }

    /// It was made, and does not report.
    func hasFailed(_ now: Timestamp) -> Bool {
        node.phase == .made && member?.isAlive != true
            && node.since.advanced(seconds: ScalingNode.secondsToStart) <= now
    }
}
