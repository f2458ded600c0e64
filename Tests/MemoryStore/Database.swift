internal import Fleet
internal import FleetStore

/// Everything that stands in the database, as a value that a lock guards.
struct Database: Sendable {
    static let lanes = 16
    static let revisionsKept = 20

    var now: Timestamp
    var revision: Int64 = 0
    var desired: [ResourceKey: Desired] = [:]
    /// Oldest first.
    var revisions: [ResourceKey: [StoredRevision]] = [:]
    var sets: [String: SetStatus] = [:]
    var status: [ResourceKey: ResourceStatus] = [:]
    var nodes = DocumentCollection(.node)
    var pools = DocumentCollection(.nodePool)
    var history: [HistoryEntry] = []
    var events: [Event] = []
    var decisions: [ScalingRecord] = []
    var samples: [NodeLoad] = []
    var tombstones: [Tombstone] = []
    var lease: Lease?
    /// What the ingest learned, and when it wrote that.
    var agents: [String: (facts: AgentFacts, at: Timestamp)] = [:]
    var ingests: [String: MemoryIngest] = [:]
    /// The digest of each node's good token, of those that a leader gave.
    var tokens: [String: [UInt8]] = [:]
    /// Of saved plans that were applied, by their ids.
    var plans: [String: PlanUse] = [:]
    var fences = [Int64](repeating: 0, count: Database.lanes)
    /// Documents written, by collection.
    var writes: [String: Int] = [:]

    var declaredByPool: [String: Set<String>] = [:]
    var poolsByPolicy: [String: Set<String>] = [:]
    var keysByDocument: [DocumentID: ResourceKey] = [:]
    var recorded: Set<String> = []

    var nextDocument: UInt32 = 1
    var nextClient = 1

    init(now: Timestamp) { self.now = now }

    func collection(_ kind: Kind) -> DocumentCollection? {
        switch kind {
        case .node: nodes
        case .nodePool: pools
        case .scalingPolicy: nil
        }
    }

    func observed(_ key: ResourceKey) -> Observed? {
        switch key.kind {
        case .node: nodes.observed(key.id)
        case .nodePool: pools.observed(key.id)
        case .scalingPolicy: nil
        }
    }

    func document(_ key: ResourceKey) -> MemoryDocument? {
        switch key.kind {
        case .node: nodes.documentID(of: key.id).flatMap { nodes[$0] }
        case .nodePool: pools.documentID(of: key.id).flatMap { pools[$0] }
        case .scalingPolicy: nil
        }
    }

    mutating func makeDocumentID() -> DocumentID {
        defer { nextDocument += 1 }
        return DocumentID(high: 0xFFFF_0000_0000_0000, low: nextDocument)
    }

    func tally(ofPool pool: String) -> NodeCounts {
        var counts = NodeCounts()
        counts.declared = Int64(declaredByPool[pool]?.count ?? 0)
        for document in nodes.documents(inPool: pool) {
            counts.total += 1
            switch document["status"]?.string.flatMap(NodeState.init(rawValue:)) {
            case .active: counts.active += 1
            case .inactive: counts.inactive += 1
            case .maintenance: counts.maintenance += 1
            case .error:
                counts.error += 1
                let keepsInReserve = document["node_id"]?.string.flatMap { id in
                    status[ResourceKey(.nodePool, pool)]?.keepsInReserve(id)
                }
                if keepsInReserve ?? false { counts.lostInReserve += 1 }
            case nil: break
            }
            let isDeclared = document["node_id"]?.string.map { desired[ResourceKey(.node, $0)] != nil } ?? false
            if !isDeclared { counts.undeclared += 1 }
        }
        return counts
    }

    func pools(naming policy: String) -> [ResourceKey] {
        (poolsByPolicy[policy] ?? []).sorted().map { ResourceKey(.nodePool, $0) }
    }
}
