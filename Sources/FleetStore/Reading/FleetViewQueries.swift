import BSON
internal import Fleet
internal import MongoDB

extension DocumentQueries {
    /// Adds how these resources fare.
    func statuses(_ view: inout FleetView, _ keys: Set<ResourceKey>) throws {
        view.add(unreadable: try status(keys, into: &view.status))
    }

    /// Adds what stands of these resources in `desired` and in their own collections.
    func surroundings(_ view: inout FleetView, _ keys: Set<ResourceKey>) throws {
        guard !keys.isEmpty else { return }
        view.add(unreadable: try desired(keys, into: &view.desired))
        view.add(unreadable: try observed(keys, into: &view.observed))
    }

    /// The nodes of each pool by status, and how many of them no declaration names.
    ///
    /// - Parameter status: the pools', which say whom their scalers keep in reserve.
    func tallies(
        of poolIDs: [String], _ status: [ResourceKey: ResourceStatus]
    ) throws -> [String: NodeCounts] {
        var tallies: [String: NodeCounts] = Dictionary(poolIDs.map { ($0, NodeCounts()) }) { first, _ in first }
        var poolOf: [String: String] = [:]
        let projection: Document = ["_id": 0, "node_id": 1, "pool_id": 1, "status": 1]
        try each(.nodes, field: "pool_id", poolIDs, projection: projection) { view in
            guard let poolID = view.text("pool_id") else { return }
            let state = view.text("status").flatMap(NodeState.init(rawValue:))
            tallies[poolID]?.add(state)
            guard let id = view.text("node_id") else {
                tallies[poolID]?.undeclared += 1
                return
            }
            poolOf[id] = poolID
            let keepsInReserve = status[ResourceKey(.nodePool, poolID)]?.keepsInReserve(id) ?? false
            if state == .error, keepsInReserve { tallies[poolID]?.lostInReserve += 1 }
        }
        // Nearly all of them are declared into the same pools, which one range of an index tells; only the rest, moving
        // or undeclared, is looked for by id.
        let declared: Document = ["_id": 1, "spec.pool_id": 1]
        try each(.desired, field: "spec.pool_id", poolIDs, projection: declared) { view in
            guard let id = view.nodeID, let poolID = view.text("spec", "pool_id") else { return }
            tallies[poolID]?.declared += 1
            poolOf[id] = nil
        }
        try each(.desired, field: "_id", poolOf.keys.map { "Node/\($0)" }, projection: ["_id": 1]) { view in
            if let id = view.nodeID { poolOf[id] = nil }
        }
        for poolID in poolOf.values { tallies[poolID]?.undeclared += 1 }
        return tallies
    }

    /// The declared pools that name each of these policies.
    func referrers(of policyIDs: [String]) throws -> [String: [ResourceKey]] {
        guard !policyIDs.isEmpty else { return [:] }
        var found: [String: [ResourceKey]] = [:]
        let filter = Document { filter in
            filter.append("kind", Kind.nodePool.rawValue)
            filter.document("spec.scaling_policy_ref") { $0.append("$in", policyIDs) }
        }
        let projection: Document = ["_id": 0, "id": 1, "spec.scaling_policy_ref": 1]
        try scan(.desired, filter, projection: projection) { view in
            guard let id = view.text("id"), let policyID = view.text("spec", "scaling_policy_ref") else { return }
            found[policyID, default: []].append(ResourceKey(.nodePool, id))
        }
        return found.mapValues { $0.sorted() }
    }
}

extension FleetView {
    fileprivate mutating func add(unreadable refusals: DocumentQueries.Refusals) {
        unreadable.merge(refusals) { first, _ in first }
    }

    /// The pools that the nodes here are declared into and stand in.
    func poolsNamed() -> Set<ResourceKey> {
        var ids = Set(desired.values.compactMap(\.poolID))
        ids.formUnion(observed.values.compactMap(\.poolID))
        return Set(ids.map { ResourceKey(.nodePool, $0) })
    }

    /// The policies that the pools here name.
    func policiesNamed() -> Set<ResourceKey> {
        var ids = Set<String>()
        for desired in desired.values where desired.key.kind == .nodePool {
            if let id = desired.spec[PoolLeaf.policyReference]?.string { ids.insert(id) }
        }
        return Set(ids.map { ResourceKey(.scalingPolicy, $0) })
    }
}

extension NodeCounts {
    /// Counts a node; one whose status is none of the data model's counts in the total alone.
    mutating func add(_ state: NodeState?) {
        total += 1
        switch state {
        case .active: active += 1
        case .inactive: inactive += 1
        case .maintenance: maintenance += 1
        case .error: error += 1
        case nil: break
        }
    }
}
