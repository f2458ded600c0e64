import BSON
import CMongoC

/// One operation of a bulk. An upsert is only ever one that was asked for.
package enum WriteOperation: Sendable {
    case insertOne(Document)
    /// `update` holds operators, or is an array of stages.
    case updateOne(filter: Document, update: Document, upsert: Bool = false)
    case updateMany(filter: Document, update: Document, upsert: Bool = false)
    case replaceOne(filter: Document, replacement: Document, upsert: Bool = false)
    case deleteOne(filter: Document)
    case deleteMany(filter: Document)
}

/// When a write outside of a transaction counts as done. A transaction's own commit is always by majority.
package enum Acknowledgement: Sendable {
    case majority
    /// By a majority, on their disks: also where the set's own majority is content with memory.
    case durable
    /// A majority, given up within this time: for what has a deadline of its own.
    case majorityWithin(Duration)
    /// As soon as the primary has it: for heartbeats.
    case primary
}

/// What a bulk did, in all.
package struct BulkResult: Sendable, Equatable {
    package var inserted = 0
    package var matched = 0
    package var modified = 0
    package var deleted = 0
    package var upserted = 0

    package init(inserted: Int = 0, matched: Int = 0, modified: Int = 0, deleted: Int = 0, upserted: Int = 0) {
        self.inserted = inserted
        self.matched = matched
        self.modified = modified
        self.deleted = deleted
        self.upserted = upserted
    }

    init(reply: Document) {
        func count(_ key: String) -> Int { Int(reply[key]?.int64Value ?? 0) }
        self.init(
            inserted: count("nInserted"), matched: count("nMatched"), modified: count("nModified"),
            deleted: count("nRemoved"), upserted: count("nUpserted"))
    }
}

extension Operations {
    /// Inserts documents as one bulk; see `bulkWrite`.
    @discardableResult
    package func insert(
        _ namespace: Namespace, _ documents: [Document], ordered: Bool = false,
        acknowledgement: Acknowledgement = .majority
    ) throws(MongoError) -> BulkResult {
        try bulkWrite(
            namespace, documents.map(WriteOperation.insertOne), ordered: ordered, acknowledgement: acknowledgement)
    }

    /// Sends the operations in as few commands as the server allows and sums up what they did.
    ///
    /// Unordered: all are tried, and the error lists each that was refused. Inside of a transaction the first refusal
    /// ends it, so there every bulk is ordered and names that one. An error holds what was done before in
    /// `MongoError.partial`.
    @discardableResult
    package func bulkWrite(
        _ namespace: Namespace, _ operations: [WriteOperation], ordered: Bool = false,
        acknowledgement: Acknowledgement = .majority
    ) throws(MongoError) -> BulkResult {
        guard !operations.isEmpty else { return BulkResult() }
        try checkName(namespace.database)
        try checkName(namespace.collection)
        let inTransaction = connection.isInTransaction
        let options = try connection.options { options in
            options.append("ordered", ordered || inTransaction)
            if !inTransaction { acknowledgement.write(to: &options) }
        }
        let collection = mongoc_client_get_collection(connection.client, namespace.database, namespace.collection)
        defer { mongoc_collection_destroy(collection) }
        guard let bulk = mongoc_collection_create_bulk_operation_with_opts(collection, options.pointer) else {
            throw MongoError(.invalidArgument, message: "the bulk write was refused by the driver")
        }
        defer { mongoc_bulk_operation_destroy(bulk) }
        for (index, operation) in operations.enumerated() {
            try add(operation, at: index, to: bulk)
        }
        let reply = CReply()
        var error = bson_error_t()
        guard mongoc_bulk_operation_execute(bulk, reply.pointer, &error) != 0 else {
            let answer = reply.document
            var failure = connection.failure(error, reply: answer)
            failure.partial = BulkResult(reply: answer)
            throw failure
        }
        return BulkResult(reply: reply.document)
    }

    private func add(_ operation: WriteOperation, at index: Int, to bulk: OpaquePointer) throws(MongoError) {
        var error = bson_error_t()
        let added: Bool
        switch operation {
        case .insertOne(let document):
            let document = try CDocument(document)
            added = mongoc_bulk_operation_insert_with_opts(bulk, document.pointer, nil, &error)
        case .updateOne(let filter, let update, let upsert):
            added = try change(mongoc_bulk_operation_update_one_with_opts, bulk, filter, update, upsert, &error)
        case .updateMany(let filter, let update, let upsert):
            added = try change(mongoc_bulk_operation_update_many_with_opts, bulk, filter, update, upsert, &error)
        case .replaceOne(let filter, let replacement, let upsert):
            added = try change(mongoc_bulk_operation_replace_one_with_opts, bulk, filter, replacement, upsert, &error)
        case .deleteOne(let filter):
            let filter = try CDocument(filter)
            added = mongoc_bulk_operation_remove_one_with_opts(bulk, filter.pointer, nil, &error)
        case .deleteMany(let filter):
            let filter = try CDocument(filter)
            added = mongoc_bulk_operation_remove_many_with_opts(bulk, filter.pointer, nil, &error)
        }
        guard added else {
            var failure = connection.failure(error)
            failure.writeErrors = [.init(index: index, code: Int(failure.code), message: failure.message)]
            throw failure
        }
    }

    private func change(
        _ add: ChangeFunction, _ bulk: OpaquePointer, _ filter: Document, _ change: Document, _ upsert: Bool,
        _ error: inout bson_error_t
    ) throws(MongoError) -> Bool {
        let filter = try CDocument(filter)
        let change = try CDocument(change)
        let options = try CDocument(upsert ? .withUpsert : .empty)
        return add(bulk, filter.pointer, change.pointer, options.pointer, &error)
    }
}

/// The shape that the driver's functions for updates and replacements share.
private typealias ChangeFunction = (
    OpaquePointer?, OpaquePointer?, OpaquePointer?, OpaquePointer?, UnsafeMutablePointer<bson_error_t>?
) -> Bool

extension Acknowledgement {
    /// A majority that does not answer within ten seconds leaves the outcome open.
    fileprivate func write(to options: inout DocumentWriter) {
        options.document("writeConcern") { concern in
            switch self {
            case .majority:
                concern.append("w", "majority")
                concern.append("wtimeout", 10_000)
            case .durable:
                concern.append("w", "majority")
                concern.append("j", true)
                concern.append("wtimeout", 10_000)
            case .majorityWithin(let limit):
                concern.append("w", "majority")
                concern.append("wtimeout", limit.inMilliseconds)
            case .primary:
                concern.append("w", Int32(1))
            }
        }
    }
}

extension Document {
    fileprivate static let withUpsert = Document { $0.append("upsert", true) }
    fileprivate static let empty = Document()
}
