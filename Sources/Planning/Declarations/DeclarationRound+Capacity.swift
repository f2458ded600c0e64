import Fleet

extension DeclarationRound {
    /// A pool holds at most `max_nodes` nodes: the declared ones as they will be, and documents that no manifest
    /// declares. Who is declared in it already stays; who joins has to find room.
    mutating func checkCapacity() {
        var joining: [String: [Declaration]] = [:]
        var leaving: [String: Int] = [:]
        var order: [String] = []
        for each in cases where each.declaration.key.kind == .node && each.change != .none {
            let (before, after) = (each.current?.poolID, each.declaration.poolID)
            guard before != after else { continue }
            if let before { leaving[before, default: 0] += 1 }
            if let after {
                if joining[after] == nil { order.append(after) }
                joining[after, default: []].append(each.declaration)
            }
        }
        for each in cases where each.declaration.key.kind == .nodePool && each.change != .none {
            checkSize(of: each, leaving: leaving[each.declaration.key.id, default: 0])
        }
        for pool in order {
            guard let spec = poolSpec(pool), let limit = poolLimit(spec, pool), let nodes = joining[pool] else {
                continue
            }
            let staying = staying(in: pool, leaving: leaving[pool, default: 0])
            let room = max(0, limit - staying)
            guard let first = nodes.dropFirst(room).first else { continue }
            let others = Array(nodes.dropFirst(room + 1))
            let rest = others.isEmpty ? "" : ", and so for \(others.count) more of this input"
            findings.add(
                .poolFull, first, path: "spec.pool_id",
                "NodePool/\(pool) holds at most \(limit) nodes: \(staying) stand in it and \(nodes.count) join, "
                    + "so there is no room for this one\(rest)",
                others: others)
        }
    }

    private mutating func checkSize(of each: DeclarationCase, leaving: Int) {
        let id = each.declaration.key.id
        guard let limit = poolLimit(each.declaration.spec, id) else { return }
        // Only who makes a pool smaller can be told that it is too small.
        if let before = each.current.flatMap({ poolLimit($0.spec, id) }), before <= limit { return }
        let staying = staying(in: id, leaving: leaving)
        guard staying > limit else { return }
        findings.add(
            .poolTooSmall, each.declaration, path: "spec.max_nodes",
            "\(staying) nodes stand in the pool, so it can't be made to hold at most \(limit)")
    }

    private func staying(in pool: String, leaving: Int) -> Int {
        let undeclared = (view.undeclared[pool] ?? []).filter { active[ResourceKey(.node, $0.id)] == nil }
        return (view.members[pool]?.count ?? 0) - leaving + undeclared.count
    }

    /// Nil for a document of another service's that states none.
    private func poolLimit(_ spec: Spec, _ id: String) -> Int? {
        if let limit = spec[PoolLeaf.maxNodes]?.int { return Int(clamping: limit) }
        guard case .declared = standing(ResourceKey(.nodePool, id)) else { return nil }
        return Kind.nodePool.table.leaves[PoolLeaf.maxNodes].field.defaultValue?.int.map { Int(clamping: $0) }
    }
}
