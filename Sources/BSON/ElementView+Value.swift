extension ElementView {
    package func binary() throws(BSONError) -> Binary {
        guard type == .binary else { throw mismatch(.binary) }
        let subtype = load(UInt8.self, at: 4)
        // The old subtype 2 repeats its length, which is no part of its content.
        let start = subtype == 2 ? 9 : 5
        return Binary(subtype: subtype, bytes: Array(bytes(from: start, to: count)))
    }

    /// The value, copied. Nested documents are copied as bytes and checked when they are read.
    package func value() throws(BSONError) -> Value {
        switch type {
        case .double: return .double(try double())
        case .string: return .string(try text(at: 0))
        case .document: return .document(Document(unchecked: Array(bytes(from: 0, to: count))))
        case .array: return .array(Document(unchecked: Array(bytes(from: 0, to: count))))
        case .binary: return .binary(try binary())
        case .undefined: return .undefined
        case .objectID: return .objectID(try objectID())
        case .bool: return .bool(try bool())
        case .dateTime: return .dateTime(try dateTime())
        case .null: return .null
        case .regex:
            let parts = regexParts()
            return .regex(pattern: try text(parts.pattern), options: try text(parts.options))
        case .dbPointer: return .dbPointer(namespace: try text(at: 0), id: loadObjectID(at: count - 12))
        case .javaScript: return .javaScript(try text(at: 0))
        case .symbol: return .symbol(try text(at: 0))
        case .javaScriptWithScope:
            return .javaScriptWithScope(try text(at: 4), Document(unchecked: Array(scopeBytes())))
        case .int32: return .int32(load(Int32.self))
        case .timestamp: return .timestamp(try timestamp())
        case .int64: return .int64(load(Int64.self))
        case .decimal128: return .decimal128(try decimal128())
        case .minKey: return .minKey
        case .maxKey: return .maxKey
        }
    }

    func bytes(from start: Int, to end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + start, count: end - start)
    }

    func regexParts() -> (pattern: UnsafeRawBufferPointer, options: UnsafeRawBufferPointer) {
        var end = 0
        // The cursor has found two NULs: this one and the last byte.
        while load(UInt8.self, at: end) != 0 { end += 1 }
        return (bytes(from: 0, to: end), bytes(from: end + 1, to: count - 1))
    }

    func scopeBytes() -> UnsafeRawBufferPointer {
        bytes(from: 8 + Int(load(Int32.self, at: 4)), to: count)
    }
}
