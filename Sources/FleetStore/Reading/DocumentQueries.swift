import BSON
internal import Fleet
internal import Logging
internal import MongoDB

/// Reads of whole documents, on a client's thread. What can't be read as what it should be is left out, logged, and told
/// by its key: one odd document must not hold up the others, and must not count as absent either.
struct DocumentQueries {
    let store: MongoStore
    let connection: Connection
    /// Of whole documents.
    var readConcern = ReadConcern.local

    /// Ids that one filter names; more are asked for in several.
    private static let chunk = 10_000

    /// The keys and reasons of what could not be read.
    typealias Refusals = [ResourceKey: String]

    @discardableResult
    func desired(
        _ keys: some Swift.Collection<ResourceKey>, into found: inout [ResourceKey: Desired]
    ) throws -> Refusals {
        var refusals = Refusals()
        try each(.desired, field: "_id", keys.map(\.description)) { view in
            let refusal = read { () throws(StoreError) in
                let desired = try Desired(view)
                found[desired.key] = desired
            }
            if let refusal, let key = view.text("_id").flatMap({ ResourceKey($0) }) { refusals[key] = refusal }
        }
        return refusals
    }

    /// All that a set owns.
    func desired(inSet name: String, into found: inout [ResourceKey: Desired]) throws {
        try each(.desired, field: "set", [name]) { view in
            read { () throws(StoreError) in
                let desired = try Desired(view)
                found[desired.key] = desired
            }
        }
    }

    func status(
        _ keys: some Swift.Collection<ResourceKey>, into found: inout [ResourceKey: ResourceStatus]
    ) throws -> Refusals {
        var refusals = Refusals()
        try each(.status, field: "_id", keys.map(\.description)) { view in
            let refusal = read { () throws(StoreError) in
                let status = try ResourceStatus(view)
                found[status.key] = status
            }
            if let refusal, let key = view.text("_id").flatMap({ ResourceKey($0) }) { refusals[key] = refusal }
        }
        return refusals
    }

    @discardableResult
    func observed(
        _ keys: some Swift.Collection<ResourceKey>, into found: inout [ResourceKey: Observed]
    ) throws -> Refusals {
        var refusals = Refusals()
        for kind in Kind.allCases {
            guard let collection = Collection(of: kind) else { continue }
            try each(collection, field: kind.idField, keys.filter { $0.kind == kind }.map(\.id)) { view in
                let refusal = read { () throws(StoreError) in
                    let observed = try Observed(view, kind: kind)
                    found[observed.key] = observed
                }
                if let refusal, let id = view.text(kind.idField) { refusals[ResourceKey(kind, id)] = refusal }
            }
        }
        return refusals
    }

    /// Hands over the documents of a collection whose `field` is one of these texts.
    func each(
        _ collection: Collection, field: String, _ values: [String], projection: Document? = nil,
        _ body: (DocumentView) throws -> Void
    ) throws {
        var rest = values[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.chunk)
            rest = rest.dropFirst(part.count)
            let filter = Document { filter in
                if part.count == 1, let only = part.first {
                    filter.document(field) { $0.append("$eq", only) }
                } else {
                    filter.document(field) { $0.append("$in", Array(part)) }
                }
            }
            try scan(collection, filter, projection: projection, body)
        }
    }

    func scan(
        _ collection: Collection, _ filter: Document, projection: Document? = nil,
        _ body: (DocumentView) throws -> Void
    ) throws {
        let options = FindOptions(projection: projection, batchSize: 10_000, readConcern: readConcern)
        try connection.scan(store.namespace(collection), filter: filter, options: options, each: body)
    }

    /// Runs a mapping; logs and returns what it refuses.
    @discardableResult
    func read(_ map: () throws(StoreError) -> Void) -> String? {
        do throws(StoreError) {
            try map()
            return nil
        } catch {
            let reason = if case .malformed(let what) = error { what } else { "\(error)" }
            store.logger.warning("a document was left out", metadata: ["reason": "\(reason)"])
            return reason
        }
    }
}

extension DocumentView {
    /// The node that a document of `desired` declares.
    var nodeID: String? {
        guard let id = text("_id"), id.hasPrefix("Node/") else { return nil }
        return String(id.dropFirst("Node/".count))
    }

    /// The text under `key` if it is one; for projections of other services' documents.
    func text(_ key: String) -> String? {
        guard let element = try? first(key) else { return nil }
        return try? element.string()
    }

    /// The text under `key` in the document under `outer`.
    func text(_ outer: String, _ key: String) -> String? {
        guard let element = try? first(outer), let inner = try? element.document() else { return nil }
        return inner.text(key)
    }
}
