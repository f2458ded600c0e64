/// Writes a document's elements one after the other, nested ones in place.
///
/// Keys, and the two parts of a regular expression, end at NUL in BSON; a NUL inside of one is written
/// as U+FFFD, so text of a stranger can neither cut a key short nor forge an element.
package struct DocumentWriter {
    @usableFromInline var bytes: [UInt8]

    @inlinable
    package init(reserving capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
        appendBytes(of: Int32(0))
    }

    @inlinable
    package consuming func finish() -> Document {
        close(from: 0)
        return Document(unchecked: bytes)
    }

    @inlinable
    package mutating func append(_ key: String, _ value: String) {
        header(.string, key)
        appendString(value)
    }

    @inlinable
    package mutating func append(_ key: String, _ value: Int32) {
        header(.int32, key)
        appendBytes(of: value)
    }

    @inlinable
    package mutating func append(_ key: String, _ value: Int64) {
        header(.int64, key)
        appendBytes(of: value)
    }

    /// Always an int64, so that a field's type does not change with its value.
    @inlinable
    package mutating func append(_ key: String, _ value: Int) {
        append(key, Int64(value))
    }

    @inlinable
    package mutating func append(_ key: String, _ value: Double) {
        header(.double, key)
        appendBytes(of: value.bitPattern)
    }

    @inlinable
    package mutating func append(_ key: String, _ value: Bool) {
        header(.bool, key)
        bytes.append(value ? 1 : 0)
    }

    @inlinable
    package mutating func append(_ key: String, _ value: ObjectID) {
        header(.objectID, key)
        appendObjectID(value)
    }

    /// A date in milliseconds since 1970.
    @inlinable
    package mutating func append(_ key: String, dateTime milliseconds: Int64) {
        header(.dateTime, key)
        appendBytes(of: milliseconds)
    }

    @inlinable
    package mutating func append(_ key: String, _ value: Decimal128) {
        header(.decimal128, key)
        appendBytes(of: value.low)
        appendBytes(of: value.high)
    }

    @inlinable
    package mutating func append(_ key: String, _ value: BSONTimestamp) {
        header(.timestamp, key)
        appendBytes(of: value.increment)
        appendBytes(of: value.seconds)
    }

    @inlinable
    package mutating func append(_ key: String, _ value: Binary) {
        header(.binary, key)
        appendBinary(value)
    }

    @inlinable
    package mutating func append(_ key: String, _ value: Document) {
        header(.document, key)
        bytes.append(contentsOf: value.bytes)
    }

    /// An array whose elements stand in `elements`, keyed "0", "1", ….
    @inlinable
    package mutating func append(_ key: String, array elements: Document) {
        header(.array, key)
        bytes.append(contentsOf: elements.bytes)
    }

    @inlinable
    package mutating func append(_ key: String, _ values: [Document]) {
        array(key) { array in
            for value in values { array.append(value) }
        }
    }

    @inlinable
    package mutating func append(_ key: String, _ values: [String]) {
        array(key) { array in
            for value in values { array.append(value) }
        }
    }

    @inlinable
    package mutating func appendNull(_ key: String) {
        header(.null, key)
    }

    /// Any value. Disfavoured so that literals choose the overload of their own type.
    @_disfavoredOverload
    package mutating func append(_ key: String, _ value: Value) {
        header(value.type, key)
        appendContent(of: value)
    }

    /// Writes a document in place. If `body` throws, nothing of it remains.
    @inlinable
    package mutating func document<Failure: Error>(
        _ key: String, _ body: (inout DocumentWriter) throws(Failure) -> Void
    ) throws(Failure) {
        let mark = bytes.count
        header(.document, key)
        let start = bytes.count
        appendBytes(of: Int32(0))
        do throws(Failure) {
            try body(&self)
        } catch {
            bytes.removeSubrange(mark...)
            throw error
        }
        close(from: start)
    }

    /// Writes an array in place. If `body` throws, nothing of it remains.
    @inlinable
    package mutating func array<Failure: Error>(
        _ key: String, _ body: (inout ArrayWriter) throws(Failure) -> Void
    ) throws(Failure) {
        let mark = bytes.count
        header(.array, key)
        let start = bytes.count
        appendBytes(of: Int32(0))
        // The buffer moves into the array's writer and back: no copy.
        var inner = ArrayWriter(continuing: [])
        swap(&inner.writer.bytes, &bytes)
        do throws(Failure) {
            try body(&inner)
        } catch {
            swap(&inner.writer.bytes, &bytes)
            bytes.removeSubrange(mark...)
            throw error
        }
        swap(&inner.writer.bytes, &bytes)
        close(from: start)
    }
}
