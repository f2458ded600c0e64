internal import Fleet

/// One collection of the data model with its unique indexes.
struct DocumentCollection: Sendable {
    /// Why a unique index refuses a document (11000).
    enum Violation: Error {
        case id
        case name
    }

    private struct Entry {
        var document: MemoryDocument
        var observed: Observed?
    }

    /// A missing field is null to an index, so that nodes without a pool share one space of names.
    private struct Name: Hashable {
        var pool: FieldValue
        var name: FieldValue
    }

    private let kind: Kind
    private var entries: [DocumentID: Entry] = [:]
    private var byResource: [FieldValue: DocumentID] = [:]
    private var byName: [Name: DocumentID] = [:]
    private var byPool: [String: Set<DocumentID>] = [:]

    init(_ kind: Kind) { self.kind = kind }

    var documents: [MemoryDocument] { entries.values.map(\.document) }
    var observed: [Observed] { entries.values.compactMap(\.observed) }

    subscript(id: DocumentID) -> MemoryDocument? { entries[id]?.document }

    func observed(_ resource: String) -> Observed? {
        byResource[.string(resource)].flatMap { entries[$0]?.observed }
    }

    func documentID(of resource: String) -> DocumentID? { byResource[.string(resource)] }

    /// Documents with that `pool_id`, whether or not they have an id of the data model.
    func documents(inPool pool: String) -> [MemoryDocument] {
        (byPool[pool] ?? []).compactMap { entries[$0]?.document }
    }

    func observed(inPool pool: String) -> [Observed] {
        (byPool[pool] ?? []).compactMap { entries[$0]?.observed }
    }

    func count(inPool pool: String) -> Int64 { Int64(byPool[pool]?.count ?? 0) }

    /// Puts what stands under `id` in the place of what stood there; nothing changes when an index refuses it.
    mutating func set(_ id: DocumentID, to new: MemoryDocument?) throws(Violation) {
        let old = entries[id]?.document
        if let new {
            if let holder = byResource[resource(of: new)], holder != id { throw .id }
            if kind == .node, let holder = byName[name(of: new)], holder != id { throw .name }
        }
        if let old { unindex(old) }
        guard let new else {
            entries[id] = nil
            return
        }
        entries[id] = Entry(document: new, observed: new.observed(kind))
        byResource[resource(of: new)] = id
        if kind == .node { byName[name(of: new)] = id }
        if kind == .node, let pool = new["pool_id"]?.string { byPool[pool, default: []].insert(id) }
    }

    private mutating func unindex(_ document: MemoryDocument) {
        byResource[resource(of: document)] = nil
        guard kind == .node else { return }
        byName[name(of: document)] = nil
        guard let pool = document["pool_id"]?.string else { return }
        byPool[pool]?.remove(document.id)
        if byPool[pool]?.isEmpty == true { byPool[pool] = nil }
    }

    private func resource(of document: MemoryDocument) -> FieldValue { document[kind.idField] ?? .null }

    private func name(of document: MemoryDocument) -> Name {
        Name(pool: document["pool_id"] ?? .null, name: document["name"] ?? .null)
    }
}
