import BSON
internal import Fleet
internal import MongoDB

/// Moves declarations that are gone out of `desired` into `desired_revisions`, as the next revision.
struct RemovalWrite {
    /// A declaration no longer stands at the revision at which it was read.
    struct Conflict: Error {}

    let store: MongoStore
    let transaction: Transaction
    let at: Timestamp

    func run(_ removals: [(key: ResourceKey, revision: Int64)]) throws {
        let revision = try nextRevision()
        let filters = removals.map { removal in
            Document { filter in
                filter.append("_id", removal.key.description)
                filter.append("revision", removal.revision)
            }
        }
        var kept: [WriteOperation] = []
        try transaction.scan(store.namespace(.desired), filter: Document { $0.append("$or", filters) }) { view in
            kept.append(.insertOne(try deleted(view, as: revision)))
        }
        guard kept.count == filters.count else { throw Conflict() }
        let result = try transaction.bulkWrite(
            store.namespace(.desired), filters.map { .deleteOne(filter: $0) })
        guard result.deleted == filters.count else { throw Conflict() }
        try transaction.bulkWrite(store.namespace(.desiredRevisions), kept)
    }

    private func nextRevision() throws -> Int64 {
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
        writer.append("deleted", true)
        writer.append("removed_revision", revision)
        return writer.finish()
    }
}
