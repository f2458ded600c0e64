import Fleet

/// Who needs what is to be deleted once a request is written: all that it declares, and what else stands.
struct DeletionUsage {
    private let view: DeclaringView
    /// By candidate: what of the input names it, or waits for it.
    private var named: [ResourceKey: [ResourceKey]] = [:]
    private var awaited: [ResourceKey: [ResourceKey]] = [:]
    private let declared: Set<ResourceKey>
    /// Of the declared ones, those that come to stand so: what stood of them does not count.
    private let written: Set<ResourceKey>

    init(
        of candidates: Set<ResourceKey>, declared declarations: [Declaration], written: Set<ResourceKey>,
        _ view: DeclaringView
    ) {
        self.view = view
        self.written = written
        declared = Set(declarations.map(\.key))
        for declaration in declarations {
            for target in declaration.lifecycle.dependsOn where candidates.contains(target) {
                awaited[target, default: []].append(declaration.key)
            }
            for case let target? in [declaration.poolKey, declaration.policyKey] where candidates.contains(target) {
                named[target, default: []].append(declaration.key)
            }
        }
    }

    func obstacles(to desired: Desired, going: Set<ResourceKey>) -> [DeletionObstacle] {
        let key = desired.key
        let standing: [ResourceKey] =
            switch key.kind {
            case .node: []
            case .nodePool: (view.members[key.id] ?? []).map { ResourceKey(.node, $0.id) }
            case .scalingPolicy: view.referrers[key.id] ?? []
            }
        let provided = Set(view.provided(in: key).map(\.key))
        let staying = standing.filter { other in
            !going.contains(other) && !written.contains(other) && !provided.contains(other)
                && view.desired[other]?.deletion == nil
        }
        let users = Set(named[key] ?? []).union(staying).sorted()
        let strangers = (view.undeclared[key.id] ?? []).map { ResourceKey(.node, $0.id) }.filter {
            !declared.contains($0)
        }
        return DeletionObstacles.of(
            desired, users: users, strangers: key.kind == .nodePool ? strangers : [], waiting: awaited[key] ?? [])
    }
}

extension DeclaringView {
    /// The nodes of a pool that its own provider made and that stay so far: they go with the pool, as they came with it.
    func provided(in pool: ResourceKey) -> [Desired] {
        guard pool.kind == .nodePool else { return [] }
        return (members[pool.id] ?? []).compactMap { desired[ResourceKey(.node, $0.id)] }.filter { node in
            node.isOfItsProvider && node.set == nil && node.deletion == nil
        }
    }

    /// What goes along with pools among these, and is not among them itself.
    func provided(with going: [Desired]) -> [Desired] {
        let keys = Set(going.map(\.key))
        return going.flatMap { provided(in: $0.key) }.filter { !keys.contains($0.key) }
    }
}

extension Desired {
    /// A node that the provider of the very pool made in which it is.
    var isOfItsProvider: Bool { poolID.map { manager == Desired.providerManager(of: $0) } ?? false }
}
