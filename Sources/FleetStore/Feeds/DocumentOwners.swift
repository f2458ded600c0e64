import BSON
internal import Fleet
internal import MongoDB

/// Documents that events name by their ObjectId, and whose owners are to be looked up.
struct UnnamedDocuments: Sendable {
    private(set) var ids: [Kind: Set<ObjectID>] = [:]

    init(_ events: [ChangeEvent]) {
        for event in events {
            switch event.subject {
            case .document(let kind, let id): ids[kind, default: []].insert(id)
            case .replacement(let change, let id): ids[change.key.kind, default: []].insert(id)
            case .change, .goneCollection: break
            }
        }
    }

    var isEmpty: Bool { ids.isEmpty }
}

/// Whom a batch's documents concern.
struct DocumentOwners: Sendable {
    /// Whose a document is by its own id field, and whose it was when it was last reconciled: somebody may have edited
    /// the field, or moved the node.
    var byDocument: [ObjectID: [FeedChange]] = [:]
    /// All pools, when a node's document changed of which no status tells where it stood before.
    var pools: [FeedChange] = []
}

extension MongoStore {
    /// One query for each kind of document, one of `status`, which remembers their ids, and rarely one for the pools.
    func owners(of unnamed: UnnamedDocuments) async throws(StoreError) -> DocumentOwners {
        try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection)
            var owners = DocumentOwners()
            for (kind, ids) in unnamed.ids {
                guard let collection = Collection(of: kind) else { continue }
                try queries.scan(collection, .anyOf(ids, in: "_id"), projection: ["node_id": 1, "pool_id": 1]) { view in
                    guard let id = try view.first("_id")?.objectID(), let name = view.text(kind.idField) else { return }
                    let poolID = kind == .node ? view.text("pool_id") : nil
                    owners.byDocument[id, default: []].append(
                        FeedChange(key: ResourceKey(kind, name), source: .document, poolID: poolID))
                }
            }
            let all = unnamed.ids.values.reduce(into: Set()) { $0.formUnion($1) }
            var remembered = Set<ObjectID>()
            let projection: Document = ["observed_id": 1, "pool_id": 1]
            try queries.scan(.status, .anyOf(all, in: "observed_id"), projection: projection) { view in
                guard let id = try view.first("observed_id")?.objectID(),
                    let key = view.text("_id").flatMap({ ResourceKey($0) })
                else { return }
                remembered.insert(id)
                let poolID = view.text("pool_id")
                // Said already, unless the node came from another pool.
                let now = owners.byDocument[id] ?? []
                guard !now.contains(where: { $0.key == key && (poolID == nil || $0.poolID == poolID) }) else { return }
                owners.byDocument[id, default: []].append(FeedChange(key: key, source: .document, poolID: poolID))
            }
            // Nobody's node: the pool that it stood in counts it no more, and there are few pools.
            if let nodes = unnamed.ids[.node], !nodes.isSubset(of: remembered) { owners.pools = try queries.allPools() }
            return owners
        }
    }
}

extension DocumentQueries {
    /// Every pool that is declared or has a document.
    fileprivate func allPools() throws -> [FeedChange] {
        var keys = Set<ResourceKey>()
        let declared: Document = ["_id": ["$gte": "NodePool/", "$lt": "NodePool0"]]
        try scan(.desired, declared, projection: ["_id": 1]) { view in
            if let key = view.text("_id").flatMap({ ResourceKey($0) }) { keys.insert(key) }
        }
        try scan(.pools, [:], projection: ["_id": 0, "pool_id": 1]) { view in
            if let id = view.text("pool_id") { keys.insert(ResourceKey(.nodePool, id)) }
        }
        return keys.sorted().map { FeedChange(key: $0, source: .document) }
    }
}

extension Document {
    fileprivate static func anyOf(_ ids: Set<ObjectID>, in field: String) -> Document {
        Document { filter in
            filter.document(field) { match in
                match.array("$in") { array in
                    for id in ids { array.append(id) }
                }
            }
        }
    }
}
