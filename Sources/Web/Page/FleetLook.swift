internal import Fleet
internal import FleetStore

/// Reads what the page shows, by folding one scan of the pools and one of the nodes; and the sets, with what they own.
enum FleetLook {
    static func take(_ store: any Store) async throws(StoreError) -> FleetSnapshot {
        var snapshot = FleetSnapshot(at: try await store.serverTime())
        let pools = try await store.scan(
            .nodePool, into: { [FleetSnapshot.Item]() },
            row: { (items: inout [FleetSnapshot.Item], row: ScanRow) in items.append(FleetSnapshot.Item(row)) })
        snapshot.pools = pools.joined().sorted(by: FleetSnapshot.worseFirst)
        for part in try await store.scan(
            .node, into: { NodePart() },
            row: { (part: inout NodePart, row: ScanRow) in part.take(FleetSnapshot.Item(row)) })
        {
            snapshot.add(part)
        }
        snapshot.sort()
        try await snapshot.add(try await store.sets(), in: store)
        snapshot.events = try await store.events(EventQuery(keys: nil, limit: FleetSnapshot.shownEvents)).reversed()
        snapshot.decisions = try await store.decisions(of: nil, limit: FleetSnapshot.shownDecisions).reversed()
        return snapshot
    }
}

/// What one part of a scan came to. Rows come in order of id, so the first of each standing are those to keep.
private struct NodePart: Sendable {
    struct Group: Sendable {
        var shown: [FleetSnapshot.Item] = []
        var kept: [FleetSnapshot.Standing: Int] = [:]
        var all = 0
    }

    var groups: [String?: Group] = [:]
    var poolOfNode: [String: String] = [:]
    var counts = NodeCounts()
    var standings: [FleetSnapshot.Standing: Int] = [:]

    mutating func take(_ item: FleetSnapshot.Item) {
        count(item)
        if let pool = item.poolID { poolOfNode[item.key.id] = pool }
        standings[item.standing, default: 0] += 1
        groups[item.poolID, default: Group()].all += 1
        let kept = groups[item.poolID]?.kept[item.standing] ?? 0
        guard kept < FleetSnapshot.shownNodes else { return }
        groups[item.poolID]?.kept[item.standing] = kept + 1
        groups[item.poolID]?.shown.append(item)
    }

    private mutating func count(_ item: FleetSnapshot.Item) {
        counts.total += 1
        if !item.isDeclared { counts.undeclared += 1 }
        switch item.state {
        case .active: counts.active += 1
        case .inactive: counts.inactive += 1
        case .maintenance: counts.maintenance += 1
        case .error: counts.error += 1
        case nil: break
        }
    }
}

extension FleetSnapshot {
    fileprivate mutating func add(_ part: NodePart) {
        for (pool, group) in part.groups {
            nodes[pool, default: []] += group.shown
            nodesInPool[pool, default: 0] += group.all
        }
        poolOfNode.merge(part.poolOfNode) { first, _ in first }
        standings.merge(part.standings, uniquingKeysWith: +)
        nodeCounts.total += part.counts.total
        nodeCounts.active += part.counts.active
        nodeCounts.inactive += part.counts.inactive
        nodeCounts.maintenance += part.counts.maintenance
        nodeCounts.error += part.counts.error
        nodeCounts.undeclared += part.counts.undeclared
    }

    /// The ranks are of what is told of the sets: only what is shown is counted.
    fileprivate mutating func add(_ sets: [SetStatus], in store: any Store) async throws(StoreError) {
        guard !sets.isEmpty else { return }
        setCount = sets.count
        lameSets = sets.count { $0.standing < .resting }
        let shown = sets.sorted { ($0.standing, $0.name) < ($1.standing, $1.name) }.prefix(Self.shownSets)
        let tallies = try await store.tallies(ofSets: shown.map(\.name))
        self.sets = shown.map { SetView(status: $0, tally: tallies[$0.name] ?? SetTally()) }
    }

    fileprivate mutating func sort() {
        for pool in nodes.keys { nodes[pool]?.sort(by: Self.worseFirst) }
    }
}
