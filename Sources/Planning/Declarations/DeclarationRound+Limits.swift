import Fleet

extension DeclarationRound {
    /// What a node's work may use is at most what its pool allows.
    mutating func checkNodeLimits(_ changing: [DeclarationCase]) {
        for each in changing {
            switch each.declaration.key.kind {
            case .node:
                guard let pool = each.declaration.poolID, let limits = poolSpec(pool) else { continue }
                for (leaf, value, limit) in excesses(of: each.declaration.spec, over: limits) {
                    findings.add(
                        .limitExceedsPool, each.declaration, path: "spec.\(leaf)",
                        "\(value) is more than NodePool/\(pool) allows its nodes, \(limit)")
                }
            case .nodePool: checkMembers(of: each)
            case .scalingPolicy: break
            }
        }
    }

    /// A pool whose limits become tighter: the nodes that stay in it and are not part of the input.
    private mutating func checkMembers(of pool: DeclarationCase) {
        let (id, spec) = (pool.declaration.key.id, pool.declaration.spec)
        guard PoolLeaf.limits.areTighter(in: spec, than: pool.current?.spec) else { return }
        for member in view.members[id] ?? [] {
            let key = ResourceKey(.node, member.id)
            // A changing node is judged for itself, above.
            if let each = active[key], each.change != .none { continue }
            guard let node = view.desired[key], node.deletion == nil else { continue }
            for (leaf, value, limit) in excesses(of: node.spec, over: spec) {
                let name = leaf.split(separator: ".").last.map(String.init) ?? leaf
                findings.add(
                    .limitExceedsPool, pool.declaration, path: "spec.resource_limits.\(name)",
                    "\(limit) is less than \(key) states, \(value)")
            }
        }
    }

    private func excesses(of node: Spec, over pool: Spec) -> [(path: String, value: FieldValue, limit: FieldValue)] {
        zip(NodeLeaf.limits.all, PoolLeaf.limits.all).compactMap { nodeLeaf, poolLeaf in
            guard let value = node[nodeLeaf], let limit = pool[poolLeaf], let stated = value.double,
                let allowed = limit.double, stated > allowed
            else { return nil }
            return (Kind.node.table.leaves[nodeLeaf].path, value, limit)
        }
    }

    /// A policy that a pool names can't want more nodes than the pool may hold (reading 6); asked when either changes.
    mutating func checkPolicies(_ changing: [DeclarationCase]) {
        for each in changing {
            switch each.declaration.key.kind {
            case .nodePool:
                guard let key = each.declaration.policyKey, case .declared(let policy) = standing(key) else { continue }
                checkPolicy(policy, of: each.declaration, blaming: each.declaration, "spec.scaling_policy_ref")
            case .scalingPolicy:
                for pool in unchangedPools(naming: each.declaration.key) {
                    checkPolicy(each.declaration, of: pool, blaming: each.declaration, nil)
                }
            case .node: break
            }
        }
    }

    private func unchangedPools(naming policy: ResourceKey) -> [Declaration] {
        (view.referrers[policy.id] ?? []).compactMap { key in
            if let each = active[key], each.change != .none { return nil }
            guard let desired = view.desired[key], desired.deletion == nil else { return nil }
            return desired.declaration.policyKey == policy ? desired.declaration : nil
        }
    }

    /// `path` nil: the policy's own field is shown.
    private mutating func checkPolicy(
        _ policy: Declaration, of pool: Declaration, blaming subject: Declaration, _ path: String?
    ) {
        let spec = pool.spec.withDefaults()
        guard let places = spec[PoolLeaf.maxNodes]?.int else { return }
        for (name, leaf) in [("max_nodes", PolicyLeaf.maxNodes), ("min_nodes", PolicyLeaf.minNodes)] {
            guard let wanted = policy.spec[leaf]?.int, wanted > places else { continue }
            findings.add(
                .policyExceedsPool, subject, path: path ?? "spec.\(name)",
                "`\(name)` of \(policy.key) is \(wanted), more than the `max_nodes` of \(pool.key), \(places)")
            return
        }
    }
}
