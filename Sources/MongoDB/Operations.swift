import BSON
import CMongoC

/// A collection in a database.
package struct Namespace: Sendable, Hashable, CustomStringConvertible {
    package var database: String
    package var collection: String

    package init(_ database: String, _ collection: String) {
        self.database = database
        self.collection = collection
    }

    package var description: String { "\(database).\(collection)" }
}

/// What can be asked of MongoDB: the same on a `Connection` and inside of a `Transaction`, which it then joins.
///
/// Each call blocks its thread until the answer is there or a time limit has passed.
package protocol Operations {
    var connection: Connection { get }
}

extension Operations {
    /// Runs a command on the primary and returns its reply.
    ///
    /// The command's own fields say everything (write concern, read concern, `maxTimeMS`); nothing is retried.
    /// `inSession: false` is for servers that have no sessions: such as are not initiated yet.
    @discardableResult
    package func command(
        _ database: String, _ command: Document, inSession: Bool = true
    ) throws(MongoError) -> Document {
        try checkName(database)
        let options = try inSession ? connection.options() : CDocument(Document())
        let input = try CDocument(command)
        let reply = CReply()
        var error = bson_error_t()
        let done = mongoc_client_command_with_opts(
            connection.client, database, input.pointer, nil, options.pointer, reply.pointer, &error)
        guard done else { throw connection.failure(error, reply: reply.document) }
        return reply.document
    }

    /// Hands over each document that matches, as the server sends them.
    ///
    /// Throws what `each` throws, at once; otherwise `MongoError`.
    package func find(
        _ namespace: Namespace, filter: Document = Document(), options: FindOptions = FindOptions(),
        each: (Document) throws -> Void
    ) throws {
        try scan(namespace, filter: filter, options: options) { try each($0.document()) }
    }

    /// Like `find`, without copying: a view is valid only during its call.
    package func scan(
        _ namespace: Namespace, filter: Document = Document(), options: FindOptions = FindOptions(),
        each: (DocumentView) throws -> Void
    ) throws {
        try withCursor(namespace, filter: filter, options: options) { cursor in
            while let view = try cursor.next() { try each(view) }
        }
    }

    /// The first document that matches.
    package func findOne(
        _ namespace: Namespace, filter: Document = Document(), options: FindOptions = FindOptions()
    ) throws(MongoError) -> Document? {
        var options = options
        options.limit = 1
        let cursor = try Cursor(find: namespace, filter: filter, options: options, on: connection)
        defer { cursor.end() }
        return try cursor.next()?.document()
    }

    /// A cursor that `body` pulls from; several may be open at once, one inside of the other.
    package func withCursor<R>(
        _ namespace: Namespace, filter: Document = Document(), options: FindOptions = FindOptions(),
        _ body: (Cursor) throws -> R
    ) throws -> R {
        let cursor = try Cursor(find: namespace, filter: filter, options: options, on: connection)
        defer { cursor.end() }
        return try body(cursor)
    }

    /// Hands over each document of a pipeline's result. A view is valid only during its call.
    package func aggregate(
        _ namespace: Namespace, pipeline: [Document], options: AggregateOptions = AggregateOptions(),
        each: (DocumentView) throws -> Void
    ) throws {
        let cursor = try Cursor(
            aggregate: pipeline, database: namespace.database, collection: namespace.collection, options: options,
            on: connection)
        defer { cursor.end() }
        while let view = try cursor.next() { try each(view) }
    }

    /// Like the other `aggregate`, of a whole database (`$currentOp`, `$documents`).
    package func aggregate(
        database: String, pipeline: [Document], options: AggregateOptions = AggregateOptions(),
        each: (DocumentView) throws -> Void
    ) throws {
        let cursor = try Cursor(
            aggregate: pipeline, database: database, collection: nil, options: options, on: connection)
        defer { cursor.end() }
        while let view = try cursor.next() { try each(view) }
    }
}
