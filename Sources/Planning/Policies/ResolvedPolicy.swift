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
            stated = pool.spec.inlinePolicy
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

extension Spec {
    /// What a pool states of a policy of its own, in a `ScalingPolicy`'s table.
    package var inlinePolicy: Spec {
        let stated = leaves.filter { PoolLeaf.isPolicy($0.index) }
        return Spec(.scalingPolicy, stated.map { Leaf($0.index - PoolLeaf.policy, $0.value) })
    }
}

extension PoolLeaf {
    /// Whether the leaf belongs to the policy written inline.
    static func isPolicy(_ index: Int) -> Bool { index >= policy && index < policy + PolicyLeaf.count }

    /// The inline policy's leaves that the data model's documents have: its five fields.
    static let storedPolicy = (policy..<policy + PolicyLeaf.count).filter {
        FieldTable.nodePool.leaves[$0].storedPath != nil
    }
}
