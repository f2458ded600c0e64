import BSON
internal import Fleet
internal import Logging
internal import MongoDB

/// Reads of whole documents, on a client's thread. What can't be read as what it should be is left out and logged: one
/// odd document must not hold up the others.
struct DocumentQueries {
    let store: MongoStore
    let connection: Connection

    /// Ids that one filter names; more are asked for in several.
    private static let chunk = 10_000

    func desired(_ keys: some Swift.Collection<ResourceKey>, into found: inout [ResourceKey: Desired]) throws {
        try each(.desired, field: "_id", keys.map(\.description)) { view in
            read { () throws(StoreError) in
                let desired = try Desired(view)
                found[desired.key] = desired
            }
        }
    }

    func status(_ keys: some Swift.Collection<ResourceKey>, into found: inout [ResourceKey: ResourceStatus]) throws {
        try each(.status, field: "_id", keys.map(\.description)) { view in
            read { () throws(StoreError) in
                let status = try ResourceStatus(view)
                found[status.key] = status
            }
        }
    }

    func observed(_ keys: some Swift.Collection<ResourceKey>, into found: inout [ResourceKey: Observed]) throws {
        for kind in Kind.allCases {
            guard let collection = Collection(of: kind) else { continue }
            try each(collection, field: kind.idField, keys.filter { $0.kind == kind }.map(\.id)) { view in
                read { () throws(StoreError) in
                    let observed = try Observed(view, kind: kind)
                    found[observed.key] = observed
                }
            }
        }
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
        let options = FindOptions(projection: projection, batchSize: 10_000)
        try connection.scan(store.namespace(collection), filter: filter, options: options, each: body)
    }

    /// Runs a mapping and logs what it refuses.
    func read(_ map: () throws(StoreError) -> Void) {
        do throws(StoreError) { try map() } catch {
            store.logger.warning("a document was left out", metadata: ["reason": "\(error)"])
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
