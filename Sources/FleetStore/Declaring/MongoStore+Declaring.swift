import BSON
package import Fleet
internal import MongoDB

extension MongoStore {
    /// The most resources that one transaction declares; more is for the caller to split.
    package static let mostDeclared = 20_000

    package func declare(_ writes: [DesiredWrite], expecting: Int64) async throws(StoreError) -> Int64 {
        try await declare(writes, expecting: expecting, on: client)
    }

    package func declare(
        _ writes: [DesiredWrite], expecting: Int64, under fence: Fence
    ) async throws(StoreError) -> Int64 {
        try await declare(writes, expecting: expecting, under: fence, on: try writer(for: fence.epoch))
    }

    func declare(
        _ writes: [DesiredWrite], expecting: Int64, under fence: Fence? = nil, once use: PlanUse? = nil,
        on client: Client
    ) async throws(StoreError) -> Int64 {
        guard writes.count <= Self.mostDeclared else {
            throw .failed(
                code: 0, message: "\(writes.count) resources at once are more than \(Self.mostDeclared): split them")
        }
        return try await perform(on: client) { [self] connection in
            // Everything is encoded before the transaction: the next revision is known, or nothing is written.
            let revision = expecting + 1
            var declaration = EncodedDeclaration(writes, revision: revision)
            try declaration.trim(DocumentQueries(store: self, connection: connection))
            settings.interruption.isWriting(true)
            defer { settings.interruption.isWriting(false) }
            do {
                try connection.transaction { [declaration] transaction in
                    if let fence { try enter(fence, in: transaction) }
                    try declaration.write(in: transaction, store: self, expecting: expecting)
                    if let use { try transaction.bulkWrite(namespace(.plans), [.insertOne(use.document)]) }
                }
            } catch let error as MongoError where error.kind == .writeConflict {
                // Others wrote `desired` all the while; reading again is what helps, unless one of them died in the
                // middle of it and holds the counter until the server's time limit.
                _ = try connection.killAbandonedTransactions { $0.hasPrefix("reeve/") }
                throw StoreError.revisionMoved
            }
            return revision
        }
    }
}

/// The operations of one transaction on `desired`.
private struct EncodedDeclaration {
    private var inserts: [WriteOperation] = []
    private var replacements: [WriteOperation] = []
    private var revisions: [WriteOperation] = []
    private var outdated: [WriteOperation] = []
    /// Of these a former life may still be kept.
    private var young: [ResourceKey] = []

    init(_ writes: [DesiredWrite], revision: Int64) {
        for write in writes {
            var desired = write.desired
            desired.revision = revision
            if desired.firstRevision == 0 { desired.firstRevision = revision }
            guard case .replace(_, let previous) = write else {
                inserts.append(.insertOne(desired.document()))
                continue
            }
            let filter = Document { filter in
                filter.append("_id", previous.key.description)
                filter.append("revision", previous.revision)
            }
            replacements.append(.replaceOne(filter: filter, replacement: desired.document()))
            if previous.generation != desired.generation { keep(previous, replacedAt: desired.updatedAt, by: revision) }
        }
    }

    private mutating func keep(_ previous: Desired, replacedAt time: Timestamp, by revision: Int64) {
        revisions.append(.insertOne(previous.revisionDocument(replacedAt: time, by: revision)))
        let oldest = previous.generation - keptRevisions
        guard oldest > 0 else { return young.append(previous.key) }
        let id = revisionID(previous.key, firstRevision: previous.firstRevision, generation: oldest)
        outdated.append(.deleteOne(filter: Document { $0.append("_id", id) }))
    }

    /// What is kept of a resource's former lives makes room for what is kept of this one, until that is enough.
    mutating func trim(_ queries: DocumentQueries) throws {
        outdated += try queries.outdatedRevisions(of: young)
    }

    func write(in transaction: Transaction, store: MongoStore, expecting: Int64) throws {
        func goOn() throws {
            if store.settings.interruption.isWanted() { throw StoreError.interrupted }
        }
        try goOn()
        let counter = Document { filter in
            filter.append("_id", "desired")
            filter.append("value", expecting)
        }
        let moved = try transaction.bulkWrite(
            store.namespace(.revision), [.updateOne(filter: counter, update: ["$inc": ["value": .int64(1)]])])
        guard moved.matched == 1 else { throw StoreError.revisionMoved }
        try goOn()
        let result = try transaction.bulkWrite(store.namespace(.desired), replacements + inserts)
        guard result.matched == replacements.count else { throw StoreError.revisionMoved }
        try goOn()
        try transaction.bulkWrite(store.namespace(.desiredRevisions), outdated + revisions)
        KillPoint.hit(.declarationWritten)
        try goOn()
    }
}
