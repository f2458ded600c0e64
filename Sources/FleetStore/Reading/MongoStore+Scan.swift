import BSON
package import Fleet
internal import MongoDB

extension MongoStore {
    /// Below so many documents one part is as fast as two.
    private static let smallestPart = 1_000

    package func scan<Part: Sendable>(
        _ kind: Kind, into initial: @escaping @Sendable () -> Part,
        row: @escaping @Sendable (inout Part, ScanRow) -> Void
    ) async throws(StoreError) -> [Part] {
        let ranges = try await perform { [self] connection in
            try IDRange.split(kind, smallestPart: Self.smallestPart, store: self, connection: connection)
        }
        let scanPart: @Sendable (IDRange) async -> Result<Part, StoreError> = { [self] range in
            do throws(StoreError) {
                return .success(
                    try await perform { connection in
                        var part = initial()
                        let scan = PartScan(
                            queries: DocumentQueries(store: self, connection: connection), kind: kind, range: range)
                        try scan.run { row(&part, $0) }
                        return part
                    })
            } catch {
                return .failure(error)
            }
        }
        let results = await withTaskGroup(of: (Int, Result<Part, StoreError>).self) { group in
            for (index, range) in ranges.enumerated() {
                group.addTask { (index, await scanPart(range)) }
            }
            var results: [(Int, Result<Part, StoreError>)] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }
        }
        var parts: [Part] = []
        for (_, result) in results { parts.append(try result.get()) }
        return parts
    }
}

/// The ids from `from` on, up to `until`; nil has no bound.
struct IDRange: Sendable {
    var from: String?
    var until: String?

    /// Two ranges that hold about as many documents, or one if there are few. The index alone is read.
    static func split(
        _ kind: Kind, smallestPart: Int, store: MongoStore, connection: Connection
    ) throws -> [IDRange] {
        let collection = Collection(of: kind) ?? .desired
        let count =
            try connection.command(
                store.settings.database, Document { $0.append("count", collection.rawValue) })["n"]?.int64Value ?? 0
        guard collection != .desired, count >= smallestPart * 2 else { return [IDRange()] }
        let projection = Document { projection in
            projection.append("_id", Int32(0))
            projection.append(kind.idField, Int32(1))
        }
        let options = FindOptions(
            projection: projection, sort: Document { $0.append(kind.idField, Int32(1)) }, skip: Int(count / 2))
        let texts = Document { filter in filter.document(kind.idField) { $0.append("$gte", "") } }
        let middle = try connection.findOne(store.namespace(collection), filter: texts, options: options)
        guard let id = middle?[kind.idField]?.stringValue else { return [IDRange()] }
        return [IDRange(from: nil, until: id), IDRange(from: id, until: nil)]
    }

    /// Texts alone, within the range. `prefix` stands before the id, as in `Node/`.
    func filter(_ field: String, prefix: String) -> Document {
        Document { filter in
            filter.document(field) { range in
                range.append("$gte", prefix + (from ?? ""))
                if let until {
                    range.append("$lt", prefix + until)
                } else if !prefix.isEmpty {
                    // The character after the slash.
                    range.append("$lt", prefix.dropLast() + "0")
                }
            }
        }
    }
}

/// Merges what stands of a range of ids in `desired`, in the kind's collection and in `status`, each read in order of
/// id: whatever the number of resources, only a batch of each is in memory.
private struct PartScan {
    let queries: DocumentQueries
    let kind: Kind
    let range: IDRange

    // A batch of a few megabytes: larger ones are no faster.
    private static let batchSize = 4_000

    func run(_ row: (ScanRow) -> Void) throws {
        let prefix = "\(kind.rawValue)/"
        try open(.desired, "_id", prefix) { desired in
            try open(.status, "_id", prefix) { status in
                guard let collection = Collection(of: kind) else {
                    return try merge(desired, nil, status, row)
                }
                try open(collection, kind.idField, "") { documents in try merge(desired, documents, status, row) }
            }
        }
    }

    private func open(
        _ collection: Collection, _ field: String, _ prefix: String, _ body: (RowSource) throws -> Void
    ) throws {
        let options = FindOptions(
            sort: Document { $0.append(field, Int32(1)) }, hint: .keys(Document { $0.append(field, Int32(1)) }),
            batchSize: Self.batchSize)
        let filter = range.filter(field, prefix: prefix)
        try queries.connection.withCursor(
            queries.store.namespace(collection), filter: filter, options: options
        ) { cursor in
            try body(RowSource(cursor, field: field, prefixCount: prefix.utf8.count, queries: queries))
        }
    }

    private func merge(
        _ desired: RowSource, _ documents: RowSource?, _ status: RowSource, _ row: (ScanRow) -> Void
    ) throws {
        try desired.advance()
        try documents?.advance()
        try status.advance()
        while let id = RowSource.lowest(desired, documents, status) {
            let key = ResourceKey(kind, String(decoding: id, as: UTF8.self))
            let hasDesired = desired.stands(at: id)
            let hasDocument = documents?.stands(at: id) ?? false
            let hasStatus = status.stands(at: id)
            var found = ScanRow(key: key, desired: nil, observed: nil, status: nil)
            let refusals = [
                queries.read { () throws(StoreError) in
                    if hasDesired, let view = desired.view { found.desired = try Desired(view, key: key) }
                },
                queries.read { () throws(StoreError) in
                    if hasDocument, let view = documents?.view {
                        found.observed = try Observed(view, kind: kind, key: key)
                    }
                },
                queries.read { () throws(StoreError) in
                    if hasStatus, let view = status.view { found.status = try ResourceStatus(view, key: key) }
                },
            ]
            found.unreadable = refusals.lazy.compactMap(\.self).first
            row(found)
            // The id lies in the bytes of one of these, so all were compared before any moves on.
            if hasDesired { try desired.advance() }
            if hasDocument { try documents?.advance() }
            if hasStatus { try status.advance() }
        }
    }
}

/// A cursor in order of id, and the document that it stands at.
private final class RowSource {
    private let cursor: Cursor
    private let field: String
    private let prefixCount: Int
    private let queries: DocumentQueries
    private(set) var view: DocumentView?
    /// The id's bytes, in those of `view`.
    private var id: UnsafeRawBufferPointer?

    init(_ cursor: Cursor, field: String, prefixCount: Int, queries: DocumentQueries) {
        self.queries = queries
        self.cursor = cursor
        self.field = field
        self.prefixCount = prefixCount
    }

    func advance() throws {
        id = nil
        view = nil
        while let next = try cursor.next() {
            do throws(BSONError) {
                let element = try required(next.first(field), field)
                id = try element.withUTF8 { UnsafeRawBufferPointer(rebasing: $0.dropFirst(prefixCount)) }
                view = next
                return
            } catch {
                // A list that holds a text is found among the texts; it is nobody's id.
                queries.read { () throws(StoreError) in throw .malformed("\(field) of \(next.shownID): \(error)") }
            }
        }
    }

    func stands(at other: UnsafeRawBufferPointer) -> Bool {
        guard let id else { return false }
        return id.elementsEqual(other)
    }

    /// The lowest id that one of these stands at; nil at the end of all.
    static func lowest(_ first: RowSource, _ second: RowSource?, _ third: RowSource) -> UnsafeRawBufferPointer? {
        var lowest = first.id
        for source in [second, third] {
            guard let id = source?.id else { continue }
            if lowest.map({ id.precedes($0) }) ?? true { lowest = id }
        }
        return lowest
    }
}

extension UnsafeRawBufferPointer {
    /// The server's order of texts: byte by byte.
    fileprivate func precedes(_ other: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        let common = Swift.min(count, other.count)
        while index < common {
            if self[index] != other[index] { return self[index] < other[index] }
            index += 1
        }
        return count < other.count
    }
}
