import BSON
internal import Fleet

/// One event of the change stream, as far as the pipeline lets it through.
struct ChangeEvent {
    /// Whose document changed: at once for `desired` and for what carries its document, by a query otherwise.
    enum Subject {
        case change(FeedChange)
        case document(Kind, ObjectID)
        /// A document that was replaced says whose it is now, and by its ObjectId whose it may have been.
        case replacement(FeedChange, ObjectID)
        /// A whole collection is gone, or has another name: what stood there is not told.
        case goneCollection(String)
    }

    var subject: Subject
    /// The session that wrote it: 16 bytes, or none.
    var session: [UInt8] = []

    /// Nil for what is no resource: ids of other shapes, kinds that this version does not know. Throws for what is no
    /// event.
    init?(_ event: DocumentView) throws(BSONError) {
        var operation = ""
        var collection = ""
        var newName = ""
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
            case "to": newName = element.document?.text("coll") ?? ""
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
        switch operation {
        case "insert", "update", "replace", "delete": break
        case "drop":
            subject = .goneCollection("the collection \(collection) was dropped")
            return
        case "rename":
            subject = .goneCollection("the collection \(collection) was renamed to \(newName)")
            return
        case "dropDatabase":
            subject = .goneCollection("the database was dropped")
            return
        default: throw .missingKey("operationType")
        }
        let kind: Kind
        let document: FeedChange?
        switch collection {
        case "desired":
            guard case .string(let text)? = id, let key = ResourceKey(text) else { return nil }
            subject = .change(FeedChange(key: key, source: .desired, poolID: declaredPool))
            return
        case "nodes":
            kind = .node
            document = nodeID.map { FeedChange(key: ResourceKey(.node, $0), source: .document, poolID: poolID) }
        case "node_pools":
            kind = .nodePool
            document = poolID.map { FeedChange(key: ResourceKey(.nodePool, $0), source: .document) }
        default: return nil
        }
        switch (document, id) {
        case (let change?, .objectID(let id)?) where operation == "replace": subject = .replacement(change, id)
        case (let change?, _): subject = .change(change)
        case (nil, .objectID(let id)?): subject = .document(kind, id)
        default: return nil
        }
    }
}

extension ElementView {
    /// The nested document, if this is one.
    fileprivate var document: DocumentView? { try? document() }
}
