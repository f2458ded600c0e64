import BSON
package import Fleet
internal import Logging
internal import MongoDB

extension MongoStore {
    package func serverTime() async throws(StoreError) -> Timestamp {
        try await perform { Timestamp(milliseconds: try $0.serverTime()) }
    }

    package func read(_ keys: [ResourceKey]) async throws(StoreError) -> FleetView {
        guard !keys.isEmpty else { return FleetView() }
        return try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection)
            var view = FleetView()
            let asked = Set(keys)
            try queries.surroundings(&view, asked)
            let pools = view.poolsNamed().subtracting(asked)
            try queries.statuses(&view, asked.union(pools))
            try queries.surroundings(&view, pools)
            let policies = view.policiesNamed().subtracting(asked)
            try queries.surroundings(&view, policies)
            let poolIDs = asked.filter { $0.kind == .nodePool }.map(\.id)
            view.tallies = try queries.tallies(of: poolIDs, view.status)
            view.referrers = try queries.referrers(of: asked.filter { $0.kind == .scalingPolicy }.map(\.id))
            return view
        }
    }

    package func nodes(inPool poolID: String) async throws(StoreError) -> [ResourceKey] {
        try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection)
            var ids = Set<String>()
            try queries.each(.desired, field: "spec.pool_id", [poolID], projection: ["_id": 1]) { view in
                if let id = view.nodeID { ids.insert(id) }
            }
            try queries.each(.nodes, field: "pool_id", [poolID], projection: ["_id": 0, "node_id": 1]) { view in
                if let id = view.text("node_id") { ids.insert(id) }
            }
            return ids.sorted().map { ResourceKey(.node, $0) }
        }
    }

    package func pools(naming policyID: String) async throws(StoreError) -> [ResourceKey] {
        try await perform { [self] connection in
            try DocumentQueries(store: self, connection: connection).referrers(of: [policyID])[policyID] ?? []
        }
    }

    package func heartbeats(from: Timestamp, until: Timestamp) async throws(StoreError) -> [NodeHeartbeat] {
        let filter = Document { filter in
            filter.document("last_heartbeat") { range in
                range.append("$gte", from)
                range.append("$lt", until)
            }
        }
        return try await perform { [self] connection in
            var heartbeats: [NodeHeartbeat] = []
            let queries = DocumentQueries(store: self, connection: connection)
            try queries.scan(.nodes, filter, projection: ["_id": 0, "node_id": 1, "last_heartbeat": 1]) { view in
                guard let id = view.text("node_id"), let element = try? view.first("last_heartbeat"),
                    let at = try? Timestamp(element)
                else { return }
                heartbeats.append(NodeHeartbeat(nodeID: id, at: at))
            }
            return heartbeats.sorted { $0.nodeID < $1.nodeID }
        }
    }

    package func nodes(
        _ keys: [ResourceKey], beatingSince since: Timestamp
    ) async throws(StoreError) -> [ResourceKey] {
        guard !keys.isEmpty else { return [] }
        // Of so many a filter by id would be longer than the answer, and at last than a document may be.
        if keys.count > Self.mostNamed {
            let all = try await nodeKeys(Document { $0.document("last_heartbeat") { $0.append("$gte", since) } })
            let asked = Set(keys)
            return all.filter(asked.contains)
        }
        return try await nodeKeys(
            Document { filter in
                filter.document("node_id") { $0.append("$in", keys.filter { $0.kind == .node }.map(\.id)) }
                filter.document("last_heartbeat") { $0.append("$gte", since) }
            })
    }

    private static var mostNamed: Int { 1_000 }

    private func nodeKeys(_ filter: Document) async throws(StoreError) -> [ResourceKey] {
        try await perform { [self] connection in
            var keys: [ResourceKey] = []
            let queries = DocumentQueries(store: self, connection: connection)
            try queries.scan(.nodes, filter, projection: ["_id": 0, "node_id": 1]) { view in
                if let id = view.text("node_id") { keys.append(ResourceKey(.node, id)) }
            }
            return keys.sorted()
        }
    }

    package func events(_ query: EventQuery) async throws(StoreError) -> [Event] {
        guard query.limit > 0, query.subjects != [] else { return [] }
        return try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection)
            var events: [Event] = []
            let options = FindOptions(sort: ["at": -1, "number": -1, "_id": -1], limit: query.limit)
            try connection.scan(namespace(.events), filter: query.filter, options: options) { view in
                queries.read { () throws(StoreError) in events.append(try Event(view)) }
            }
            // Within a millisecond a resource's events are in the order of their numbers.
            return events.sorted {
                ($0.at, $0.firstRevision, $0.number, $0.id) < ($1.at, $1.firstRevision, $1.number, $1.id)
            }
        }
    }
}

extension EventQuery {
    fileprivate var filter: Document {
        Document { filter in
            if let subjects {
                let byKind = Dictionary(grouping: subjects, by: \.kind).sorted { $0.key < $1.key }
                filter.array("$or") { array in
                    for (kind, subjects) in byKind {
                        array.document { match in
                            match.append("kind", kind)
                            match.document("id") { $0.append("$in", subjects.map(\.id)) }
                        }
                    }
                }
            }
            if let severity { filter.document("type") { $0.append("$eq", severity.rawValue) } }
            if let since { filter.document("at") { $0.append("$gte", since) } }
        }
    }
}
