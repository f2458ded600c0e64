import BSON
import CMongoC

/// Documents that are pulled one by one from the server. Valid only inside of the closure that received it.
package final class Cursor {
    private let connection: Connection
    private var pointer: OpaquePointer?

    init(
        find namespace: Namespace, filter: Document, options: FindOptions, on connection: Connection
    ) throws(MongoError) {
        try checkName(namespace.database)
        try checkName(namespace.collection)
        self.connection = connection
        let inTransaction = connection.isInTransaction
        let settings = try connection.options { options.write(to: &$0, inTransaction: inTransaction) }
        let query = try CDocument(filter)
        let collection = mongoc_client_get_collection(connection.client, namespace.database, namespace.collection)
        defer { mongoc_collection_destroy(collection) }
        pointer = mongoc_collection_find_with_opts(collection, query.pointer, settings.pointer, nil)
    }

    /// Without a collection: of the whole database.
    init(
        aggregate pipeline: [Document], database: String, collection: String?, options: AggregateOptions,
        on connection: Connection
    ) throws(MongoError) {
        try checkName(database)
        self.connection = connection
        let inTransaction = connection.isInTransaction
        let settings = try connection.options { options.write(to: &$0, inTransaction: inTransaction) }
        let stages = try CDocument(Document { $0.append("pipeline", pipeline) })
        if let collection {
            try checkName(collection)
            let collection = mongoc_client_get_collection(connection.client, database, collection)
            defer { mongoc_collection_destroy(collection) }
            pointer = mongoc_collection_aggregate(
                collection, MONGOC_QUERY_NONE, stages.pointer, settings.pointer, nil)
        } else {
            let database = mongoc_client_get_database(connection.client, database)
            defer { mongoc_database_destroy(database) }
            pointer = mongoc_database_aggregate(database, stages.pointer, settings.pointer, nil)
        }
    }

    /// The next document; it is valid until the next call. Nil at the end.
    package func next() throws(MongoError) -> DocumentView? {
        guard let pointer else { return nil }
        var document: OpaquePointer?
        if mongoc_cursor_next(pointer, &document), let document {
            return DocumentView(borrowing: document)
        }
        var error = bson_error_t()
        var reply: OpaquePointer?
        guard mongoc_cursor_error_document(pointer, &error, &reply) else { return nil }
        throw connection.failure(error, reply: reply.map { Document(copying: $0) } ?? Document())
    }

    /// Idempotent; the server forgets the cursor, too.
    func end() {
        if let pointer {
            mongoc_cursor_destroy(pointer)
        }
        pointer = nil
    }

    deinit {
        end()
    }
}
