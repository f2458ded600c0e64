import BSON
package import Fleet
internal import MongoDB

extension MongoStore {
    package func commit(
        _ changes: [ResourceChange], under fence: Fence
    ) async throws(StoreError) -> CommitOutcome {
        let writer = try writer(for: fence.epoch)
        return try await perform(on: writer) { [self] connection in
            // Read outside of the transaction, which may not ask for it.
            let inserts = changes.contains { if case .insert = $0.document { true } else { false } }
            let removes = changes.contains { $0.removesDesiredAt != nil }
            let now = Timestamp(milliseconds: inserts || removes ? try connection.serverTime() : 0)
            var batch = EncodedBatch(changes, at: now)
            let queries = DocumentQueries(store: self, connection: connection)
            guard let removal = try RemovalWrite(batch.removals, at: now, queries) else { return BatchStop.redeclared }
            do {
                do {
                    try run(batch, removal, under: fence, on: connection)
                } catch is RecordExists {
                    batch.keepExistingRecords()
                    try run(batch, removal, under: fence, on: connection)
                }
                return .committed
            } catch let stop as BatchStop {
                return stop.outcome
            } catch let error as MongoError where error.refusesOneDocument {
                // Which one is not said: of one change it is that one's, a batch is tried in halves.
                guard let only = changes.first, changes.count == 1 else { return .conflict(error.message) }
                return .rejected(only.key, .other(code: error.code, message: error.message))
            } catch let error as MongoError where error.kind == .writeConflict {
                return .conflict("write conflict")
            } catch let error as MongoError where error.isTransient && !error.isUnavailable {
                return .conflict(error.message)
            }
        }
    }
}

extension MongoStore {
    package func record(_ events: [Event], under fence: Fence) async throws(StoreError) {
        let writer = try writer(for: fence.epoch)
        let operations = events.map { event in
            WriteOperation.updateOne(
                filter: Document { $0.append("_id", event.id) },
                update: Document { $0.append("$setOnInsert", event.document()) }, upsert: true)
        }
        try await perform(on: writer) { [self] connection in
            // A batch that holds the lane is waited for: this is retried, which a batch leaves to its planner.
            try connection.transaction { transaction in
                try enter(fence, in: transaction)
                try transaction.bulkWrite(namespace(.events), operations)
            }
        }
    }

    /// Writing a fence fences; reading it would not.
    func enter(_ fence: Fence, in transaction: Transaction) throws {
        let operations = fence.lanes.map { lane in
            WriteOperation.updateOne(
                filter: Document { filter in
                    filter.append("_id", lane)
                    filter.append("epoch", fence.epoch)
                }, update: ["$inc": ["writes": .int64(1)]])
        }
        let result = try transaction.bulkWrite(namespace(.fences), operations)
        guard result.matched == operations.count else { throw StoreError.fenced }
    }

    private func run(
        _ batch: EncodedBatch, _ removal: RemovalWrite, under fence: Fence, on connection: Connection
    ) throws {
        try connection.transaction(.once) { transaction in
            try BatchTransaction(store: self, transaction: transaction).run(batch, removal, under: fence)
        }
        KillPoint.hit(.afterCommit)
    }
}

/// A history entry, event or tombstone of that id was written before: it is kept, and holds up nothing. (It happens
/// when a status was lost, and its counters with it.)
private struct RecordExists: Error {}

/// Why a batch is given up: thrown inside of the transaction, so that nothing of it stays.
private struct BatchStop: Error {
    let outcome: CommitOutcome

    static let redeclared = CommitOutcome.conflict("a declaration is not as it was read")
}

extension MongoError {
    /// The driver or the server took offence at one document of a bulk, and names none: one that is too large.
    fileprivate var refusesOneDocument: Bool {
        writeErrors.isEmpty && (kind == .documentTooLarge || kind == .invalidArgument)
    }
}

/// Runs one batch's operations inside of its transaction, in the order that LOOP's "Transactions" gives.
private struct BatchTransaction {
    let store: MongoStore
    let transaction: Transaction

    func run(_ batch: EncodedBatch, _ removal: RemovalWrite, under fence: Fence) throws {
        try store.enter(fence, in: transaction)
        // Next, so that a declaration that is being written stops the batch before its work and not after it.
        let revision = try removal.takeRevision(in: transaction, of: store)
        KillPoint.hit(.fencesWritten)
        for kind in Kind.allCases {
            guard let collection = Collection(of: kind), let writes = batch.documents[kind] else { continue }
            try write(writes, to: collection)
        }
        KillPoint.hit(.documentsWritten)
        try write(batch.status, to: .status)
        KillPoint.hit(.statusesWritten)
        try record(batch.history, in: .history)
        try record(batch.events, in: .events)
        try record(batch.decisions, in: .decisions)
        if !batch.outdatedDecisions.isEmpty {
            let outdated = Document { filter in filter.document("_id") { $0.append("$in", batch.outdatedDecisions) } }
            try transaction.bulkWrite(store.namespace(.decisions), [.deleteMany(filter: outdated)])
        }
        try record(batch.tombstones, in: .tombstones)
        if !batch.goneNodes.isEmpty { try forget(batch.goneNodes) }
        if let revision {
            guard try removal.run(in: transaction, of: store, as: revision) else {
                throw BatchStop(outcome: BatchStop.redeclared)
            }
        }
        if !batch.recounts.isEmpty {
            let full = try RecountWrite(store: store, transaction: transaction).run(batch.recounts)
            if let full { throw BatchStop(outcome: .conflict("the pool \(full) would hold too many nodes")) }
        }
        KillPoint.hit(.beforeCommit)
    }

    /// Whoever is declared under the same id later is another machine, maybe somebody else's. Tokens are revoked and not
    /// deleted, because ingests hear of what is revoked; an index removes them later.
    private func forget(_ nodeIDs: [String]) throws {
        let tokens = Document { filter in
            filter.document("node_id") { $0.append("$in", nodeIDs) }
            filter.document("revoked_at") { $0.append("$exists", false) }
        }
        let agents = Document { filter in filter.document("_id") { $0.append("$in", nodeIDs) } }
        try transaction.bulkWrite(
            store.namespace(.tokens), [.updateMany(filter: tokens, update: ["$currentDate": ["revoked_at": true]])])
        try transaction.bulkWrite(store.namespace(.agents), [.deleteMany(filter: agents)])
    }

    private func record(_ writes: KeyedWrites, in collection: Collection) throws {
        do throws(MongoError) {
            try transaction.bulkWrite(store.namespace(collection), writes.operations)
        } catch {
            if error.kind == .duplicateKey { throw RecordExists() }
            guard let (key, rejection) = writes.rejection(error, in: collection) else { throw error }
            throw BatchStop(outcome: .rejected(key, rejection))
        }
    }

    private func write(_ writes: KeyedWrites, to collection: Collection) throws {
        guard !writes.isEmpty else { return }
        let result: BulkResult
        do throws(MongoError) {
            result = try transaction.bulkWrite(store.namespace(collection), writes.operations)
        } catch {
            guard let (key, rejection) = writes.rejection(error, in: collection) else { throw error }
            throw BatchStop(outcome: .rejected(key, rejection))
        }
        guard result.deleted == writes.deletes.count, result.matched == writes.updates.count,
            result.inserted == writes.inserts.count
        else { throw BatchStop(outcome: .conflict("something in \(collection.rawValue) is not as it was read")) }
    }
}
