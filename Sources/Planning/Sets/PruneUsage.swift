import Fleet

/// Who needs the candidates of a pruning once the request is written: all that it declares, and what else stands.
struct PruneUsage {
    private let view: DeclaringView
    /// By candidate: what of the input names it, or waits for it.
    private var named: [ResourceKey: [ResourceKey]] = [:]
    private var awaited: [ResourceKey: [ResourceKey]] = [:]
    /// Of the input and on its way into `desired`, so that what it declares counts and what stood does not.
    private let written: Set<ResourceKey>
    private let declared: Set<ResourceKey>

    init(_ sorting: Sorting) {
        view = sorting.view
        let candidates = Set(sorting.candidates.prunable.map(\.key))
        for each in sorting.cases {
            let declaration = each.declaration
            for target in declaration.lifecycle.dependsOn where candidates.contains(target) {
                awaited[target, default: []].append(declaration.key)
            }
            for case let target? in [declaration.poolKey, declaration.policyKey] where candidates.contains(target) {
                named[target, default: []].append(declaration.key)
            }
        }
        declared = Set(sorting.cases.map(\.declaration.key))
        written = declared.subtracting(sorting.failed.keys).subtracting(sorting.held)
    }

    func obstacles(to desired: Desired, going: Set<ResourceKey>) -> [DeletionObstacle] {
        let key = desired.key
        let standing: [ResourceKey] =
            switch key.kind {
            case .node: []
            case .nodePool: (view.members[key.id] ?? []).map { ResourceKey(.node, $0.id) }
            case .scalingPolicy: view.referrers[key.id] ?? []
            }
        let staying = standing.filter { other in
            !going.contains(other) && !written.contains(other) && view.desired[other]?.deletion == nil
        }
        let users = Set(named[key] ?? []).union(staying).sorted()
        let strangers = (view.undeclared[key.id] ?? []).map { ResourceKey(.node, $0.id) }.filter {
            !declared.contains($0)
        }
        return DeletionObstacles.of(
            desired, users: users, strangers: key.kind == .nodePool ? strangers : [], waiting: awaited[key] ?? [])
    }
}
