import BSON
internal import Fleet
internal import MongoDB

/// A declaration that goes, as it was read.
struct Removal: Sendable {
    var key: ResourceKey
    var revision: Int64
}

/// Moves declarations that are gone out of `desired` into `desired_revisions`, as the next revision.
///
/// Everything is read before the transaction. That is safe: what stands in `desired` under one revision never changes,
/// and the deletion names the revision.
struct RemovalWrite {
    private let at: Timestamp
    private var filters: [Document] = []
    private var declarations: [Document] = []
    /// Generations beyond those that are kept.
    private var outdated: [WriteOperation] = []
    /// What is kept of these is kept for a time only.
    private var resources: [String] = []

    /// Nil when a declaration no longer stands as it was read.
    init?(_ removals: [Removal], at: Timestamp, _ queries: DocumentQueries) throws {
        self.at = at
        guard !removals.isEmpty else { return }
        filters = removals.map { removal in
            Document { filter in
                filter.append("_id", removal.key.description)
                filter.append("revision", removal.revision)
            }
        }
        var found: [Document] = []
        try queries.scan(.desired, Document { $0.append("$or", filters) }) { found.append($0.document()) }
        guard found.count == filters.count else { return nil }
        declarations = found
        outdated = try queries.outdatedRevisions(of: removals.map(\.key))
        resources = removals.map(\.key.description)
    }

    /// The number of this change of `desired`; nil when nothing is removed.
    func takeRevision(in transaction: Transaction, of store: MongoStore) throws -> Int64? {
        guard !filters.isEmpty else { return nil }
        let command = Document { command in
            command.append("findAndModify", Collection.revision.rawValue)
            command.document("query") { $0.append("_id", "desired") }
            command.document("update") { $0.document("$inc") { $0.append("value", Int64(1)) } }
            command.append("new", true)
        }
        let reply = try transaction.command(store.settings.database, command)
        guard let value = reply["value"]?.documentValue?["value"]?.int64Value else {
            throw StoreError.notPrepared("the counter of `desired` is missing: run `reeve init`")
        }
        return value
    }

    /// False when a declaration no longer stands as it was read.
    func run(in transaction: Transaction, of store: MongoStore, as revision: Int64) throws -> Bool {
        let result = try transaction.bulkWrite(store.namespace(.desired), filters.map { .deleteOne(filter: $0) })
        guard result.deleted == filters.count else { return false }
        let kept = try declarations.map { declaration in
            WriteOperation.insertOne(try declaration.withView { try deleted($0, as: revision) })
        }
        // Former generations, too: the resource may never come back.
        let former = Document { filter in
            filter.document("resource") { $0.append("$in", resources) }
            filter.document("removed_at") { $0.append("$exists", false) }
        }
        let mark = Document { update in update.document("$set") { $0.append("removed_at", at) } }
        try transaction.bulkWrite(
            store.namespace(.desiredRevisions), outdated + [.updateMany(filter: former, update: mark)])
        try transaction.bulkWrite(store.namespace(.desiredRevisions), kept)
        return true
    }

    /// The document as it stood, byte for byte, under the id of its generation.
    private func deleted(_ view: DocumentView, as revision: Int64) throws -> Document {
        var id = ""
        var firstRevision: Int64 = 0
        var generation: Int64 = 0
        var writer = DocumentWriter(reserving: view.bytes.count + 256)
        var fields = try view.cursor()
        while let element = try fields.next() {
            switch element.key {
            case "_id": id = try element.string()
            case "first_revision": firstRevision = try element.int64()
            case "generation": generation = try element.int64()
            default: break
            }
        }
        writer.append("_id", "\(id)/\(firstRevision)/\(generation)")
        var copied = try view.cursor()
        while let element = try copied.next() {
            if element.key == "_id" { continue }
            writer.append(try element.key.string(), element.type, valueBytes: element.valueBytes)
        }
        writer.append("resource", id)
        writer.append("replaced_at", at)
        writer.append("removed_at", at)
        writer.append("deleted", true)
        writer.append("removed_revision", revision)
        return writer.finish()
    }
}
