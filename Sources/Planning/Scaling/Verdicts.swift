import Fleet

/// What one node is to its pool in a decision, whether it was chosen, and why.
package struct NodeVerdict: Hashable, Sendable {
    package enum Choice: String, CaseIterable, Hashable, Sendable {
        /// Comes from the reserve.
        case activated
        /// Goes.
        case drained
        /// Was asked for and never came.
        case givenUp = "given up"
        /// In use, and stays so.
        case kept
        /// In reserve, and stays there.
        case waiting
        /// Neither comes nor goes, whatever is decided.
        case apart
    }

    package var nodeID: String
    package var role: NodeClass
    package var isPinned: Bool
    /// The newest that it said since it is in use; nil if it said nothing.
    package var latest: UsageSample?
    /// It is usable, and says nothing fresh of some metric of the policy.
    package var isMissing: Bool
    package var score: Double?
    package var choice: Choice
    /// For people.
    package var why: String
}

extension Scaler {
    /// What the decision about `input` made of each of its nodes, in their order: the reasons are those of SCALING's
    /// rules 1 and 7, told from what `decide` chose.
    package static func verdicts(_ input: ScalingInput) -> [NodeVerdict] {
        let choosing = Choosing(input, decide(input))
        return input.nodes.indices.map(choosing.verdict)
    }
}

extension NodeClass {
    /// For people and programs, in one word.
    package var name: String { "\(self)" }
}

extension ScalingInput {
    /// The sample is new enough to say something of now (SCALING, rule 1).
    func isFresh(_ sample: UsageSample) -> Bool {
        sample.at >= now.advanced(seconds: -UsageWindow.secondsUntilStale(sampleInterval: sampleInterval))
    }
}

/// The choice of a decision, told node by node.
private struct Choosing {
    let input: ScalingInput
    let decision: ScalingDecision
    let roles: PoolRoles
    let coming: Set<String>
    let going: Set<String>
    let givenUp: Set<String>
    /// In use, and could have gone; in reserve, and could have come.
    let stayers: [(node: ScalingNode, role: NodeClass)]
    let leavers: [(node: ScalingNode, role: NodeClass)]
    let waiting: [ScalingNode]
    let comers: [ScalingNode]

    init(_ input: ScalingInput, _ decision: ScalingDecision) {
        self.input = input
        self.decision = decision
        let roles = PoolRoles(input)
        self.roles = roles
        let (coming, going) = (Set(decision.coming), Set(decision.going))
        (self.coming, self.going) = (coming, going)
        givenUp = Set(decision.takenBack)
        let pairs = zip(input.nodes, roles.roles).map { (node: $0, role: $1) }
        let free = pairs.filter { !$0.node.isPinned && $0.role.isInUse }
        leavers = free.filter { going.contains($0.node.id) }
        stayers = free.filter { !going.contains($0.node.id) }
        let reserve = pairs.filter { $0.role == .standby }.map(\.node)
        comers = reserve.filter { coming.contains($0.id) }
        waiting = reserve.filter { !coming.contains($0.id) }
    }

    func verdict(_ index: Int) -> NodeVerdict {
        let (node, role, latest) = (input.nodes[index], roles.roles[index], roles.latest[index])
        let (choice, why) = choice(node, role)
        return NodeVerdict(
            nodeID: node.id, role: role, isPinned: node.isPinned, latest: latest,
            isMissing: role == .usable && input.policy.metrics.contains { !isMeasured(latest, $0) }, score: node.score,
            choice: choice, why: why)
    }

    private func isMeasured(_ sample: UsageSample?, _ metric: UsageMetric) -> Bool {
        sample.map { input.isFresh($0) && $0[metric] != nil } ?? false
    }

    private func choice(_ node: ScalingNode, _ role: NodeClass) -> (NodeVerdict.Choice, String) {
        switch role {
        case .usable, .starting, .error:
            if going.contains(node.id) { return (.drained, whyDrained(node, role)) }
            return (.kept, node.isPinned ? "pinned: counted, never chosen" : whyKept(node, role))
        case .standby:
            return coming.contains(node.id) ? (.activated, whyActivated(node)) : (.waiting, whyWaiting(node))
        case .failed:
            let minutes = ScalingNode.secondsToStart / 60
            return (givenUp.contains(node.id) ? .givenUp : .apart, "did not come within \(minutes) min")
        case .leaving: return (.apart, "drains by an earlier decision")
        case .maintenance: return (.apart, "in maintenance: no capacity, counts toward the maximum")
        case .unused:
            return (.apart, node.isPinned ? "pinned: never chosen" : "does not report, so it can't be activated")
        }
    }

    // MARK: Who goes

    private func whyDrained(_ node: ScalingNode, _ role: NodeClass) -> String {
        if role == .error { return "in error: those go first" }
        let (mine, kept) = (rank(node.score), stayers.filter { $0.role != .error }.map(\.node))
        if kept.isEmpty { return "all that may be chosen go" }
        let equals = kept.filter { rank($0.score) == mine }
        if equals.isEmpty { return node.score == nil ? "has no score" : "lowest score" }
        return equals.contains { age($0) == age(node) } ? "first by id, all else being equal" : "older than the others"
    }

    private func whyKept(_ node: ScalingNode, _ role: NodeClass) -> String {
        guard !leavers.isEmpty else { return "nobody is to go" }
        let rivals = leavers.filter { $0.role == .error || role == .error ? $0.role == role : true }.map(\.node)
        if rivals.isEmpty { return "those in error go first" }
        let equals = rivals.filter { rank($0.score) == rank(node.score) }
        if equals.isEmpty { return "higher score than who goes" }
        return equals.contains { age($0) == age(node) } ? "after the others by id" : "newer than the others"
    }

    /// Who was never activated is the oldest.
    private func age(_ node: ScalingNode) -> Int64 { node.activatedAt?.milliseconds ?? .min }

    // MARK: Who comes

    private func whyActivated(_ node: ScalingNode) -> String {
        if waiting.isEmpty { return "all in reserve are needed" }
        let equals = waiting.filter { rank($0.score) == rank(node.score) }
        if equals.isEmpty { return "highest score" }
        let twins = equals.filter { rank($0.freeCapacity) == rank(node.freeCapacity) }
        return twins.isEmpty ? "most capacity of the same score" : "first by id, all else being equal"
    }

    private func whyWaiting(_ node: ScalingNode) -> String {
        guard !comers.isEmpty else { return "in reserve: nobody is to come" }
        let equals = comers.filter { rank($0.score) == rank(node.score) }
        if equals.isEmpty { return "lower score than who comes" }
        let twins = equals.filter { rank($0.freeCapacity) == rank(node.freeCapacity) }
        return twins.isEmpty ? "less capacity than who comes" : "after the others by id"
    }

    private func rank(_ value: Double?) -> Double { ScalingRound.rank(value) }
}

extension NodeClass {
    /// Counted among the nodes in use.
    var isInUse: Bool { self == .usable || self == .starting || self == .error }
}
