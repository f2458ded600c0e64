import Fleet

/// The policy that a pool is scaled and drained by: written inline, or named, with the defaults filled in.
package struct ResolvedPolicy: Hashable, Sendable {
    /// Every leaf that has a value, in a `ScalingPolicy`'s table.
    package let spec: Spec
    /// The generation of the policy that was named; nil for an inline one.
    package let generation: Int64?

    /// Nil when the pool has no policy, or names one that is not there.
    package init?(of pool: Desired, in view: FleetView) {
        let poolMaximum = pool.spec.withDefaults()[PoolLeaf.maxNodes]
        var stated = Spec(.scalingPolicy)
        if let name = pool.spec[PoolLeaf.policyReference]?.string {
            guard let policy = view.desired[ResourceKey(.scalingPolicy, name)] else { return nil }
            stated = policy.spec
            generation = policy.generation
        } else {
            for leaf in pool.spec.leaves where PoolLeaf.isPolicy(leaf.index) {
                stated[leaf.index - PoolLeaf.policy] = leaf.value
            }
            guard !stated.leaves.isEmpty || pool.spec[PoolLeaf.autoScaling] == .bool(true) else { return nil }
            generation = nil
        }
        var full = stated.withDefaults()
        if full[PolicyLeaf.maxNodes] == nil { full[PolicyLeaf.maxNodes] = poolMaximum }
        spec = full
    }

    /// Seconds from the start of draining until a node is deactivated, moved or deleted.
    package var drainSeconds: Int64 { spec[PolicyLeaf.drainSeconds]?.int ?? ResolvedPolicy.defaultDrainSeconds }

    package var minNodes: Int64 { spec[PolicyLeaf.minNodes]?.int ?? 1 }

    /// For nodes without a pool, and pools without a policy.
    package static let defaultDrainSeconds: Int64 = 60
}

extension PoolLeaf {
    /// Whether the leaf belongs to the policy written inline.
    static func isPolicy(_ index: Int) -> Bool { index >= policy && index < policy + PolicyLeaf.count }

    /// The inline policy's leaves that the data model's documents have: its five fields.
    static let storedPolicy = (policy..<policy + PolicyLeaf.count).filter {
        FieldTable.nodePool.leaves[$0].storedPath != nil
    }
}
