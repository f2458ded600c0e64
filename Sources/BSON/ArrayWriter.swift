/// Writes an array's elements one after the other; their keys "0", "1", … come by themselves.
package struct ArrayWriter {
    @usableFromInline var writer: DocumentWriter
    @usableFromInline var count = 0

    @inlinable
    package init() {
        writer = DocumentWriter()
    }

    @inlinable
    init(continuing bytes: [UInt8]) {
        writer = DocumentWriter(continuing: bytes)
    }

    /// The array as the document that `Value.array` holds.
    @inlinable
    package consuming func finish() -> Document { writer.finish() }

    @inlinable
    mutating func nextKey() -> String {
        defer { count += 1 }
        return String(count)
    }

    @inlinable
    package mutating func append(_ value: String) { writer.append(nextKey(), value) }

    @inlinable
    package mutating func append(_ value: Int32) { writer.append(nextKey(), value) }

    @inlinable
    package mutating func append(_ value: Int64) { writer.append(nextKey(), value) }

    /// Always an int64.
    @inlinable
    package mutating func append(_ value: Int) { writer.append(nextKey(), value) }

    @inlinable
    package mutating func append(_ value: Double) { writer.append(nextKey(), value) }

    @inlinable
    package mutating func append(_ value: Bool) { writer.append(nextKey(), value) }

    @inlinable
    package mutating func append(_ value: ObjectID) { writer.append(nextKey(), value) }

    @inlinable
    package mutating func append(_ value: Document) { writer.append(nextKey(), value) }

    @_disfavoredOverload
    package mutating func append(_ value: Value) { writer.append(nextKey(), value) }

    @inlinable
    package mutating func document<Failure: Error>(
        _ body: (inout DocumentWriter) throws(Failure) -> Void
    ) throws(Failure) {
        try writer.document(nextKey(), body)
    }

    @inlinable
    package mutating func array<Failure: Error>(
        _ body: (inout ArrayWriter) throws(Failure) -> Void
    ) throws(Failure) {
        try writer.array(nextKey(), body)
    }
}
