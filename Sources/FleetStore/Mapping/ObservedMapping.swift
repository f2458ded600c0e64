import BSON
internal import Fleet

/// The fields of a data model's document that are no leaves of the kind's table.
enum ObservedField: Int {
    case documentID, id, name, createdAt, status, lastHeartbeat, nodeCount, score

    /// Above every leaf's index.
    private static let base = 1 << 16

    var target: Int { Self.base + rawValue }

    init?(target: Int) {
        guard target >= Self.base else { return nil }
        self.init(rawValue: target - Self.base)
    }

    /// In the order in which documents hold them.
    static func all(of kind: Kind) -> [(name: String, field: ObservedField)] {
        switch kind {
        case .scalingPolicy: []
        case .nodePool:
            [
                ("_id", .documentID), ("pool_id", .id), ("name", .name), ("node_count", .nodeCount),
                ("created_at", .createdAt),
            ]
        case .node:
            [
                ("_id", .documentID), ("node_id", .id), ("name", .name), ("status", .status),
                ("last_heartbeat", .lastHeartbeat), ("poot_score", .score), ("created_at", .createdAt),
            ]
        }
    }
}

extension Kind {
    /// The field that holds the kind's id in its collection.
    var idField: String {
        switch self {
        case .scalingPolicy: "policy_id"
        case .nodePool: "pool_id"
        case .node: "node_id"
        }
    }
}

extension Observed {
    /// Reads a document of the kind's collection. `key` is for callers that know it already.
    ///
    /// Throws `.malformed` when it has no ObjectId or no id: such a document is nobody's.
    init(_ document: DocumentView, kind: Kind, key: ResourceKey? = nil) throws(StoreError) {
        var sink = ObservedSink(kind)
        do throws(BSONError) {
            try SpecLayout.of(kind).stored.walk(document, into: &sink)
        } catch {
            throw .malformed("\(kind.collection ?? kind.rawValue): \(error)")
        }
        guard let documentID = sink.documentID else {
            throw .malformed("\(kind.collection ?? kind.rawValue): a document whose _id is no ObjectId")
        }
        guard let key = key ?? sink.id.map({ ResourceKey(kind, $0) }) else {
            throw .malformed("\(kind.collection ?? kind.rawValue)/\(ObjectID(documentID)): it has no \(kind.idField)")
        }
        self.init(key, documentID: documentID, leaves: sink.collector.spec(kind))
        obstacles = sink.collector.obstacles
        name = sink.name
        createdAt = sink.createdAt
        status = sink.status
        lastHeartbeat = sink.lastHeartbeat
        nodeCount = sink.nodeCount
        score = sink.score
    }
}

private struct ObservedSink: FieldSink {
    var collector: LeafCollector
    var documentID: DocumentID?
    var id: String?
    var name: FieldValue?
    var createdAt: FieldValue?
    var status: FieldValue?
    var lastHeartbeat: Timestamp?
    var nodeCount: FieldValue?
    var score: Double?

    init(_ kind: Kind) { collector = LeafCollector(reserving: kind == .node ? 28 : 16) }

    mutating func leaf(_ target: Int, _ element: ElementView) {
        guard let field = ObservedField(target: target) else { return collector.leaf(target, element) }
        switch field {
        case .documentID: documentID = (try? element.objectID()).map(DocumentID.init)
        case .id: id = try? element.string()
        case .name: name = FieldValue(element)
        case .createdAt: createdAt = FieldValue(element)
        case .status: status = FieldValue(element)
        case .lastHeartbeat: lastHeartbeat = try? Timestamp(element)
        case .nodeCount: nodeCount = FieldValue(element)
        case .score: score = FieldValue(element).double
        }
    }

    mutating func obstacle(_ path: String, _ element: ElementView) { collector.obstacle(path, element) }
}
