import Fleet

package struct DeletionRequest: Sendable {
    /// Each once.
    package var keys: [ResourceKey]
    /// Whether a pool's declared nodes go with it.
    package var cascades: Bool
    /// Whether what is not declared (any more) counts as done.
    package var ignoresMissing: Bool
    package var manager: String
    /// The set whose deletion this is; nil: the command line's, which deletes nothing of a set.
    package var set: String?
    /// By key, for a set: the declaration that is meant. What began anew since then stays.
    package var firstRevisions: [ResourceKey: Int64] = [:]

    package init(_ keys: [ResourceKey], cascades: Bool = false, ignoresMissing: Bool = false, manager: String) {
        self.keys = keys
        self.cascades = cascades
        self.ignoresMissing = ignoresMissing
        self.manager = manager
    }

    /// What a set's directory does not hold any more and somebody approved: exactly these.
    package init(_ objects: [DeclarationIdentity], of set: String, manager: String) {
        self.init(objects.map(\.key), ignoresMissing: true, manager: manager)
        self.set = set
        firstRevisions = Dictionary(objects.map { ($0.key, $0.firstRevision) }) { first, _ in first }
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
    package var writtenRevision: Int64?
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
    /// Declared resources wait for it (`lifecycle.depends_on`).
    case dependedOn = "depended-on"
    /// It is not the declaration that was meant: it was declared anew, or is the set's no more.
    case notAsApproved = "not-as-approved"
    /// A warning beside a result: `lifecycle.on_delete` is `orphan`, so only the declaration goes.
    case documentStays = "document-stays"
}

/// Decides what a deletion marks; the daemon does the deleting, nodes drained first.
package enum DeletionPlanner {
    /// Marks everything, or with anything in the way nothing; for a set, all but what something is in the way of. What is
    /// marked already is unchanged.
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
            if request.set != nil { going.formUnion(view.provided(in: key).map(\.key)) }
        }
        plan.orphans = going.filter { view.desired[$0].map { !DeletionObstacles.remarks(on: $0).isEmpty } ?? false }
        let keys = going.sorted { $0.goesBefore($1) }
        if request.set != nil {
            going = going.filter { key in view.desired[key].map { ownership(of: $0, request) == nil } ?? false }
        }
        for key in keys {
            for obstacle in obstacles(to: key, going: going, request, view) {
                let diagnostic = obstacle.diagnostic(key)
                plan.diagnostics.append(diagnostic)
                failed[key, default: []].append(diagnostic)
            }
        }
        for key in keys {
            let cascade = request.cascades && key.kind == .nodePool
            if let diagnostics = failed[key] {
                plan.results.append(DeclarationResult(key, .failed, diagnostics))
            } else if let current = view.desired[key], current.deletion == nil || (cascade && !isCascade(current)) {
                guard failed.isEmpty || request.set != nil else {
                    plan.results.append(DeclarationResult(key, .held))
                    continue
                }
                plan.writes.append(current.marked(by: request.manager, at: now, cascade: cascade))
                plan.results.append(DeclarationResult(key, .deleted, DeletionObstacles.remarks(on: current)))
            } else {
                plan.results.append(DeclarationResult(key, .unchanged))
            }
        }
        return plan
    }

    private static func isCascade(_ desired: Desired) -> Bool { desired.deletion?.cascade == true }

    private static func obstacles(
        to key: ResourceKey, going: Set<ResourceKey>, _ request: DeletionRequest, _ view: DeclaringView
    ) -> [DeletionObstacle] {
        guard let current = view.desired[key] else {
            if request.ignoresMissing { return [] }
            let message =
                view.documents.contains(key)
                ? "no manifest declares it, and Reeve deletes only what is declared" : "it is not declared"
            return [DeletionObstacle(rule: .notFound, message: message)]
        }
        if let obstacle = ownership(of: current, request) { return [obstacle] }
        guard current.deletion == nil || request.cascades else { return [] }
        let users: [ResourceKey] =
            switch key.kind {
            case .node: []
            case .nodePool: (view.members[key.id] ?? []).map { ResourceKey(.node, $0.id) }
            case .scalingPolicy: view.referrers[key.id] ?? []
            }
        let strangers = key.kind == .nodePool ? view.undeclared[key.id] ?? [] : []
        return DeletionObstacles.of(
            current, users: users.filter { !going.contains($0) && !isSettled($0, request, view) }.sorted(),
            strangers: strangers.map { ResourceKey(.node, $0.id) }, cascades: request.set == nil)
    }

    /// What of the same set still names it is the directory's affair: it moves away with the next pass, and until then
    /// the daemon waits for it.
    private static func isSettled(_ key: ResourceKey, _ request: DeletionRequest, _ view: DeclaringView) -> Bool {
        guard let set = request.set, let desired = view.desired[key] else { return false }
        return desired.set == set || desired.deletion != nil
    }

    private static func ownership(of current: Desired, _ request: DeletionRequest) -> DeletionObstacle? {
        guard let set = request.set else {
            return current.set.map {
                DeletionObstacle(rule: .ownedBySet, message: "it belongs to the set `\($0)`, which alone deletes it")
            }
        }
        // What a pool's provider made goes with the pool.
        guard current.set == set || (current.isOfItsProvider && !request.keys.contains(current.key)) else {
            return DeletionObstacle(rule: .notAsApproved, message: "it does not belong to the set `\(set)` any more")
        }
        if let first = request.firstRevisions[current.key], first != current.firstRevision {
            return DeletionObstacle(rule: .notAsApproved, message: "it was deleted and declared anew meanwhile")
        }
        return nil
    }
}
