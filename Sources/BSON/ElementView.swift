/// An element's key, type and value where they lie.
///
/// Readers throw `typeMismatch` with the key when the value has another type.
/// Valid only while its bytes are: inside the closure that received it.
package struct ElementView {
    package let key: KeyView
    package let type: BSONType
    // The cursor has checked that `count` is what the type needs and lies inside of the document.
    @usableFromInline let base: UnsafeRawPointer
    @usableFromInline let count: Int

    @inlinable
    init(key: KeyView, type: BSONType, base: UnsafeRawPointer, count: Int) {
        self.key = key
        self.type = type
        self.base = base
        self.count = count
    }

    @inlinable
    package var isNull: Bool { type == .null }

    @inlinable
    package func string() throws(BSONError) -> String {
        guard type == .string else { throw mismatch(.string) }
        return try text(at: 0)
    }

    /// Hands out a string's UTF-8 (unchecked, without its NUL) without copying it.
    @inlinable
    package func withUTF8<Result>(_ body: (UnsafeRawBufferPointer) -> Result) throws(BSONError) -> Result {
        guard type == .string else { throw mismatch(.string) }
        return body(utf8(at: 0))
    }

    /// Any whole number that fits: of either integer type, or a double without a fraction.
    @inlinable
    package func int64() throws(BSONError) -> Int64 {
        switch type {
        case .int32: return Int64(load(Int32.self))
        case .int64: return load(Int64.self)
        case .double:
            guard let value = Int64(exactly: Double(bitPattern: load(UInt64.self))) else { throw outOfRange() }
            return value
        default: throw mismatch(.int64)
        }
    }

    @inlinable
    package func int() throws(BSONError) -> Int { Int(try int64()) }

    /// Any number but a decimal; a 64-bit integer is rounded to the nearest double.
    @inlinable
    package func double() throws(BSONError) -> Double {
        switch type {
        case .double: return Double(bitPattern: load(UInt64.self))
        case .int32: return Double(load(Int32.self))
        case .int64: return Double(load(Int64.self))
        default: throw mismatch(.double)
        }
    }

    @inlinable
    package func bool() throws(BSONError) -> Bool {
        guard type == .bool else { throw mismatch(.bool) }
        return load(UInt8.self) == 1
    }

    /// Milliseconds since 1970.
    @inlinable
    package func dateTime() throws(BSONError) -> Int64 {
        guard type == .dateTime else { throw mismatch(.dateTime) }
        return load(Int64.self)
    }

    @inlinable
    package func objectID() throws(BSONError) -> ObjectID {
        guard type == .objectID else { throw mismatch(.objectID) }
        return loadObjectID(at: 0)
    }

    @inlinable
    package func decimal128() throws(BSONError) -> Decimal128 {
        guard type == .decimal128 else { throw mismatch(.decimal128) }
        return Decimal128(high: load(UInt64.self, at: 8), low: load(UInt64.self))
    }

    @inlinable
    package func timestamp() throws(BSONError) -> BSONTimestamp {
        guard type == .timestamp else { throw mismatch(.timestamp) }
        return BSONTimestamp(seconds: load(UInt32.self, at: 4), increment: load(UInt32.self))
    }

    /// A nested document, in place.
    @inlinable
    package func document() throws(BSONError) -> DocumentView {
        guard type == .document else { throw mismatch(.document) }
        return DocumentView(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// A nested array's elements, in place; go by their order, not by their keys.
    @inlinable
    package func array() throws(BSONError) -> DocumentView {
        guard type == .array else { throw mismatch(.array) }
        return DocumentView(UnsafeRawBufferPointer(start: base, count: count))
    }

    @inlinable
    func load<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type, at offset: Int = 0) -> Number {
        Number(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }

    @inlinable
    func loadObjectID(at offset: Int) -> ObjectID {
        ObjectID(
            high: UInt64(bigEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
            low: UInt32(bigEndian: base.loadUnaligned(fromByteOffset: offset + 8, as: UInt32.self)))
    }

    /// The bytes of the string whose length stands at `offset`, without its NUL.
    @inlinable
    func utf8(at offset: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + offset + 4, count: Int(load(Int32.self, at: offset)) - 1)
    }

    @inlinable
    func text(at offset: Int) throws(BSONError) -> String {
        try text(utf8(at: offset))
    }

    @inlinable
    func text(_ bytes: UnsafeRawBufferPointer) throws(BSONError) -> String {
        try UTF8Check.string(bytes)
    }

    @usableFromInline
    func mismatch(_ expected: BSONType) -> BSONError {
        .typeMismatch(key: key.description, expected: expected, found: type)
    }

    @usableFromInline
    func outOfRange() -> BSONError { .outOfRange(key: key.description) }
}
