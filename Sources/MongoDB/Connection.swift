import BSON
import CMongoC

/// One of the driver's clients with its session, on the one thread that owns both.
///
/// Not `Sendable`; valid only inside of `Client.run`. Every operation goes through its session, so that the session's
/// id names everything this connection wrote.
package final class Connection: Operations {
    package var connection: Connection { self }

    let client: OpaquePointer
    let redaction: Redaction
    var isInTransaction = false
    private let sessionIDs: SessionIDs
    private var openSession: (pointer: OpaquePointer, id: [UInt8])?

    init(client: OpaquePointer, redaction: Redaction, sessionIDs: SessionIDs) {
        self.client = client
        self.redaction = redaction
        self.sessionIDs = sessionIDs
    }

    /// The session of this connection: opened at its first use, kept until the connection ends.
    ///
    /// Without causal consistency: reads take what the primary has, and need no wait.
    func session() throws(MongoError) -> (pointer: OpaquePointer, id: [UInt8]) {
        if let openSession { return openSession }
        let options = reeve_session_options()
        defer { mongoc_session_opts_destroy(options) }
        var error = bson_error_t()
        guard let pointer = mongoc_client_start_session(client, options, &error) else {
            throw failure(error)
        }
        var id: [UInt8] = []
        if let lsid = mongoc_client_session_get_lsid(pointer),
            case .binary(let uuid)? = Document(copying: lsid)["id"]
        {
            id = uuid.bytes
        }
        // Own writes are known again by it.
        guard id.count == 16 else {
            mongoc_client_session_destroy(pointer)
            throw MongoError(.other, message: "the driver's session has an id of \(id.count) bytes, not 16")
        }
        sessionIDs.insert(id)
        openSession = (pointer, id)
        return (pointer, id)
    }

    /// Ends the session; the client itself belongs to whoever made the connection.
    func end() {
        if let openSession {
            mongoc_client_session_destroy(openSession.pointer)
        }
        openSession = nil
    }

    func failure(_ error: bson_error_t, reply: Document = Document()) -> MongoError {
        MongoError(error, reply: reply, redaction: redaction)
    }

    /// Options of an operation, with this connection's session in them.
    func options(_ build: (inout DocumentWriter) -> Void = { _ in }) throws(MongoError) -> CDocument {
        let options = try CDocument(Document(build: build))
        var error = bson_error_t()
        guard mongoc_client_session_append(try session().pointer, options.pointer, &error) else {
            throw failure(error)
        }
        return options
    }
}
