internal import Fleet
internal import FleetStore

/// What a transaction has done so far: enough to take it back, and what is told once it is committed.
struct MemoryTransaction {
    enum Undo {
        case revision(Int64)
        case desired(ResourceKey, Desired?)
        case revisions(ResourceKey, [StoredRevision]?)
        case status(ResourceKey, ResourceStatus?)
        case document(Kind, DocumentID, MemoryDocument?)
        case history(id: String)
        case event(id: String)
        case decisions([ScalingRecord], id: String)
        case tombstone(id: String)
    }

    var undo: [Undo] = []
    var writes: [String: Int] = [:]
    var changes: [FeedChange] = []
}

extension Database {
    mutating func rollBack(_ transaction: MemoryTransaction) {
        for step in transaction.undo.reversed() {
            switch step {
            case .revision(let old): revision = old
            case .desired(let key, let old): replaceDesired(key, with: old)
            case .revisions(let key, let old): revisions[key] = old
            case .status(let key, let old): replaceStatus(key, with: old)
            case .document(let kind, let id, let old):
                // Each step back leads to a state that the indexes had accepted.
                try? replaceDocument(kind, id, with: old)
            case .history(let id):
                history.removeLast()
                recorded.remove(id)
            case .event(let id):
                events.removeLast()
                recorded.remove(id)
            case .decisions(let old, let id):
                decisions = old
                recorded.remove("decision \(id)")
            case .tombstone(let id):
                tombstones.removeLast()
                recorded.remove(id)
            }
        }
    }

    mutating func set(_ key: ResourceKey, desired new: Desired?, in transaction: inout MemoryTransaction) {
        let old = desired[key]
        transaction.undo.append(.desired(key, old))
        transaction.writes["desired", default: 0] += 1
        transaction.changes.append(FeedChange(key: key, source: .desired, poolID: (new ?? old)?.poolID))
        replaceDesired(key, with: new)
    }

    /// Keeps the newest ones only.
    mutating func archive(_ old: StoredRevision, in transaction: inout MemoryTransaction) {
        let key = old.desired.key
        transaction.undo.append(.revisions(key, revisions[key]))
        transaction.writes["desired_revisions", default: 0] += 1
        let kept = (revisions[key] ?? []) + [old]
        revisions[key] = Array(kept.suffix(Database.revisionsKept))
    }

    mutating func nextRevision(in transaction: inout MemoryTransaction) -> Int64 {
        transaction.undo.append(.revision(revision))
        transaction.writes["revision", default: 0] += 1
        revision += 1
        return revision
    }

    mutating func set(_ key: ResourceKey, status new: ResourceStatus?, in transaction: inout MemoryTransaction) {
        transaction.undo.append(.status(key, status[key]))
        transaction.writes["status", default: 0] += 1
        replaceStatus(key, with: new)
    }

    mutating func set(
        _ kind: Kind, _ id: DocumentID, document new: MemoryDocument?, in transaction: inout MemoryTransaction
    ) throws(DocumentCollection.Violation) {
        let old = collection(kind)?[id]
        try replaceDocument(kind, id, with: new)
        transaction.undo.append(.document(kind, id, old))
        if let collection = kind.collection { transaction.writes[collection, default: 0] += 1 }
        transaction.changes += feedChanges(kind, id, old: old, new: new)
    }

    /// What the feed tells of a change of a document: whose it is and whose `status` says it was; of heartbeats nothing.
    /// Of a node's document that no status knows, where it stood before is not told: that concerns all pools.
    private func feedChanges(
        _ kind: Kind, _ id: DocumentID, old: MemoryDocument?, new: MemoryDocument?
    ) -> [FeedChange] {
        if let old, let new, !new.differsForTheFeed(from: old) { return [] }
        var changes: [FeedChange] = []
        if let new, let resource = new[kind.idField]?.string {
            let pool = kind == .node ? new["pool_id"]?.string : nil
            changes.append(FeedChange(key: ResourceKey(kind, resource), source: .document, poolID: pool))
        }
        guard old != nil else { return changes }
        guard let key = keysByDocument[id] else { return kind == .node ? changes + allPools() : changes }
        let pool = status[key]?.poolID
        if !changes.contains(where: { $0.key == key && (pool == nil || $0.poolID == pool) }) {
            changes.append(FeedChange(key: key, source: .document, poolID: pool))
        }
        return changes
    }

    private func allPools() -> [FeedChange] {
        let keys = Set(desired.keys.filter { $0.kind == .nodePool }).union(pools.observed.map(\.key))
        return keys.sorted().map { FeedChange(key: $0, source: .document) }
    }

    private mutating func replaceDocument(
        _ kind: Kind, _ id: DocumentID, with new: MemoryDocument?
    ) throws(DocumentCollection.Violation) {
        switch kind {
        case .node: try nodes.set(id, to: new)
        case .nodePool: try pools.set(id, to: new)
        case .scalingPolicy: break
        }
    }

    private mutating func replaceStatus(_ key: ResourceKey, with new: ResourceStatus?) {
        if let id = status[key]?.documentID, keysByDocument[id] == key { keysByDocument[id] = nil }
        status[key] = new
        if let id = new?.documentID { keysByDocument[id] = key }
    }

    private mutating func replaceDesired(_ key: ResourceKey, with new: Desired?) {
        let old = desired[key]
        desired[key] = new
        switch key.kind {
        case .node where old?.poolID != new?.poolID || old == nil || new == nil:
            if let pool = old?.poolID { declaredByPool[pool]?.remove(key.id) }
            if let pool = new?.poolID { declaredByPool[pool, default: []].insert(key.id) }
        case .nodePool:
            if let policy = old?.spec[PoolLeaf.policyReference]?.string { poolsByPolicy[policy]?.remove(key.id) }
            if let policy = new?.spec[PoolLeaf.policyReference]?.string {
                poolsByPolicy[policy, default: []].insert(key.id)
            }
        case .node, .scalingPolicy: break
        }
    }
}

extension MemoryDocument {
    /// False when nothing changed but what every heartbeat moves.
    fileprivate func differsForTheFeed(from old: MemoryDocument) -> Bool {
        let moving: Set = ["last_heartbeat", "updated_at"]
        let names = Set(fields.map(\.name))
        let oldNames = Set(old.fields.map(\.name))
        if !oldNames.isSubset(of: names) { return true }
        return fields.contains { field in
            !moving.contains(field.name) && old[top: field.name] != field.value
        }
    }

    private subscript(top name: String) -> FieldValue? { fields.first { $0.name == name }?.value }
}
