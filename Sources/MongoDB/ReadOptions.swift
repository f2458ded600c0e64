import BSON

/// How sure a read is that what it sees stays.
package enum ReadConcern: String, Sendable {
    /// What the primary has. Compare-and-set and the majority commit make it safe.
    case local
    /// What a majority has: for what leads to something outside without a write. It may be stale.
    case majority
    /// A single point in time; in transactions only.
    case snapshot
}

/// Which index a read has to use.
package enum Hint: Sendable {
    case index(String)
    case keys(Document)
}

/// How `find` reads. Reads go to the primary.
package struct FindOptions: Sendable {
    package var projection: Document?
    package var sort: Document?
    /// Zero and nil: all.
    package var limit: Int?
    package var skip: Int?
    package var hint: Hint?
    /// Documents a reply; the server's own rule (101, then 16 MiB) if nil.
    package var batchSize: Int?
    /// Not sent inside of a transaction, which has its own.
    package var readConcern: ReadConcern
    /// The server gives up after that; `.maxTimeExpired`.
    package var maxTime: Duration?

    package init(
        projection: Document? = nil, sort: Document? = nil, limit: Int? = nil, skip: Int? = nil, hint: Hint? = nil,
        batchSize: Int? = nil, readConcern: ReadConcern = .local, maxTime: Duration? = nil
    ) {
        self.projection = projection
        self.sort = sort
        self.limit = limit
        self.skip = skip
        self.hint = hint
        self.batchSize = batchSize
        self.readConcern = readConcern
        self.maxTime = maxTime
    }

    func write(to writer: inout DocumentWriter, inTransaction: Bool) {
        if let projection { writer.append("projection", projection) }
        if let sort { writer.append("sort", sort) }
        if let limit { writer.append("limit", limit) }
        if let skip { writer.append("skip", skip) }
        let rest = AggregateOptions(hint: hint, batchSize: batchSize, readConcern: readConcern, maxTime: maxTime)
        rest.write(to: &writer, inTransaction: inTransaction)
    }
}

/// How `aggregate` reads; the fields are those of `FindOptions`.
package struct AggregateOptions: Sendable {
    package var hint: Hint?
    package var batchSize: Int?
    /// Nil: not sent, for stages that allow none (`$currentOp`).
    package var readConcern: ReadConcern?
    package var maxTime: Duration?

    package init(
        hint: Hint? = nil, batchSize: Int? = nil, readConcern: ReadConcern? = .local, maxTime: Duration? = nil
    ) {
        self.hint = hint
        self.batchSize = batchSize
        self.readConcern = readConcern
        self.maxTime = maxTime
    }

    func write(to writer: inout DocumentWriter, inTransaction: Bool) {
        switch hint {
        case .index(let name): writer.append("hint", name)
        case .keys(let keys): writer.append("hint", keys)
        case nil: break
        }
        if let batchSize { writer.append("batchSize", batchSize) }
        if let maxTime { writer.append("maxTimeMS", maxTime.inMilliseconds) }
        if let readConcern, !inTransaction {
            writer.document("readConcern") { $0.append("level", readConcern.rawValue) }
        }
    }
}
