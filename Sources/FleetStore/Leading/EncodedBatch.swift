import BSON
internal import Fleet
internal import MongoDB

/// A batch's operations by collection, encoded before the transaction opens.
struct EncodedBatch {
    let now: Timestamp
    var documents: [Kind: KeyedWrites] = [:]
    var status = KeyedWrites()
    var history = KeyedWrites()
    var events = KeyedWrites()
    var decisions = KeyedWrites()
    /// Decisions whose places newer ones take.
    var outdatedDecisions: [String] = []
    var tombstones = KeyedWrites()
    var removals: [Removal] = []
    var recounts: [PoolRecount] = []
    /// Nodes whose documents are gone for good: what belonged to their machines goes, too.
    var goneNodes: [String] = []

    init(_ changes: [ResourceChange], at now: Timestamp) {
        self.now = now
        for change in changes { add(change) }
    }

    private mutating func add(_ change: ResourceChange) {
        let key = change.key
        if let document = change.document {
            documents[key.kind, default: KeyedWrites()].add(document, of: key, at: now)
        }
        if let write = change.status { status.add(write, of: key) }
        for entry in change.history { history.inserts.append((key, .insertOne(entry.document()))) }
        for event in change.events { events.inserts.append((key, .insertOne(event.document()))) }
        for record in change.decisions {
            decisions.inserts.append((key, .insertOne(record.document())))
            if let id = record.replacedID { outdatedDecisions.append(id) }
        }
        if let tombstone = change.tombstone {
            tombstones.inserts.append((key, .insertOne(tombstone.document())))
            if key.kind == .node { goneNodes.append(key.id) }
        }
        if let revision = change.removesDesiredAt { removals.append(Removal(key: key, revision: revision)) }
        recounts += change.recounts
    }
}

extension EncodedBatch {
    /// Makes each record an upsert that leaves alone what stands under its id: slower than an insertion, and only
    /// needed when one was refused.
    mutating func keepExistingRecords() {
        for path in [\EncodedBatch.history, \.events, \.decisions, \.tombstones] {
            self[keyPath: path].inserts = self[keyPath: path].inserts.map { key, operation in
                guard case .insertOne(let document) = operation else { return (key, operation) }
                let filter = Document { $0.append("_id", document["_id"] ?? .null) }
                let update = Document { $0.append("$setOnInsert", document) }
                return (key, .updateOne(filter: filter, update: update, upsert: true))
            }
        }
    }
}

/// Operations on one collection with the resource that each is for. A name or an id that one resource gives up must be
/// free before another takes it: deletions go first, insertions last.
struct KeyedWrites {
    var deletes: [(key: ResourceKey, operation: WriteOperation)] = []
    var updates: [(key: ResourceKey, operation: WriteOperation)] = []
    var inserts: [(key: ResourceKey, operation: WriteOperation)] = []

    var isEmpty: Bool { deletes.isEmpty && updates.isEmpty && inserts.isEmpty }

    var operations: [WriteOperation] {
        var operations: [WriteOperation] = []
        operations.reserveCapacity(deletes.count + updates.count + inserts.count)
        for part in [deletes, updates, inserts] {
            for write in part { operations.append(write.operation) }
        }
        return operations
    }

    /// The resource that the operation at `index` of `operations` is for.
    func key(at index: Int) -> ResourceKey? {
        var index = index
        for part in [deletes, updates, inserts] {
            if part.indices.contains(index) { return part[index].key }
            index -= part.count
        }
        return nil
    }

    mutating func add(_ write: DocumentWrite, of key: ResourceKey, at now: Timestamp) {
        switch write {
        case .insert(let id, let fields):
            inserts.append((key, .insertOne(newDocument(key, id, fields, at: now))))
        case .update(let id, let guards, let writes):
            updates.append(
                (key, .updateOne(filter: compareFilter(id, guards), update: updateDocument(writes))))
        case .delete(let id, let guards):
            deletes.append((key, .deleteOne(filter: compareFilter(id, guards))))
        }
    }

    mutating func add(_ write: StatusWrite, of key: ResourceKey) {
        let filter = Document { $0.append("_id", key.description) }
        switch write {
        case .insert(let status): inserts.append((key, .insertOne(status.document())))
        case .replace(let status):
            updates.append((key, .replaceOne(filter: filter, replacement: status.document())))
        case .remove: deletes.append((key, .deleteOne(filter: filter)))
        }
    }
}

extension KeyedWrites {
    /// What a refused operation means for its resource; nil when the error is not about one document.
    func rejection(_ error: MongoError, in collection: Collection) -> (ResourceKey, Rejection)? {
        guard let failure = error.writeErrors.first, let key = key(at: failure.index) else { return nil }
        switch failure.kind {
        case .writeConflict: return nil
        case .duplicateKey: return (key, failure.violatedKeys.contains("name") ? .nameTaken : .duplicateID)
        case .documentValidation: return (key, .invalidDocument(failure.message))
        default:
            return (key, .other(code: Int32(truncatingIfNeeded: failure.code), message: failure.message))
        }
    }
}
