package import Fleet
package import FleetStore

extension InMemoryStore {
    package func serverTime() throws(StoreError) -> Timestamp {
        try query { $0.now }
    }

    package func read(_ keys: [ResourceKey]) throws(StoreError) -> FleetView {
        try query { database in
            var view = FleetView()
            let asked = Set(keys)
            for key in asked {
                view.add(key, from: database)
                switch key.kind {
                case .node:
                    let pools = [view.desired[key]?.poolID, view.observed[key]?.poolID]
                    for case let pool? in pools { view.add(ResourceKey(.nodePool, pool), from: database) }
                case .nodePool: view.tallies[key.id] = database.tally(ofPool: key.id)
                case .scalingPolicy:
                    let referrers = database.pools(naming: key.id)
                    if !referrers.isEmpty { view.referrers[key.id] = referrers }
                }
            }
            for pool in Array(view.desired.values) where pool.key.kind == .nodePool {
                guard let policy = pool.spec[PoolLeaf.policyReference]?.string else { continue }
                view.surround(ResourceKey(.scalingPolicy, policy), from: database)
            }
            return view
        }
    }

    package func scan<Part: Sendable>(
        _ kind: Kind, into initial: @escaping @Sendable () -> Part,
        row: @escaping @Sendable (inout Part, ScanRow) -> Void
    ) throws(StoreError) -> [Part] {
        let rows = try query { database in
            var keys = Set(database.desired.keys.filter { $0.kind == kind })
            keys.formUnion(database.status.keys.filter { $0.kind == kind })
            keys.formUnion((database.collection(kind)?.observed ?? []).map(\.key))
            return keys.sorted().map { key in
                ScanRow(
                    key: key, desired: database.desired[key], observed: database.observed(key),
                    status: database.status[key])
            }
        }
        var part = initial()
        for each in rows { row(&part, each) }
        return [part]
    }

    package func declaringView(
        of keys: [ResourceKey], pools: [String], set: String?
    ) throws(StoreError) -> DeclaringView {
        try query { database in
            var view = DeclaringView(revision: database.revision)
            let owned = set.map { name in database.desired.values.filter { $0.set == name }.map(\.key) } ?? []
            let pools = Set(pools).union(owned.filter { $0.kind == .nodePool }.map(\.id))
            for key in keys + owned + pools.map({ ResourceKey(.nodePool, $0) }) {
                view.desired[key] = database.desired[key]
                if key.kind == .nodePool, let policy = database.desired[key]?.spec[PoolLeaf.policyReference]?.string {
                    let key = ResourceKey(.scalingPolicy, policy)
                    view.desired[key] = database.desired[key]
                }
            }
            for key in keys where database.observed(key) != nil { view.documents.insert(key) }
            for key in keys + owned where key.kind == .scalingPolicy {
                let referrers = database.pools(naming: key.id)
                if !referrers.isEmpty { view.referrers[key.id] = referrers }
            }
            for key in owned where key.kind == .node {
                let state = database.document(key)?["status"]?.string
                if state == NodeState.active.rawValue { view.activeNodes.insert(key.id) }
            }
            for pool in pools {
                view.observedPools[pool] = database.pools.observed(pool)
                view.members[pool] = database.declared(inPool: pool)
                view.undeclared[pool] = database.undeclared(inPool: pool)
            }
            return view
        }
    }

    package func nodes(inPool poolID: String) throws(StoreError) -> [ResourceKey] {
        try query { database in
            var keys = Set(database.nodes.observed(inPool: poolID).map(\.key))
            keys.formUnion((database.declaredByPool[poolID] ?? []).map { ResourceKey(.node, $0) })
            return keys.sorted()
        }
    }

    package func pools(naming policyID: String) throws(StoreError) -> [ResourceKey] {
        try query { $0.pools(naming: policyID) }
    }

    package func heartbeats(from: Timestamp, until: Timestamp) throws(StoreError) -> [NodeHeartbeat] {
        try query { database in
            database.nodes.observed.compactMap { node in
                guard let at = node.lastHeartbeat, from <= at, at < until else { return nil }
                return NodeHeartbeat(nodeID: node.key.id, at: at)
            }.sorted { $0.nodeID < $1.nodeID }
        }
    }

    package func agentFacts(since: Timestamp?) throws(StoreError) -> (facts: [AgentFacts], now: Timestamp) {
        try query { database in
            let facts = database.agents.values.filter { entry in since.map { $0 <= entry.at } ?? true }.map(\.facts)
            return (facts.sorted { $0.nodeID < $1.nodeID }, database.now)
        }
    }

    package func ingestService() throws(StoreError) -> IngestService { try query { $0.ingestService } }

    package func nodes(_ keys: [ResourceKey], beatingSince since: Timestamp) throws(StoreError) -> [ResourceKey] {
        try query { database in
            Set(keys).filter { key in
                key.kind == .node && database.nodes.observed(key.id)?.lastHeartbeat.map { $0 >= since } ?? false
            }.sorted()
        }
    }

    package func events(_ query: EventQuery) throws(StoreError) -> [Event] {
        try self.query { database in
            let subjects = query.subjects.map(Set.init)
            let matching = database.events.filter { event in
                (subjects?.contains(event.subject) ?? true) && (query.severity.map { $0 == event.severity } ?? true)
                    && (query.since.map { $0 <= event.at } ?? true)
            }
            // Events of one instant stay in the order in which they were written.
            let sorted = matching.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
            return sorted.suffix(query.limit).map(\.element)
        }
    }
}

extension FleetView {
    fileprivate mutating func add(_ key: ResourceKey, from database: Database) {
        surround(key, from: database)
        status[key] = database.status[key]
    }

    /// What others refer to: how it fares itself is not asked.
    fileprivate mutating func surround(_ key: ResourceKey, from database: Database) {
        desired[key] = database.desired[key]
        observed[key] = database.observed(key)
    }
}

extension Database {
    fileprivate func declared(inPool pool: String) -> [DeclaringView.Member] {
        guard !pool.isEmpty else {
            let nodes = desired.values.filter { $0.key.kind == .node && $0.poolID == nil }
            return nodes.sorted { $0.key < $1.key }.map {
                DeclaringView.Member(id: $0.key.id, name: $0.declaration.name)
            }
        }
        return (declaredByPool[pool] ?? []).sorted().map { id in
            DeclaringView.Member(id: id, name: desired[ResourceKey(.node, id)]?.declaration.name ?? "")
        }
    }

    fileprivate func undeclared(inPool pool: String) -> [DeclaringView.Member] {
        let standing = pool.isEmpty ? nodes.observed.filter { $0.poolID == nil } : nodes.observed(inPool: pool)
        let found = standing.filter { desired[$0.key] == nil }.sorted { $0.key < $1.key }
        return found.map { DeclaringView.Member(id: $0.key.id, name: $0.name?.string ?? "") }
    }
}
