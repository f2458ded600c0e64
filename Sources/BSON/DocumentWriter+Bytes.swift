// How the parts of an element stand in bytes.
extension DocumentWriter {
    @inlinable
    init(continuing bytes: [UInt8]) {
        self.bytes = bytes
    }

    @inlinable
    mutating func appendBytes(of value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    @inlinable
    mutating func header(_ type: BSONType, _ key: String) {
        bytes.append(type.rawValue)
        appendCString(key)
    }

    @inlinable
    mutating func appendCString(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            if utf8.contains(0) {
                appendReplacingNUL(utf8)
            } else {
                bytes.append(contentsOf: utf8)
            }
        }
        bytes.append(0)
    }

    @usableFromInline
    mutating func appendReplacingNUL(_ utf8: UnsafeBufferPointer<UInt8>) {
        for byte in utf8 {
            if byte == 0 {
                bytes.append(contentsOf: "\u{FFFD}".utf8)
            } else {
                bytes.append(byte)
            }
        }
    }

    @inlinable
    mutating func appendString(_ value: String) {
        var value = value
        value.withUTF8 { utf8 in
            appendBytes(of: Int32(clamping: utf8.count + 1))
            bytes.append(contentsOf: utf8)
        }
        bytes.append(0)
    }

    @inlinable
    mutating func appendObjectID(_ value: ObjectID) {
        appendBytes(of: value.high.bigEndian)
        appendBytes(of: value.low.bigEndian)
    }

    /// The old binary subtype 2 repeats its length inside.
    @usableFromInline
    mutating func appendBinary(_ value: Binary) {
        let isOld = value.subtype == 2
        appendBytes(of: Int32(clamping: value.bytes.count + (isOld ? 4 : 0)))
        bytes.append(value.subtype)
        if isOld { appendBytes(of: Int32(clamping: value.bytes.count)) }
        bytes.append(contentsOf: value.bytes)
    }

    /// Ends the document whose length stands at `start`.
    ///
    /// Above 2 GiB the length is clamped: such a document is refused by every reader, and traps nobody.
    @inlinable
    mutating func close(from start: Int) {
        bytes.append(0)
        let length = Int32(clamping: bytes.count - start).littleEndian
        bytes.withUnsafeMutableBytes { buffer in
            buffer.storeBytes(of: length, toByteOffset: start, as: Int32.self)
        }
    }

    mutating func appendContent(of value: Value) {
        switch value {
        case .double(let value): appendBytes(of: value.bitPattern)
        case .string(let text), .javaScript(let text), .symbol(let text): appendString(text)
        case .document(let document), .array(let document): bytes.append(contentsOf: document.bytes)
        case .binary(let binary): appendBinary(binary)
        case .undefined, .null, .minKey, .maxKey: break
        case .objectID(let id): appendObjectID(id)
        case .bool(let value): bytes.append(value ? 1 : 0)
        case .dateTime(let value), .int64(let value): appendBytes(of: value)
        case .regex(let pattern, let options):
            appendCString(pattern)
            appendCString(options)
        case .dbPointer(let namespace, let id):
            appendString(namespace)
            appendObjectID(id)
        case .javaScriptWithScope(let code, let scope):
            appendBytes(of: Int32(clamping: 9 + code.utf8.count + scope.bytes.count))
            appendString(code)
            bytes.append(contentsOf: scope.bytes)
        case .int32(let value): appendBytes(of: value)
        case .timestamp(let value):
            appendBytes(of: value.increment)
            appendBytes(of: value.seconds)
        case .decimal128(let value):
            appendBytes(of: value.low)
            appendBytes(of: value.high)
        }
    }
}
