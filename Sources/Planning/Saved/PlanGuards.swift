import Fleet

/// What a plan of declarations was made of, so that it can be told whether it would be made just so again.
///
/// Holds exactly what the planner looked at: the declarations of its view (not what operators set by hand beside them), the
/// nodes of pools that something joins, that change or that would go, and who names policies that change or would go.
package struct PlanGuards: Hashable, Sendable {
    /// A resource that was looked at.
    package struct Resource: Hashable, Sendable {
        /// Nil: it was not declared.
        package var revision: Int64?
        /// Of the declaration, its owner and its deletion.
        package var fingerprint: String
        /// It was not declared, and its document stood there all the same.
        package var hasDocument: Bool

        package init(revision: Int64?, fingerprint: String, hasDocument: Bool) {
            self.revision = revision
            self.fingerprint = fingerprint
            self.hasDocument = hasDocument
        }
    }

    package var resources: [ResourceKey: Resource] = [:]
    /// By pool id (`""`: the nodes without a pool): its nodes with their names, declared or not, in order.
    package var pools: [String: [String]] = [:]
    /// By policy id: the pools that name it.
    package var policies: [String: [ResourceKey]] = [:]

    package init() {}

    /// What deciding about the request in this view looks at.
    package init(_ request: DeclarationRequest, _ view: DeclaringView) {
        let cases = request.declarations.map { DeclarationCase($0, view.desired[$0.key], request) }
        let candidates = PruneCandidates(request, view)
        var keys = Set(view.desired.keys)
        for declaration in request.declarations {
            keys.insert(declaration.key)
            keys.formUnion(declaration.dependencies)
        }
        for key in keys { resources[key] = Resource(key, view) }
        for each in cases where each.change != .none {
            let declaration = each.declaration
            switch declaration.key.kind {
            case .node:
                let stays =
                    each.current.map { $0.poolID == declaration.poolID && $0.declaration.name == declaration.name }
                if stays != true { guardNodes(of: declaration.poolID ?? "", view) }
            case .nodePool: guardNodes(of: declaration.key.id, view)
            case .scalingPolicy: guardPools(naming: declaration.key.id, view)
            }
        }
        for desired in candidates.prunable {
            switch desired.key.kind {
            case .node: break
            case .nodePool: guardNodes(of: desired.key.id, view)
            case .scalingPolicy: guardPools(naming: desired.key.id, view)
            }
        }
    }

    private mutating func guardNodes(of pool: String, _ view: DeclaringView) { pools[pool] = view.nodes(of: pool) }

    private mutating func guardPools(naming policy: String, _ view: DeclaringView) {
        policies[policy] = (view.referrers[policy] ?? []).sorted()
    }

    /// What moved since: empty when the request would be decided just so again. `view` must cover the request.
    package func differences(from request: DeclarationRequest, in view: DeclaringView) -> [Diagnostic] {
        let now = PlanGuards(request, view)
        var messages: [String] = []
        for key in Set(resources.keys).union(now.resources.keys).sorted() {
            if let message = Self.difference(
                key, resources[key] ?? Resource(absent: key, view), now.resources[key] ?? Resource(key, view),
                view.desired[key])
            {
                messages.append(message)
            }
        }
        for pool in pools.keys.sorted() {
            if let message = Self.difference(pool, pools[pool] ?? [], view.nodes(of: pool)) { messages.append(message) }
        }
        for policy in policies.keys.sorted() where policies[policy] != (view.referrers[policy] ?? []).sorted() {
            messages.append("\(ResourceKey(.scalingPolicy, policy)) is named by other pools since")
        }
        return messages.map { Diagnostic(.error, $0, rule: DeclarationRule.planStale.rawValue) }
    }

    private static func difference(
        _ key: ResourceKey, _ old: Resource, _ new: Resource, _ current: Desired?
    ) -> String? {
        guard old.fingerprint != new.fingerprint || old.hasDocument != new.hasDocument else { return nil }
        let by = current.map { ", by \($0.deletion?.by ?? $0.manager)" } ?? ""
        switch (old.revision, new.revision) {
        case (nil, let new?): return "\(key) was declared since (revision \(new)\(by))"
        case (let old?, nil): return "\(key) is not declared any more (it was, at revision \(old))"
        case (let old?, let new?):
            let verb = current?.deletion == nil ? "was changed" : "is being deleted"
            return "\(key) \(verb) since (revision \(old) → \(new)\(by))"
        case (nil, nil):
            return new.hasDocument
                ? "a document of \(key) appeared since" : "the document of \(key) is gone since"
        }
    }

    private static func difference(_ pool: String, _ old: [String], _ new: [String]) -> String? {
        guard old != new else { return nil }
        let (before, after) = (Set(old), Set(new))
        let came = new.filter { !before.contains($0) }.map { "+ \($0)" }
        let left = old.filter { !after.contains($0) }.map { "− \($0)" }
        let changes = came + left
        let named = changes.prefix(3).joined(separator: ", ")
        let rest = changes.count > 3 ? " and \(changes.count - 3) more" : ""
        let subject = pool.isEmpty ? "the nodes without a pool are" : "the nodes in NodePool/\(pool) are"
        return "\(subject) others since: \(named)\(rest)"
    }
}

extension PlanGuards.Resource {
    fileprivate init(_ key: ResourceKey, _ view: DeclaringView) {
        guard let desired = view.desired[key] else {
            // What a pool of another service allows is looked at when nodes are declared into it.
            let stranger = key.kind == .nodePool ? view.observedPools[key.id] : nil
            let leaves = stranger?.leaves.leaves.map { "\($0.index)=\($0.value)" }.joined(separator: "\n")
            self.init(
                revision: nil, fingerprint: leaves?.fingerprint ?? "", hasDocument: view.documents.contains(key))
            return
        }
        let labels = desired.declaration.labels.map { "\($0.name)=\($0.value)" }.joined(separator: "\n")
        let parts = [
            "\(desired.firstRevision)", "\(desired.generation)", desired.set ?? "", desired.manager,
            desired.deletion == nil ? "" : "going", labels,
        ]
        self.init(
            revision: desired.revision, fingerprint: parts.joined(separator: "\u{0}").fingerprint, hasDocument: false)
    }

    /// What was not looked at when the plan was made, because nothing of it was declared.
    fileprivate init(absent key: ResourceKey, _ view: DeclaringView) {
        self.init(revision: nil, fingerprint: "", hasDocument: false)
    }
}

extension DeclaringView {
    fileprivate func nodes(of pool: String) -> [String] {
        let members = (members[pool] ?? []) + (undeclared[pool] ?? [])
        return members.map { "\($0.id) (\($0.name))" }.sorted()
    }
}

extension String {
    fileprivate var fingerprint: String { String(stableHash, radix: 16) }
}
