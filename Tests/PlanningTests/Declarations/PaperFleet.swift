import Fleet
import Planning

/// What stands in `desired`, on paper: applies plans as a store would.
struct PaperFleet {
    static let now = Timestamp(milliseconds: 1_767_225_600_000)

    var desired: [ResourceKey: Desired] = [:]
    /// Nodes whose documents no manifest declares, by pool.
    var undeclared: [String: [DeclaringView.Member]] = [:]
    var observedPools: [String: Observed] = [:]
    var documents: Set<ResourceKey> = []
    var activeNodes: Set<String> = []
    private(set) var revision: Int64 = 0

    /// A fleet in which these stand, however they break the rules.
    init(_ declarations: [Declaration] = [], manager: String = "test") {
        for declaration in declarations {
            let now = PaperFleet.now
            desired[declaration.key] = Desired(
                declaration, revision: 1, firstRevision: 1, manager: manager, createdAt: now, updatedAt: now)
        }
    }

    func view(_ scope: DeclarationScope) -> DeclaringView {
        var view = DeclaringView(revision: revision)
        let owned = desired.values.filter { $0.set != nil && $0.set == scope.set }.map(\.key)
        let pools = Set(scope.pools).union(owned.filter { $0.kind == .nodePool }.map(\.id))
        view.activeNodes = activeNodes.intersection(owned.filter { $0.kind == .node }.map(\.id))
        for key in scope.keys + owned + pools.map({ ResourceKey(.nodePool, $0) }) {
            view.desired[key] = desired[key]
            if key.kind == .nodePool, let policy = desired[key]?.spec[PoolLeaf.policyReference]?.string {
                view.desired[ResourceKey(.scalingPolicy, policy)] = desired[ResourceKey(.scalingPolicy, policy)]
            }
        }
        view.documents = documents.intersection(scope.keys)
        for key in scope.keys + owned where key.kind == .scalingPolicy {
            view.referrers[key.id] = desired.values
                .filter { $0.key.kind == .nodePool && $0.spec[PoolLeaf.policyReference]?.string == key.id }
                .map(\.key).sorted()
        }
        for pool in pools {
            view.members[pool] = desired.values
                .filter { $0.key.kind == .node && ($0.poolID ?? "") == pool }
                .map { DeclaringView.Member(id: $0.key.id, name: $0.declaration.name) }
                .sorted { $0.id < $1.id }
            view.undeclared[pool] = undeclared[pool]
            view.observedPools[pool] = observedPools[pool]
        }
        return view
    }

    func plan(
        _ declarations: [Declaration], invalid: Set<ResourceKey> = [], unidentified: Bool = false,
        continues: Bool = false
    ) -> DeclarationPlan {
        let request = DeclarationRequest(
            declarations, invalidKeys: invalid, hasErrors: !invalid.isEmpty || unidentified,
            hasUnidentified: unidentified, continues: continues, manager: "test")
        return plan(request)
    }

    func plan(_ request: DeclarationRequest) -> DeclarationPlan {
        var scope = request.scope
        var view = view(scope)
        while let wider = scope.widened(by: view, for: request.declarations) {
            scope = wider
            view = self.view(scope)
        }
        return DeclarationPlanner.plan(request, in: view, now: PaperFleet.now)
    }

    mutating func write(_ writes: [DesiredWrite]) {
        guard !writes.isEmpty else { return }
        revision += 1
        for write in writes {
            var new = write.desired
            new.revision = revision
            if new.firstRevision == 0 { new.firstRevision = revision }
            desired[new.key] = new
        }
    }

    /// What a set's pass wants.
    static func pass(
        _ declarations: [Declaration], of set: String = "site", budget: PruneBudget = .unlimited
    ) -> DeclarationRequest {
        var request = DeclarationRequest(declarations, continues: true, manager: Desired.syncManager(of: set))
        request.set = set
        request.commit = "c0ffee"
        request.pruning = Pruning(budget: budget, digest: "d1", isEmpty: declarations.isEmpty)
        return request
    }

    /// Plans a pass and writes it.
    @discardableResult
    mutating func sync(_ request: DeclarationRequest) -> DeclarationPlan {
        let plan = plan(request)
        write(plan.writes)
        return plan
    }

    /// What was marked is gone.
    mutating func finishDeletions() { desired = desired.filter { $0.value.deletion == nil } }

    mutating func mark(_ key: ResourceKey) {
        desired[key]?.deletion = DeletionMark(by: "test", at: PaperFleet.now)
    }
}

// MARK: - Short spellings

func pool(
    _ name: String, max: Int64? = nil, policy: String? = nil, cpu: Int64? = nil, after: [ResourceKey] = []
) -> Declaration {
    var spec = Spec(.nodePool)
    spec[PoolLeaf.maxNodes] = max.map { .int($0) }
    spec[PoolLeaf.policyReference] = policy.map { .string("policy_" + $0) }
    spec[PoolLeaf.limits.cpu] = cpu.map { .int($0) }
    return declaration(.nodePool, name, nil, spec, after)
}

func node(
    _ name: String, in pool: String? = nil, id: String? = nil, cpu: Int64? = nil, after: [ResourceKey] = []
) -> Declaration {
    var spec = Spec(.node)
    spec[NodeLeaf.type] = .string("worker")
    spec[NodeLeaf.poolID] = pool.map { .string("pool_" + $0) }
    spec[NodeLeaf.limits.cpu] = cpu.map { .int($0) }
    return declaration(.node, name, id, spec, after)
}

func policy(_ name: String, min: Int64? = nil, max: Int64? = nil) -> Declaration {
    var spec = Spec(.scalingPolicy)
    spec[PolicyLeaf.minNodes] = min.map { .int($0) }
    spec[PolicyLeaf.maxNodes] = max.map { .int($0) }
    return declaration(.scalingPolicy, name, nil, spec, [])
}

func nodeKey(_ name: String) -> ResourceKey { ResourceKey(.node, "node_" + name) }
func poolKey(_ name: String) -> ResourceKey { ResourceKey(.nodePool, "pool_" + name) }
func policyKey(_ name: String) -> ResourceKey { ResourceKey(.scalingPolicy, "policy_" + name) }

private func declaration(
    _ kind: Kind, _ name: String, _ id: String?, _ spec: Spec, _ after: [ResourceKey]
) -> Declaration {
    var lifecycle = Lifecycle()
    lifecycle.dependsOn = after
    return Declaration(
        key: ResourceKey(kind, kind.idPrefix + (id ?? name)), name: name, spec: spec, lifecycle: lifecycle,
        source: SourceLocation(file: "fleet.yaml", line: 1, column: 1))
}
