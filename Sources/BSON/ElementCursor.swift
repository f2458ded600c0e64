/// Walks a document's elements once, checking each one's bounds before handing it out.
package struct ElementCursor {
    @usableFromInline let base: UnsafeRawPointer
    /// Where the document's closing NUL stands.
    @usableFromInline let end: Int
    @usableFromInline var offset = 4

    @inlinable
    init(base: UnsafeRawPointer, end: Int) {
        self.base = base
        self.end = end
    }

    /// The next element, its own lengths checked (not those inside a nested document); nil at the end.
    @inlinable
    package mutating func next() throws(BSONError) -> ElementView? {
        guard offset < end else { return nil }
        guard let type = BSONType(rawValue: byte(offset)) else { throw .malformed(.unknownType, offset: offset) }
        let keyStart = offset + 1
        let keyEnd = try endOfCString(from: keyStart)
        let valueStart = keyEnd + 1
        let count = try valueCount(of: type, at: valueStart)
        guard count <= end - valueStart else { throw .malformed(.truncated, offset: valueStart) }
        offset = valueStart + count
        return ElementView(
            key: KeyView(base: base + keyStart, count: keyEnd - keyStart), type: type, base: base + valueStart,
            count: count)
    }

    @inlinable
    func byte(_ offset: Int) -> UInt8 { base.load(fromByteOffset: offset, as: UInt8.self) }

    /// A length as it stands in the bytes, or an error if they end before it does.
    @inlinable
    func length(at offset: Int) throws(BSONError) -> Int {
        guard end - offset >= 4 else { throw .malformed(.truncated, offset: offset) }
        return Int(Int32(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
    }

    @inlinable
    func endOfCString(from start: Int) throws(BSONError) -> Int {
        var scan = start
        while scan < end {
            if byte(scan) == 0 { return scan }
            scan += 1
        }
        throw .malformed(.unterminatedString, offset: start)
    }

    /// How many bytes the value takes; may reach past `end` only for types of a fixed size.
    @inlinable
    func valueCount(of type: BSONType, at offset: Int) throws(BSONError) -> Int {
        switch type {
        case .double, .dateTime, .timestamp, .int64: return 8
        case .int32: return 4
        case .string, .javaScript, .symbol: return try stringCount(at: offset)
        case .undefined, .null, .minKey, .maxKey: return 0
        case .objectID: return 12
        case .decimal128: return 16
        case .bool:
            guard offset < end, byte(offset) <= 1 else { throw .malformed(.bool, offset: offset) }
            return 1
        case .document, .array: return try documentCount(at: offset)
        case .binary, .regex, .dbPointer, .javaScriptWithScope: return try rareCount(of: type, at: offset)
        }
    }

    @inlinable
    func stringCount(at offset: Int) throws(BSONError) -> Int {
        let length = try length(at: offset)
        guard length >= 1, length <= end - offset - 4 else { throw .malformed(.stringLength, offset: offset) }
        guard byte(offset + 3 + length) == 0 else { throw .malformed(.unterminatedString, offset: offset) }
        return 4 + length
    }

    @inlinable
    func documentCount(at offset: Int) throws(BSONError) -> Int {
        let length = try length(at: offset)
        guard length >= 5, length <= end - offset else { throw .malformed(.documentLength, offset: offset) }
        guard byte(offset + length - 1) == 0 else { throw .malformed(.documentEnd, offset: offset) }
        return length
    }

    @usableFromInline
    func rareCount(of type: BSONType, at offset: Int) throws(BSONError) -> Int {
        switch type {
        case .binary:
            let length = try length(at: offset)
            guard length >= 0, length <= end - offset - 5 else { throw .malformed(.binaryLength, offset: offset) }
            if byte(offset + 4) == 2 {
                guard length >= 4, try self.length(at: offset + 5) == length - 4 else {
                    throw .malformed(.binaryLength, offset: offset)
                }
            }
            return 5 + length
        case .regex:
            let options = try endOfCString(from: offset) + 1
            return try endOfCString(from: options) + 1 - offset
        case .dbPointer:
            return try stringCount(at: offset) + 12
        default:
            let length = try length(at: offset)
            guard length >= 14, length <= end - offset else { throw .malformed(.scopeLength, offset: offset) }
            let code = try stringCount(at: offset + 4)
            guard code <= length - 9, try documentCount(at: offset + 4 + code) == length - 4 - code else {
                throw .malformed(.scopeLength, offset: offset)
            }
            return length
        }
    }
}
