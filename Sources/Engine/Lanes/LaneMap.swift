import Fleet

/// Lays keys on lanes by pool, so that what shares a pool's count and names is written by one transaction at a time.
package struct LaneMap: Sendable {
    /// Stored in the database at `init` and never configured.
    package let count: Int

    package init(count: Int) { self.count = count }

    /// The lane of a key; for a node, of the pool it belongs to, or its own if it has none.
    package func lane(of key: ResourceKey, pool poolID: String?) -> Int {
        switch key.kind {
        case .scalingPolicy: 0
        case .nodePool: hash(key.id)
        case .node: hash(poolID ?? key.id)
        }
    }

    /// The lane that a key's declaration, document or status place it on, in this order.
    func home(of key: ResourceKey, in view: FleetView) -> Int {
        lane(of: key, pool: LaneMap.poolID(of: key, in: view))
    }

    static func poolID(of key: ResourceKey, in view: FleetView) -> String? {
        view.desired[key]?.poolID ?? view.observed[key]?.poolID ?? view.status[key]?.poolID
    }

    /// Every lane whose pools the change touches.
    func lanes(of change: ResourceChange, in view: FleetView) -> Set<Int> {
        var lanes: Set = [home(of: change.key, in: view)]
        for recount in change.recounts { lanes.insert(hash(recount.poolID)) }
        return lanes
    }

    private func hash(_ text: String) -> Int { Int(text.stableHash % UInt64(count)) }
}
