import BSON
internal import Fleet

/// One event of the change stream, as far as the pipeline lets it through.
struct ChangeEvent {
    /// Whose document changed: at once for `desired` and for what carries its document, by a query otherwise.
    enum Subject {
        case change(FeedChange)
        case document(Kind, ObjectID)
        /// A whole collection is gone, or has another name: what stood there is not told.
        case goneCollection(String)
    }

    var subject: Subject
    /// The session that wrote it: 16 bytes, or none.
    var session: [UInt8] = []

    /// Nil for what is no resource: ids of other shapes, kinds that this version does not know.
    init?(_ event: DocumentView) throws(BSONError) {
        var operation = ""
        var collection = ""
        var id: Value?
        var nodeID: String?
        var poolID: String?
        var declaredPool: String?
        var session: [UInt8] = []
        var cursor = try event.cursor()
        while let element = try cursor.next() {
            switch element.key {
            case "operationType": operation = try element.string()
            case "ns": collection = element.document?.text("coll") ?? ""
            case "documentKey": id = try element.document?.first("_id")?.value()
            case "lsid": session = try element.document?.first("id")?.binary().bytes ?? []
            case "fullDocument":
                nodeID = element.document?.text("node_id")
                poolID = element.document?.text("pool_id")
                declaredPool = element.document?.text("spec", "pool_id")
            default: break
            }
        }
        self.session = session
        if operation == "drop" || operation == "rename" {
            subject = .goneCollection(collection)
            return
        }
        switch (collection, id) {
        case ("desired", .string(let text)):
            guard let key = ResourceKey(text) else { return nil }
            subject = .change(FeedChange(key: key, source: .desired, poolID: declaredPool))
        case ("nodes", .objectID(let id)):
            subject =
                nodeID.map { .change(FeedChange(key: ResourceKey(.node, $0), source: .document, poolID: poolID)) }
                ?? .document(.node, id)
        case ("node_pools", .objectID(let id)):
            subject =
                poolID.map { .change(FeedChange(key: ResourceKey(.nodePool, $0), source: .document)) }
                ?? .document(.nodePool, id)
        default: return nil
        }
    }
}

extension ElementView {
    /// The nested document, if this is one.
    fileprivate var document: DocumentView? { try? document() }
}
