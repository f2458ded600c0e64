/// A BSON document as the bytes that travel and rest.
///
/// Equality and hash are those of the bytes: order of keys and number types count.
package struct Document: Hashable, Sendable {
    /// The whole document: length, elements, NUL.
    ///
    /// From `init(unchecked:)` they may be anything; readers check as they go and throw.
    package let bytes: [UInt8]

    /// How deep documents may stand in each other, the outermost counted as 1 (the server's own limit is 200).
    package static let maximumDepth = 200

    /// The empty document.
    @inlinable
    package init() {
        bytes = [5, 0, 0, 0, 0]
    }

    /// Takes bytes only if every length, type and string at every depth is right.
    @inlinable
    package init(validating bytes: [UInt8]) throws(BSONError) {
        self.init(unchecked: bytes)
        try validate()
    }

    /// Takes bytes that the server or libbson made, without looking at them.
    ///
    /// Safe for any bytes: whoever reads them later gets an error where they are malformed.
    @inlinable
    package init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Writes a document in one go.
    @inlinable
    package init<Failure: Error>(
        build: (inout DocumentWriter) throws(Failure) -> Void
    ) throws(Failure) {
        var writer = DocumentWriter()
        try build(&writer)
        self = writer.finish()
    }

    @inlinable
    package var isEmpty: Bool { bytes.count <= 5 }

    /// Hands out the bytes for reading in place; the view must not leave `body`.
    @inlinable
    package func withView<Result, Failure: Error>(
        _ body: (DocumentView) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withUnsafeBufferPointer { (buffer) throws(Failure) -> Result in
            try body(DocumentView(UnsafeRawBufferPointer(buffer)))
        }
    }

    /// Reads the elements in order, in place; neither view must leave `body`.
    @inlinable
    package func forEachElement(
        _ body: (KeyView, ElementView) throws(BSONError) -> Void
    ) throws(BSONError) {
        try withView { (view) throws(BSONError) in try view.forEach(body) }
    }

    /// All elements, copied, in order.
    package func elements() throws(BSONError) -> [(key: String, value: Value)] {
        var result: [(key: String, value: Value)] = []
        try forEachElement { (key, element) throws(BSONError) in
            result.append((try key.string(), try element.value()))
        }
        return result
    }

    /// The first value under `key`; nil if there is none or if the bytes up to it are malformed.
    ///
    /// Walks from the start each time: for tests and for small answers.
    package subscript(key: String) -> Value? {
        withView { view in
            guard let element = try? view.first(key) else { return nil }
            return try? element.value()
        }
    }
}

extension Document: CustomDebugStringConvertible {
    /// Relaxed extended JSON: for messages of tests and for debuggers.
    package var debugDescription: String {
        (try? ExtendedJSON.encode(self, canonical: false)) ?? "malformed (\(bytes.count) bytes)"
    }
}
