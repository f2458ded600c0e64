import Fleet

package struct DeletionRequest: Sendable {
    /// Each once.
    package var keys: [ResourceKey]
    /// Whether a pool's declared nodes go with it.
    package var cascades: Bool
    /// Whether what is not declared (any more) counts as done.
    package var ignoresMissing: Bool
    package var manager: String

    package init(_ keys: [ResourceKey], cascades: Bool = false, ignoresMissing: Bool = false, manager: String) {
        self.keys = keys
        self.cascades = cascades
        self.ignoresMissing = ignoresMissing
        self.manager = manager
    }
}

/// A resource that goes, and what goes before it.
package struct DeletionTree: Hashable, Sendable {
    package var key: ResourceKey
    package var nodes: [ResourceKey]

    package init(key: ResourceKey, nodes: [ResourceKey]) {
        self.key = key
        self.nodes = nodes
    }
}

package struct DeletionPlan: DesiredPlan {
    package var revision: Int64
    package var writes: [DesiredWrite] = []
    /// Nodes first, then pools, then policies: the order in which they go.
    package var results: [DeclarationResult] = []
    package var diagnostics: [Diagnostic] = []
    /// The pools among the keys with the declared nodes that would have to go first.
    package var trees: [DeletionTree] = []
    /// What goes, or would go, without its document (`lifecycle.on_delete: orphan`).
    package var orphans: Set<ResourceKey> = []
}

/// The rules of deletion, by the stable names that diagnostics show in brackets.
package enum DeletionRule: String, CaseIterable, Sendable {
    case notFound = "not-found"
    case ownedBySet = "owned-by-set"
    /// Declared pools name the policy.
    case policyInUse = "policy-in-use"
    /// Declared nodes are in the pool.
    case poolNotEmpty = "pool-not-empty"
    /// Documents that no manifest declares are in the pool.
    case poolHoldsUndeclared = "pool-holds-undeclared"
    /// A warning beside a result: `lifecycle.on_delete` is `orphan`, so only the declaration goes.
    case documentStays = "document-stays"
}

/// Decides what a deletion marks; the daemon does the deleting, nodes drained first.
package enum DeletionPlanner {
    /// Marks everything, or with anything in the way nothing. What is marked already is unchanged.
    ///
    /// `view` must cover the keys, and with `cascades` their pools' members (`DeclarationScope.widenedByMembers`).
    package static func plan(_ request: DeletionRequest, in view: DeclaringView, now: Timestamp) -> DeletionPlan {
        var plan = DeletionPlan(revision: view.revision)
        var failed: [ResourceKey: [Diagnostic]] = [:]
        let requested = Set(request.keys)
        var going = requested
        for key in request.keys where key.kind == .nodePool {
            let nodes = (view.members[key.id] ?? []).map { ResourceKey(.node, $0.id) }.sorted()
            if !nodes.isEmpty { plan.trees.append(DeletionTree(key: key, nodes: nodes)) }
            if request.cascades { going.formUnion(nodes) }
        }
        plan.orphans = going.filter { key in
            key.kind.collection != nil && view.desired[key]?.declaration.lifecycle.onDelete == .orphan
        }
        let keys = going.sorted { $0.kind == $1.kind ? $0.id < $1.id : $0.kind > $1.kind }
        for key in keys {
            for (rule, message) in obstacles(to: key, going: going, request, view) {
                let diagnostic = Diagnostic(.error, "\(key): \(message)", rule: rule.rawValue)
                plan.diagnostics.append(diagnostic)
                failed[key, default: []].append(diagnostic)
            }
        }
        for key in keys {
            let cascade = request.cascades && key.kind == .nodePool
            if let diagnostics = failed[key] {
                plan.results.append(DeclarationResult(key, .failed, diagnostics))
            } else if let current = view.desired[key], current.deletion == nil || (cascade && !isCascade(current)) {
                guard failed.isEmpty else {
                    plan.results.append(DeclarationResult(key, .held))
                    continue
                }
                var next = current
                let mark = current.deletion ?? DeletionMark(by: request.manager, at: now)
                next.deletion = DeletionMark(by: mark.by, at: mark.at, cascade: cascade)
                next.updatedAt = now
                plan.writes.append(.replace(next, previous: current))
                plan.results.append(DeclarationResult(key, .deleted, plan.orphans.contains(key) ? [stays(key)] : []))
            } else {
                plan.results.append(DeclarationResult(key, .unchanged))
            }
        }
        return plan
    }

    private static func stays(_ key: ResourceKey) -> Diagnostic {
        Diagnostic(
            .warning, "\(key): its document stays, undeclared", rule: DeletionRule.documentStays.rawValue)
    }

    private static func isCascade(_ desired: Desired) -> Bool { desired.deletion?.cascade == true }

    private static func obstacles(
        to key: ResourceKey, going: Set<ResourceKey>, _ request: DeletionRequest, _ view: DeclaringView
    ) -> [(DeletionRule, String)] {
        guard let current = view.desired[key] else {
            if request.ignoresMissing { return [] }
            return [
                (
                    .notFound,
                    view.documents.contains(key)
                        ? "no manifest declares it, and Reeve deletes only what is declared" : "it is not declared"
                )
            ]
        }
        if let set = current.set {
            return [(.ownedBySet, "it belongs to the set `\(set)`, which alone deletes it")]
        }
        guard current.deletion == nil || request.cascades else { return [] }
        switch key.kind {
        case .node: return []
        case .scalingPolicy:
            let pools = (view.referrers[key.id] ?? []).filter { !going.contains($0) }.sorted()
            return pools.isEmpty ? [] : [(.policyInUse, "\(list(pools)) \(pools.count == 1 ? "names" : "name") it")]
        case .nodePool:
            return current.declaration.lifecycle.onDelete == .orphan ? [] : occupants(of: key, going, view)
        }
    }

    /// A pool whose document goes must be empty before. (An orphaned pool's document stays, and so may its nodes.)
    private static func occupants(
        of pool: ResourceKey, _ going: Set<ResourceKey>, _ view: DeclaringView
    ) -> [(DeletionRule, String)] {
        var obstacles: [(DeletionRule, String)] = []
        let nodes = (view.members[pool.id] ?? []).map { ResourceKey(.node, $0.id) }.filter { !going.contains($0) }
        if !nodes.isEmpty {
            obstacles.append(
                (
                    .poolNotEmpty,
                    "\(list(nodes.sorted())) would have to go first; --cascade deletes \(nodes.count == 1 ? "it" : "them"), too"
                )
            )
        }
        let strangers = (view.undeclared[pool.id] ?? []).map { ResourceKey(.node, $0.id) }
        if !strangers.isEmpty {
            obstacles.append(
                (
                    .poolHoldsUndeclared,
                    "it holds \(list(strangers.sorted())), declared by no manifest, and Reeve never deletes such "
                        + (strangers.count == 1 ? "a node" : "nodes")
                ))
        }
        return obstacles
    }

    /// The first few by name, the rest counted.
    private static func list(_ keys: [ResourceKey]) -> String {
        let named = keys.prefix(3).map(\.description).joined(separator: ", ")
        return keys.count > 3 ? "\(named) and \(keys.count - 3) more" : named
    }
}
