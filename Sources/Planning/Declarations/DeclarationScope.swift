import Fleet

/// Which resources and pools have to be read to decide about some declarations.
///
/// Nearly always one read does; where what was read leads to something else (a policy's pools, the members of a pool
/// whose limits became tighter, dependencies of dependencies), `widened` says what to read instead, until it is nil.
package struct DeclarationScope: Sendable {
    package private(set) var keys: [ResourceKey] = []
    /// `""` stands for the nodes without a pool, who share one space of names.
    package private(set) var pools: [String] = []
    /// All that this set owns is read, too.
    package let set: String?
    private var knownKeys: Set<ResourceKey> = []
    private var knownPools: Set<String> = []

    /// - Parameter deleting: what is to go beside these declarations.
    package init(_ declarations: [Declaration], set: String? = nil, deleting: [ResourceKey] = []) {
        self.set = set
        for key in deleting {
            add(key)
            if key.kind == .nodePool { add(pool: key.id) }
        }
        knownKeys.reserveCapacity(declarations.count)
        for declaration in declarations {
            add(declaration.key)
            switch declaration.key.kind {
            case .node: add(pool: declaration.poolID ?? "")
            case .nodePool: add(pool: declaration.key.id)
            case .scalingPolicy: break
            }
            if let policy = declaration.policyKey { add(policy) }
            for target in declaration.lifecycle.dependsOn { add(target) }
        }
    }

    /// For deletions and overrides.
    package init(of keys: [ResourceKey], set: String? = nil) {
        self.set = set
        for key in keys {
            add(key)
            if key.kind == .nodePool { add(pool: key.id) }
        }
    }

    /// What has to be read instead, after a first look; nil when everything was.
    package func widened(by view: DeclaringView, for declarations: [Declaration]) -> DeclarationScope? {
        var wider = self
        for declaration in declarations {
            switch declaration.key.kind {
            case .scalingPolicy:
                for pool in view.referrers[declaration.key.id] ?? [] { wider.add(pool, unlessIn: view) }
            case .nodePool:
                let previous = view.desired[declaration.key]?.spec
                guard PoolLeaf.limits.areTighter(in: declaration.spec, than: previous) else { continue }
                for member in view.members[declaration.key.id] ?? [] {
                    wider.add(ResourceKey(.node, member.id), unlessIn: view)
                }
            case .node: break
            }
        }
        wider.addUsers(in: view)
        for desired in view.desired.values {
            for target in desired.declaration.lifecycle.dependsOn { wider.add(target, unlessIn: view) }
        }
        return wider.keys.count == keys.count ? nil : wider
    }

    /// For a deletion with everything that goes with it.
    package func widenedByMembers(of view: DeclaringView) -> DeclarationScope? {
        var wider = self
        for members in view.members.values {
            for member in members { wider.add(ResourceKey(.node, member.id), unlessIn: view) }
        }
        return wider.keys.count == keys.count ? nil : wider
    }

    /// What others have in what the set may lose: whether that is going as well has to be known.
    private mutating func addUsers(in view: DeclaringView) {
        guard let set else { return }
        for desired in view.desired.values where desired.set == set && !knownKeys.contains(desired.key) {
            switch desired.key.kind {
            case .node: break
            case .nodePool:
                for member in view.members[desired.key.id] ?? [] {
                    add(ResourceKey(.node, member.id), unlessIn: view)
                }
            case .scalingPolicy:
                for pool in view.referrers[desired.key.id] ?? [] { add(pool, unlessIn: view) }
            }
        }
    }

    private mutating func add(_ key: ResourceKey, unlessIn view: DeclaringView) {
        if view.desired[key] == nil { add(key) }
    }

    private mutating func add(_ key: ResourceKey) {
        if knownKeys.insert(key).inserted { keys.append(key) }
    }

    private mutating func add(pool: String) {
        if knownPools.insert(pool).inserted { pools.append(pool) }
    }
}

extension DeclarationRequest {
    /// What has to be read to decide about it: all that its set owns only if some of that may go.
    package var scope: DeclarationScope { DeclarationScope(declarations, set: pruning == nil ? nil : set) }
}

extension Declaration {
    /// The pool that a node is declared into.
    var poolID: String? { key.kind == .node ? spec[NodeLeaf.poolID]?.string : nil }

    var poolKey: ResourceKey? { poolID.map { ResourceKey(.nodePool, $0) } }

    /// The policy that a pool names.
    var policyKey: ResourceKey? {
        guard key.kind == .nodePool, let id = spec[PoolLeaf.policyReference]?.string else { return nil }
        return ResourceKey(.scalingPolicy, id)
    }

    /// What the resource can't do without: what it names, and what it waits for.
    var dependencies: [ResourceKey] {
        var result = lifecycle.dependsOn
        if let poolKey { result.append(poolKey) }
        if let policyKey { result.append(policyKey) }
        return result
    }
}

extension ResourceLimitLeaves {
    var all: [Int] { [cpu, memory, disk, network] }

    /// Whether something that was within the limits of `previous` may be above those of `spec`.
    func areTighter(in spec: Spec, than previous: Spec?) -> Bool {
        all.contains { leaf in
            guard let limit = spec[leaf]?.double else { return false }
            guard let before = previous?[leaf]?.double else { return true }
            return limit < before
        }
    }
}
