package import Fleet
package import FleetStore
import Synchronization

extension InMemoryStore {
    package func commit(_ changes: [ResourceChange], under fence: Fence) throws(StoreError) -> CommitOutcome {
        switch shared.state.withLock({ $0.faults[client, default: ClientFaults()].nextCommit() }) {
        case nil: return try commitNow(changes, under: fence)
        case .answer(let outcome): return outcome
        case .refuse(let error): throw error
        case .unknown(let isApplied):
            if isApplied { _ = try commitNow(changes, under: fence) }
            throw .outcomeUnknown("the store was told to lose the answer")
        }
    }

    package func record(_ events: [Event], under fence: Fence) throws(StoreError) {
        try query { _ in }
        do {
            try transaction { (database, transaction) throws(CommitFailure) in
                try database.check(fence, in: &transaction)
                for event in events { database.append(event, in: &transaction) }
            }
        } catch {
            throw .fenced
        }
    }

    private func commitNow(_ changes: [ResourceChange], under fence: Fence) throws(StoreError) -> CommitOutcome {
        try query { _ in }
        do {
            try transaction { (database, transaction) throws(CommitFailure) in
                try database.check(fence, in: &transaction)
                try database.commit(changes, in: &transaction)
            }
            return .committed
        } catch {
            switch error {
            case .fenced: throw .fenced
            case .outcome(let outcome): return outcome
            }
        }
    }
}

private enum CommitFailure: Error {
    case fenced
    case outcome(CommitOutcome)

    static func conflict(_ why: String) -> CommitFailure { .outcome(.conflict(why)) }
}

extension Database {
    fileprivate func check(_ fence: Fence, in transaction: inout MemoryTransaction) throws(CommitFailure) {
        for lane in fence.lanes {
            guard fences.indices.contains(lane), fences[lane] == fence.epoch else { throw .fenced }
        }
        transaction.writes["fences", default: 0] += fence.lanes.count
    }

    fileprivate mutating func commit(
        _ changes: [ResourceChange], in transaction: inout MemoryTransaction
    ) throws(CommitFailure) {
        // What one resource gives up must be free before another takes it: deletions first, insertions last.
        for change in changes.sorted(by: { $0.documentRank < $1.documentRank }) {
            if let write = change.document { try apply(write, to: change.key, in: &transaction) }
        }
        for change in changes {
            if let write = change.status { try apply(write, to: change.key, in: &transaction) }
            record(change, in: &transaction)
        }
        let removal = changes.contains { $0.removesDesiredAt != nil } ? nextRevision(in: &transaction) : nil
        for change in changes {
            guard let revision = change.removesDesiredAt else { continue }
            guard let old = desired[change.key], old.revision == revision else {
                throw .conflict("\(change.key) was declared again")
            }
            archive(StoredRevision(old, replacedAt: now, removedRevision: removal), in: &transaction)
            set(change.key, desired: nil, in: &transaction)
        }
        for recount in changes.flatMap(\.recounts) { try apply(recount, in: &transaction) }
        // Last, because it is not taken back.
        for change in changes where change.key.kind == .node && change.tombstone != nil { agents[change.key.id] = nil }
    }

    private mutating func apply(
        _ write: DocumentWrite, to key: ResourceKey, in transaction: inout MemoryTransaction
    ) throws(CommitFailure) {
        switch write {
        case .insert(let id, let fields):
            guard collection(key.kind)?[id] == nil else { throw .outcome(.rejected(key, .duplicateID)) }
            var document = MemoryDocument(id: id)
            let always = [
                PathValue(key.kind.idField, .string(key.id)), PathValue("created_at", .timestamp(now)),
                PathValue("updated_at", .timestamp(now)),
            ]
            try fill(always + fields, into: &document, of: key)
            try put(document, of: key, in: &transaction)
        case .update(let id, let guards, let writes):
            var document = try find(id, guards, of: key)
            try fill(writes + [PathValue("updated_at", .timestamp(now))], into: &document, of: key)
            try put(document, of: key, in: &transaction)
        case .delete(let id, let guards):
            _ = try find(id, guards, of: key)
            // Removing breaks no index.
            try? set(key.kind, id, document: nil, in: &transaction)
        }
    }

    private func find(
        _ id: DocumentID, _ guards: [PathGuard], of key: ResourceKey
    ) throws(CommitFailure) -> MemoryDocument {
        guard let document = collection(key.kind)?[id], guards.allSatisfy(document.matches) else {
            throw .conflict("\(key) is not as it was read")
        }
        return document
    }

    private func fill(
        _ writes: [PathValue], into document: inout MemoryDocument, of key: ResourceKey
    ) throws(CommitFailure) {
        for write in writes where !document.write(write) {
            let message = "cannot create \(write.path): a parent is no object"
            throw .outcome(.rejected(key, .other(code: 28, message: message)))
        }
    }

    private mutating func put(
        _ document: MemoryDocument, of key: ResourceKey, in transaction: inout MemoryTransaction
    ) throws(CommitFailure) {
        do {
            try set(key.kind, document.id, document: document, in: &transaction)
        } catch {
            switch error {
            case .id: throw .outcome(.rejected(key, .duplicateID))
            case .name: throw .outcome(.rejected(key, .nameTaken))
            }
        }
    }

    private mutating func apply(
        _ write: StatusWrite, to key: ResourceKey, in transaction: inout MemoryTransaction
    ) throws(CommitFailure) {
        let new: ResourceStatus?
        let wasThere: Bool
        switch write {
        case .insert(let status): (new, wasThere) = (status, false)
        case .replace(let status): (new, wasThere) = (status, true)
        case .remove: (new, wasThere) = (nil, true)
        }
        switch (wasThere, status[key] != nil) {
        case (true, true), (false, false): break
        case (true, false): throw .conflict("the status of \(key) is not as it was read")
        case (false, true): throw .outcome(.rejected(key, .duplicateID))
        }
        set(key, status: new, in: &transaction)
    }

    /// Under derived ids: what is there already is kept, and holds up nothing.
    private mutating func record(_ change: ResourceChange, in transaction: inout MemoryTransaction) {
        for entry in change.history {
            let id = "history \(entry.nodeID)/\(entry.firstRevision)/\(entry.transition)"
            guard recorded.insert(id).inserted else { continue }
            history.append(entry)
            transaction.undo.append(.history(id: id))
            transaction.writes["node_history", default: 0] += 1
        }
        for event in change.events {
            append(event, in: &transaction)
        }
        for decision in change.decisions { append(decision, in: &transaction) }
        if let tombstone = change.tombstone {
            let id = "tombstone \(tombstone.key)/\(tombstone.firstRevision)"
            guard recorded.insert(id).inserted else { return }
            tombstones.append(tombstone)
            transaction.undo.append(.tombstone(id: id))
            transaction.writes["tombstones", default: 0] += 1
        }
    }

    /// What stands under its id already is kept.
    fileprivate mutating func append(_ event: Event, in transaction: inout MemoryTransaction) {
        let id = "event \(event.id)"
        guard recorded.insert(id).inserted else { return }
        events.append(event)
        transaction.undo.append(.event(id: id))
        transaction.writes["events", default: 0] += 1
    }

    private mutating func apply(
        _ recount: PoolRecount, in transaction: inout MemoryTransaction
    ) throws(CommitFailure) {
        let count = nodes.count(inPool: recount.poolID)
        if let limit = recount.limit, count > limit {
            throw .conflict("\(recount.poolID) would hold \(count) nodes, more than \(limit)")
        }
        guard let id = pools.documentID(of: recount.poolID), var document = pools[id],
            document["node_count"] != .int(count)
        else { return }
        document["node_count"] = .int(count)
        document["updated_at"] = .timestamp(now)
        try put(document, of: ResourceKey(.nodePool, recount.poolID), in: &transaction)
    }
}

extension ResourceChange {
    /// Pools before nodes; of one kind, deletions, updates, insertions.
    fileprivate var documentRank: Int {
        switch document {
        case nil: 0
        case .delete: key.kind == .node ? 4 : 1
        case .update: key.kind == .node ? 5 : 2
        case .insert: key.kind == .node ? 6 : 3
        }
    }
}
