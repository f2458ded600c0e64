/// What the replay's model charges, and the least that could have been paid.
enum ReplayCosts {
    /// Each change of size, in node-hours.
    static let action = 0.1
    /// From asked to ready.
    static let minutesToMake = 5
    static let minutesFromStandby = 1

    /// For a minute with too little capacity, in node-hours.
    static func penalty(load: Double, ready: Double) -> Double {
        (10 * max(0, load - 0.8 * ready) + 50 * max(0, load - ready)) / 60
    }

    /// How many nodes a series' replay starts with.
    static func start(_ load: Double, _ policy: ScalingPolicy) -> Int64 {
        min(max(Int64((load / 0.55).rounded(.up)), policy.minNodes), policy.maxNodes)
    }

    /// The least J of all ways to scale, with the future known: exact dynamic programming over the number of ready nodes.
    ///
    /// A node that is to be ready in a minute was asked for five minutes earlier and paid since then; removal is at once.
    /// With standby nodes it is a bound that nobody may reach: each node comes from standby, however few there are.
    /// To come from the cheapest smaller, or larger, number takes one sweep each way, so a minute costs no more than a few
    /// steps a size. A minute without a known load costs nothing.
    ///
    /// - Parameter nodes: ready in the first minute, within the policy's bounds.
    static func optimum(_ loads: [Double?], _ policy: ScalingPolicy, from nodes: Int64) -> Double {
        let lead = policy.standbyNodes > 0 ? minutesFromStandby : minutesToMake
        // More than the highest load needs nobody would have had.
        let needed = Int64(((loads.compactMap(\.self).max() ?? 0) / 0.8).rounded(.up))
        let most = max(policy.minNodes, nodes, min(policy.maxNodes, needed))
        let sizes = Array(policy.minNodes...most).map(Double.init)
        let begin = Int(nodes - policy.minNodes)
        var costs = [Double](repeating: .infinity, count: sizes.count)
        costs[begin] = 0
        var next = costs
        for (minute, load) in loads.enumerated() {
            // Before the first minute nobody could ask for more.
            if minute > 0 { change(&costs, &next, sizes, start: minute < lead ? .infinity : Double(lead) / 60) }
            guard let load else { continue }
            for (index, size) in sizes.enumerated() { costs[index] += size / 60 + penalty(load: load, ready: size) }
        }
        return costs.min() ?? 0
    }

    /// - Parameter start: what a node costs while it starts, in node-hours; infinite while none can be ready.
    private static func change(_ costs: inout [Double], _ next: inout [Double], _ sizes: [Double], start: Double) {
        // The cheapest smaller size, its own starts already taken off.
        var smaller = Double.infinity
        next = costs
        if start.isFinite {
            for index in sizes.indices {
                next[index] = min(costs[index], smaller + sizes[index] * start + action)
                smaller = min(smaller, costs[index] - sizes[index] * start)
            }
        }
        var larger = Double.infinity
        for index in sizes.indices.reversed() {
            next[index] = min(next[index], larger + action)
            larger = min(larger, costs[index])
        }
        swap(&costs, &next)
    }
}
