import BSON
package import Fleet
internal import MongoDB

extension MongoStore {
    // The revision is read first: whatever is declared while the rest is read moves it, so that a later `declare`
    // against this view is refused.
    package func declaringView(
        of keys: [ResourceKey], pools: [String], set: String?
    ) async throws(StoreError) -> DeclaringView {
        try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection)
            var view = DeclaringView(revision: try queries.revision())
            var owned: Set<ResourceKey> = []
            if let set {
                try queries.desired(inSet: set, into: &view.desired)
                owned = Set(view.desired.keys)
            }
            let ownedPools = owned.filter { $0.kind == .nodePool }.map(\.id)
            let pools = pools + Set(ownedPools).subtracting(pools).sorted()
            let poolKeys = pools.map { ResourceKey(.nodePool, $0) }
            try queries.desired(Set(keys + poolKeys).subtracting(owned), into: &view.desired)
            let policies = Set(
                view.desired.values.compactMap { $0.spec[named: .nodePool, PoolLeaf.policyReference] }
                    .map { ResourceKey(.scalingPolicy, $0) })
            try queries.desired(policies.subtracting(view.desired.keys), into: &view.desired)
            try queries.members(ofPools: pools, into: &view)
            var observed: [ResourceKey: Observed] = [:]
            try queries.observed(poolKeys, into: &observed)
            view.observedPools = Dictionary(uniqueKeysWithValues: observed.map { ($0.key.id, $0.value) })
            try queries.documents(keys, owned: owned, into: &view)
            view.referrers = try queries.referrers(
                of: owned.union(keys).filter { $0.kind == .scalingPolicy }.map(\.id))
            return view
        }
    }
}

extension Spec {
    fileprivate subscript(named kind: Kind, leaf: Int) -> String? { self.kind == kind ? self[leaf]?.string : nil }
}

extension DocumentQueries {
    /// The number of the last transaction that wrote `desired`.
    func revision() throws -> Int64 {
        let document = try connection.findOne(store.namespace(.revision), filter: ["_id": "desired"])
        guard let value = document?["value"]?.int64Value else {
            throw StoreError.notPrepared(
                "the database \(store.settings.database) was not prepared: run `reeve init`")
        }
        return value
    }

    /// The declared nodes of these pools, and the documents in them that no declaration names.
    fileprivate func members(ofPools poolIDs: [String], into view: inout DeclaringView) throws {
        guard !poolIDs.isEmpty else { return }
        for poolID in poolIDs { (view.members[poolID], view.undeclared[poolID]) = ([], []) }
        let declared: Document = ["_id": 1, "name": 1, "spec.pool_id": 1]
        try each(.desired, field: "spec.pool_id", poolIDs, projection: declared) { document in
            guard let id = document.nodeID, let poolID = document.text("spec", "pool_id") else { return }
            view.members[poolID, default: []].append(.init(id: id, name: document.text("name") ?? ""))
        }
        let withoutPool = poolIDs.contains("")
        if withoutPool {
            let filter: Document = ["_id": ["$gte": "Node/", "$lt": "Node0"], "spec.pool_id": .null]
            try scan(.desired, filter, projection: declared) { document in
                guard let id = document.nodeID else { return }
                view.members["", default: []].append(.init(id: id, name: document.text("name") ?? ""))
            }
        }
        var standing: [String: (poolID: String, name: String)] = [:]
        let stored: Document = ["_id": 0, "node_id": 1, "name": 1, "pool_id": 1]
        try each(.nodes, field: "pool_id", poolIDs, projection: stored) { document in
            guard let id = document.text("node_id"), let poolID = document.text("pool_id") else { return }
            standing[id] = (poolID, document.text("name") ?? "")
        }
        if withoutPool {
            try scan(.nodes, ["pool_id": .null], projection: stored) { document in
                guard let id = document.text("node_id") else { return }
                standing[id] = ("", document.text("name") ?? "")
            }
        }
        var rest = Set(standing.keys)
        for members in view.members.values {
            for member in members { rest.remove(member.id) }
        }
        try each(.desired, field: "_id", rest.map { "Node/\($0)" }, projection: ["_id": 1]) { document in
            if let id = document.nodeID { rest.remove(id) }
        }
        for id in rest.sorted() {
            guard let node = standing[id] else { continue }
            view.undeclared[node.poolID, default: []].append(.init(id: id, name: node.name))
        }
        for poolID in poolIDs { view.members[poolID]?.sort { $0.id < $1.id } }
    }

    /// Those of the keys whose documents exist, and those of the set's nodes that are active.
    fileprivate func documents(
        _ keys: [ResourceKey], owned: Set<ResourceKey>, into found: inout DeclaringView
    ) throws {
        let asked = Set(keys)
        let all = owned.union(asked)
        for kind in Kind.allCases {
            guard let collection = Collection(of: kind) else { continue }
            let ids = all.filter { $0.kind == kind }.map(\.id)
            let projection = Document { projection in
                projection.append("_id", Int32(0))
                projection.append(kind.idField, Int32(1))
                if kind == .node, !owned.isEmpty { projection.append("status", Int32(1)) }
            }
            try each(collection, field: kind.idField, ids, projection: projection) { view in
                guard let id = view.text(kind.idField) else { return }
                let key = ResourceKey(kind, id)
                if asked.contains(key) { found.documents.insert(key) }
                if kind == .node, owned.contains(key), view.text("status") == NodeState.active.rawValue {
                    found.activeNodes.insert(id)
                }
            }
        }
    }
}
