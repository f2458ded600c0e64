/// A document's bytes where they lie, unchecked until they are walked.
///
/// Valid only while its bytes are: inside the closure that received it.
package struct DocumentView {
    package let bytes: UnsafeRawBufferPointer

    @inlinable
    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Starts to read, after checking that length and closing NUL are right.
    @inlinable
    package func cursor() throws(BSONError) -> ElementCursor {
        guard bytes.count >= 5, let base = bytes.baseAddress,
            Int(Int32(littleEndian: base.loadUnaligned(as: Int32.self))) == bytes.count
        else { throw .malformed(.documentLength, offset: 0) }
        guard bytes[bytes.count - 1] == 0 else {
            throw .malformed(.documentEnd, offset: bytes.count - 1)
        }
        return ElementCursor(base: base, end: bytes.count - 1)
    }

    /// Reads the elements in order; neither view must leave `body`.
    @inlinable
    package func forEach(
        _ body: (KeyView, ElementView) throws(BSONError) -> Void
    ) throws(BSONError) {
        var cursor = try cursor()
        while let element = try cursor.next() { try body(element.key, element) }
    }

    /// The first element under `key`, nil if there is none.
    @inlinable
    package func first(_ key: String) throws(BSONError) -> ElementView? {
        var cursor = try cursor()
        while let element = try cursor.next() {
            if element.key == key { return element }
        }
        return nil
    }

    /// A copy of the bytes that outlives the view.
    @inlinable
    package func document() -> Document { Document(unchecked: Array(bytes)) }
}

/// An element's key where it lies.
///
/// `switch key { case "name": … }` compares bytes and makes no `String`.
package struct KeyView {
    @usableFromInline let base: UnsafeRawPointer
    package let count: Int

    @inlinable
    init(base: UnsafeRawPointer, count: Int) {
        self.base = base
        self.count = count
    }

    /// The key's bytes without its NUL.
    @inlinable
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    @inlinable
    package func string() throws(BSONError) -> String {
        try UTF8Check.string(bytes)
    }

    @inlinable @inline(__always)
    func equals(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard other.count == count else { return false }
        var index = 0
        while index < count {
            guard base.load(fromByteOffset: index, as: UInt8.self) == other[index] else { return false }
            index += 1
        }
        return true
    }

    // Always inlined: for a literal, only the comparison of the length and, where it agrees, of the bytes remains.
    @inlinable @inline(__always)
    package static func ~= (pattern: StaticString, key: KeyView) -> Bool {
        pattern.withUTF8Buffer { key.equals($0) }
    }

    @inlinable
    package static func == (key: KeyView, other: String) -> Bool {
        var other = other
        return other.withUTF8 { key.equals($0) }
    }

    @inlinable
    package static func == (key: KeyView, other: [UInt8]) -> Bool {
        other.withUnsafeBufferPointer { key.equals($0) }
    }
}

extension KeyView: CustomStringConvertible {
    /// The key for messages: what is not UTF-8 in it is shown as U+FFFD.
    package var description: String { String(decoding: bytes, as: UTF8.self) }
}
