import BSON
internal import Fleet

extension Desired {
    /// The document of `desired`, as of `revision`.
    func document() -> Document {
        var writer = DocumentWriter(reserving: 1536)
        writer.append("_id", key.description)
        write(to: &writer)
        return writer.finish()
    }

    /// Everything but the `_id`, which differs in `desired_revisions`.
    func write(to writer: inout DocumentWriter) {
        writer.append("kind", key.kind.rawValue)
        writer.append("id", key.id)
        writer.append("name", declaration.name)
        if !declaration.labels.isEmpty {
            writer.array("labels") { array in
                for label in declaration.labels { array.document { label.write(to: &$0) } }
            }
        }
        writer.document("spec") { $0.append(leavesOf: spec, SpecLayout.of(key.kind)) }
        writer.document("lifecycle") { declaration.lifecycle.write(to: &$0) }
        if !overrides.isEmpty { writer.document("overrides") { overrides.write(to: &$0) } }
        writer.append("generation", generation)
        writer.append("revision", revision)
        writer.append("first_revision", firstRevision)
        if !released.isEmpty {
            writer.array("released") { array in
                for release in released { array.document { release.write(to: &$0) } }
            }
        }
        writer.append("set", optional: set)
        writer.append("manager", manager)
        if declaration.source != nil || commit != nil {
            writer.document("source") { source in
                declaration.source?.write(to: &source)
                source.append("commit", optional: commit)
            }
        }
        if let deletion { writer.document("deletion") { deletion.write(to: &$0) } }
        writer.append("created_at", createdAt)
        writer.append("updated_at", updatedAt)
    }

    /// Reads a document of `desired`. `key` is for callers that know it already.
    ///
    /// Throws `.malformed` with the `_id` when the document is not what Reeve writes.
    init(_ document: DocumentView, key: ResourceKey? = nil) throws(StoreError) {
        do throws(BSONError) {
            let key = try document.resourceKey(key)
            var fields = DesiredFields(key)
            var cursor = try document.cursor()
            while let element = try cursor.next() { try fields.read(element) }
            self = try fields.finish()
        } catch {
            throw .malformed("desired/\(document.shownID): \(error)")
        }
    }
}

/// What was read of a document of `desired` so far.
private struct DesiredFields {
    private let key: ResourceKey
    private let layout: SpecLayout
    private var name: String?
    private var labels: [Label] = []
    private var spec: Spec
    private var lifecycle = Lifecycle()
    private var overrides = Overrides()
    private var generation: Int64?
    private var revision: Int64?
    private var firstRevision: Int64?
    private var released: [Release] = []
    private var set: String?
    private var manager = ""
    private var source: SourceLocation?
    private var commit: String?
    private var deletion: DeletionMark?
    private var createdAt: Timestamp?
    private var updatedAt: Timestamp?

    init(_ key: ResourceKey) {
        self.key = key
        layout = SpecLayout.of(key.kind)
        spec = Spec(key.kind)
    }

    mutating func read(_ element: ElementView) throws(BSONError) {
        switch element.key {
        case "name": name = try element.string()
        case "labels": labels = try element.records { (view) throws(BSONError) in try Label(view) }
        case "spec": spec = try readSpec(element.document())
        case "lifecycle": lifecycle = try Lifecycle(element.document())
        case "overrides": overrides = try Overrides(element.document())
        case "generation": generation = try element.int64()
        case "revision": revision = try element.int64()
        case "first_revision": firstRevision = try element.int64()
        case "released": released = try element.records { (view) throws(BSONError) in try Release(view) }
        case "set": set = try element.string()
        case "manager": manager = try element.string()
        case "source":
            let view = try element.document()
            source = try SourceLocation(view)
            commit = try view.string("commit")
        case "deletion": deletion = try DeletionMark(element.document())
        case "created_at": createdAt = try Timestamp(element)
        case "updated_at": updatedAt = try Timestamp(element)
        default: break
        }
    }

    private func readSpec(_ view: DocumentView) throws(BSONError) -> Spec {
        var sink = LeafCollector(reserving: key.kind == .node ? 28 : 16)
        try layout.declared.walk(view, into: &sink)
        if let obstacle = sink.obstacles.first {
            throw .typeMismatch(key: "spec.\(obstacle.path)", expected: .document, found: .null)
        }
        return sink.spec(key.kind)
    }

    func finish() throws(BSONError) -> Desired {
        let declaration = Declaration(
            key: key, name: try required(name, "name"), labels: labels, spec: spec, lifecycle: lifecycle,
            source: source)
        var desired = Desired(
            declaration, generation: try required(generation, "generation"),
            revision: try required(revision, "revision"), firstRevision: try required(firstRevision, "first_revision"),
            manager: manager, createdAt: try required(createdAt, "created_at"),
            updatedAt: try required(updatedAt, "updated_at"))
        desired.overrides = overrides
        desired.released = released
        desired.set = set
        desired.commit = commit
        desired.deletion = deletion
        return desired
    }
}

/// The value of a field that has to be there.
func required<Field>(_ value: Field?, _ name: String) throws(BSONError) -> Field {
    guard let value else { throw .missingKey(name) }
    return value
}

extension ElementView {
    /// The documents of an array.
    func records<Record>(
        _ read: (DocumentView) throws(BSONError) -> Record
    ) throws(BSONError) -> [Record] {
        var records: [Record] = []
        var cursor = try array().cursor()
        while let element = try cursor.next() { records.append(try read(element.document())) }
        return records
    }
}

extension DocumentView {
    /// The text under `key`; nil if there is nothing.
    func string(_ key: String) throws(BSONError) -> String? { try first(key)?.string() }
}

extension DocumentView {
    /// What the `_id` names, unless it is known already.
    func resourceKey(_ known: ResourceKey?) throws(BSONError) -> ResourceKey {
        if let known { return known }
        guard let text = try string("_id"), let key = ResourceKey(text) else { throw .missingKey("_id") }
        return key
    }
}
