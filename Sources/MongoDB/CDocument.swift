import BSON
import CMongoC

/// A document inside the driver, made from Swift's bytes and given back at the end of its scope.
///
/// Made by libbson itself: a `bson_t` in Swift's memory would lack its alignment.
struct CDocument: ~Copyable {
    let pointer: OpaquePointer

    /// Throws `.invalidArgument` when the bytes are not one document.
    init(_ document: Document) throws(MongoError) {
        let copy = document.bytes.withUnsafeBufferPointer { bson_new_from_data($0.baseAddress, $0.count) }
        guard let copy else {
            throw MongoError(.invalidArgument, message: "these bytes are not a BSON document")
        }
        pointer = copy
    }

    deinit {
        bson_destroy(pointer)
    }
}

/// Where a driver's function writes its reply.
struct CReply: ~Copyable {
    let pointer: OpaquePointer

    init() {
        pointer = reeve_reply_new()
    }

    /// A copy that outlives the driver's own.
    var document: Document { Document(copying: pointer) }

    deinit {
        reeve_reply_destroy(pointer)
    }
}

extension Document {
    init(copying pointer: OpaquePointer) {
        self.init(unchecked: Array(DocumentView(borrowing: pointer).bytes))
    }
}

extension DocumentView {
    /// Valid as long as the driver keeps the document.
    init(borrowing pointer: OpaquePointer) {
        self.init(UnsafeRawBufferPointer(start: bson_get_data(pointer), count: Int(reeve_bson_length(pointer))))
    }
}

/// Names cross to C as strings that end at a NUL, so none may hold one.
func checkName(_ name: String) throws(MongoError) {
    guard !name.isEmpty, !name.utf8.contains(0) else {
        throw MongoError(.invalidArgument, message: "a name of a database or a collection is empty or holds a NUL")
    }
}
