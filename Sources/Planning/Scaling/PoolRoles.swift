import Fleet

/// A pool's nodes by what they are to it, and how many of each.
struct PoolRoles {
    /// In the order of the input's nodes.
    let roles: [NodeClass]
    /// The newest sample of each, in the same order.
    let latest: [UsageSample?]
    private let counts: [Int64]

    init(_ input: ScalingInput) {
        var counts = [Int64](repeating: 0, count: NodeClass.allCases.count)
        var roles: [NodeClass] = []
        var latest: [UsageSample?] = []
        roles.reserveCapacity(input.nodes.count)
        latest.reserveCapacity(input.nodes.count)
        for node in input.nodes {
            let sample = input.window.latest(of: node.id)
            let role = node.role(latest: sample, now: input.now)
            counts[role.rawValue] += 1
            roles.append(role)
            latest.append(sample)
        }
        (self.roles, self.latest, self.counts) = (roles, latest, counts)
    }

    private subscript(role: NodeClass) -> Int64 { counts[role.rawValue] }

    var usable: Int64 { self[.usable] }
    var starting: Int64 { self[.starting] }
    var error: Int64 { self[.error] }
    var maintenance: Int64 { self[.maintenance] }
    var standby: Int64 { self[.standby] }
    /// Nodes that work or are about to.
    var working: Int64 { usable + starting }
    var inUse: Int64 { working + error }
    /// What the maximum is a bound on.
    var occupied: Int64 { inUse + maintenance }
}

/// What a pool's nodes say of one metric now.
struct UsageReading {
    let metric: UsageMetric
    let valid: Int64
    let missing: Int64
    let suspect: Int64
    /// The mean in percent, with missing nodes at 0 and at 100.
    let low: Double
    let high: Double
    /// Mean of those that said something.
    let mean: Double

    init(_ metric: UsageMetric, _ roles: PoolRoles, _ input: ScalingInput) {
        self.metric = metric
        var tally = UsageTally()
        for (role, sample) in zip(roles.roles, roles.latest) where role == .usable {
            guard let sample, input.isFresh(sample), let value = sample[metric] else { continue }
            tally.add(value)
        }
        let nodes = roles.usable
        suspect = tally.suspects(metric, of: nodes)
        valid = tally.count - suspect
        missing = nodes - valid
        mean = valid > 0 ? tally.sum / Double(valid) : 0
        low = nodes > 0 ? tally.sum / Double(nodes) : 0
        high = nodes > 0 ? (tally.sum + 100 * Double(missing)) / Double(nodes) : 100
    }

    /// In fully used nodes, missing ones at 0.
    func lowLoad(_ roles: PoolRoles) -> Double { low / 100 * Double(roles.usable) }
    func highLoad(_ roles: PoolRoles) -> Double { high / 100 * Double(roles.usable) }
}
