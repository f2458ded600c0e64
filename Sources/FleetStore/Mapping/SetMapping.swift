import BSON
internal import Fleet

/// The `_id`s of sets in `status`: of no kind of resource, so no scan of one comes across them.
enum SetID {
    static let kind = "Set"

    static func of(_ name: String) -> String { "\(kind)/\(name)" }

    /// Every set's; the last character is the one after the slash.
    static let all: Document = ["_id": ["$gte": "Set/", "$lt": "Set0"]]
}

extension SetStatus {
    /// The document of `status`.
    func document() -> Document {
        var writer = DocumentWriter(reserving: 2048)
        writer.append("_id", SetID.of(name))
        writer.append("kind", SetID.kind)
        writer.append("id", name)
        writer.append("version", version)
        writer.append("generation", generation)
        writer.append("directory", directory)
        writer.append("synced_by", syncedBy)
        if let attempted { writer.document("attempted") { attempted.write(to: &$0) } }
        if let applied { writer.document("applied") { applied.write(to: &$0) } }
        writer.document("counts") { counts.write(to: &$0) }
        writer.records("conditions", conditions) { $0.write(to: &$1) }
        writer.records("diagnostics", diagnostics) { $0.write(to: &$1) }
        if let blocked { writer.document("blocked") { blocked.write(to: &$0) } }
        if let pin { writer.document("pin") { pin.write(to: &$0) } }
        writer.records("records", records) { $0.write(to: &$1) }
        if let attempts { writer.append("attempts", attempts) }
        writer.append("next_retry", optional: nextRetry)
        return writer.finish()
    }

    /// Reads a set's document; what a newer version may have added is passed over.
    init(_ document: DocumentView) throws(StoreError) {
        do throws(BSONError) {
            self.init(
                try required(document.string("id"), "id"),
                directory: try required(document.string("directory"), "directory"),
                syncedBy: try required(document.string("synced_by"), "synced_by"))
            var cursor = try document.cursor()
            while let element = try cursor.next() { try read(element) }
        } catch {
            throw .malformed("status/\(document.shownID): \(error)")
        }
    }

    private mutating func read(_ element: ElementView) throws(BSONError) {
        switch element.key {
        case "version": version = try element.int64()
        case "generation": generation = try element.int64()
        case "attempted": attempted = try SetSnapshot(element.document())
        case "applied": applied = try SetSnapshot(element.document())
        case "counts": counts = try SetCounts(element.document())
        case "conditions":
            conditions = try element.records { (view) throws(BSONError) in try Condition(view) }.compactMap(\.self)
        case "diagnostics":
            diagnostics = try element.records { (view) throws(BSONError) in try Diagnostic(view) }
        case "blocked": blocked = try PruneBlock(element.document())
        case "pin": pin = try SetPin(element.document())
        case "records": records = try element.records { (view) throws(BSONError) in try SetRecord(view) }
        case "attempts": attempts = try element.int64()
        case "next_retry": nextRetry = try Timestamp(element)
        default: break
        }
    }
}

extension DocumentWriter {
    /// An array of documents; nothing when it is empty.
    fileprivate mutating func records<Record>(
        _ key: String, _ records: [Record], _ write: (Record, inout DocumentWriter) -> Void
    ) {
        guard !records.isEmpty else { return }
        array(key) { array in
            for record in records { array.document { write(record, &$0) } }
        }
    }
}

extension SetSnapshot {
    fileprivate func write(to writer: inout DocumentWriter) {
        writer.append("digest", digest)
        writer.append("commit", optional: commit)
        writer.append("branch", optional: branch)
        writer.append("files", files)
        writer.append("documents", documents)
        writer.append("at", at)
    }

    fileprivate init(_ view: DocumentView) throws(BSONError) {
        self.init(
            digest: try required(view.string("digest"), "digest"), commit: try view.string("commit"),
            branch: try view.string("branch"), files: try view.first("files")?.int64() ?? 0,
            documents: try view.first("documents")?.int64() ?? 0,
            at: try Timestamp(required(view.first("at"), "at")))
    }
}

extension SetCounts {
    fileprivate func write(to writer: inout DocumentWriter) {
        writer.append("declared", declared)
        writer.append("failed", failed)
        writer.append("held", held)
        writer.append("kept", kept)
        writer.append("blocked", blocked)
    }

    fileprivate init(_ view: DocumentView) throws(BSONError) {
        self.init()
        var cursor = try view.cursor()
        while let element = try cursor.next() {
            switch element.key {
            case "declared": declared = try element.int64()
            case "failed": failed = try element.int64()
            case "held": held = try element.int64()
            case "kept": kept = try element.int64()
            case "blocked": blocked = try element.int64()
            default: break
            }
        }
    }
}

extension Diagnostic {
    fileprivate func write(to writer: inout DocumentWriter) {
        writer.append("severity", severity.rawValue)
        if let source { writer.document("source") { source.write(to: &$0) } }
        if let document { writer.append("document", Int64(document)) }
        if !path.isEmpty { writer.append("path", path) }
        writer.append("message", message)
        writer.append("rule", rule)
    }

    fileprivate init(_ view: DocumentView) throws(BSONError) {
        self.init(
            // Of a severity that this version does not know: rather too loud.
            try view.string("severity").flatMap(Severity.init(rawValue:)) ?? .error,
            at: try view.first("source").flatMap { (element) throws(BSONError) in
                try SourceLocation(element.document())
            },
            document: try view.first("document")?.int(), path: try view.string("path") ?? "",
            try view.string("message") ?? "", rule: try view.string("rule") ?? "")
    }
}

extension SetRecord {
    fileprivate func write(to writer: inout DocumentWriter) {
        writer.document("snapshot") { snapshot.write(to: &$0) }
        writer.append("before", before)
        writer.append("after", after)
        writer.append("created", created)
        writer.append("configured", configured)
        writer.append("deleted", deleted)
        writer.append("by", by)
    }

    fileprivate init(_ view: DocumentView) throws(BSONError) {
        self.init(
            snapshot: try SetSnapshot(required(view.first("snapshot"), "snapshot").document()),
            before: try required(view.first("before"), "before").int64(),
            after: try required(view.first("after"), "after").int64(),
            created: try view.first("created")?.int64() ?? 0, configured: try view.first("configured")?.int64() ?? 0,
            deleted: try view.first("deleted")?.int64() ?? 0, by: try view.string("by") ?? "")
    }
}
