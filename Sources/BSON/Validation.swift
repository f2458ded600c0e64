extension Document {
    /// Checks every length, type and string at every depth.
    @usableFromInline
    package func validate() throws(BSONError) {
        try withView { (view) throws(BSONError) in try view.validate(depth: 1) }
    }
}

extension DocumentView {
    /// Checks every length, type and string at every depth; this document stands at `depth`.
    package func validate(depth: Int = 1) throws(BSONError) {
        guard depth <= Document.maximumDepth else { throw .tooDeep }
        var cursor = try cursor()
        while let element = try cursor.next() {
            try UTF8Check.validate(element.key.bytes, in: bytes)
            try element.validate(in: bytes, depth: depth)
        }
    }
}

extension ElementView {
    fileprivate func validate(in document: UnsafeRawBufferPointer, depth: Int) throws(BSONError) {
        switch type {
        case .string, .javaScript, .symbol, .dbPointer:
            try UTF8Check.validate(utf8(at: 0), in: document)
        case .document, .array:
            try DocumentView(bytes(from: 0, to: count)).validate(depth: depth + 1)
        case .regex:
            let parts = regexParts()
            try UTF8Check.validate(parts.pattern, in: document)
            try UTF8Check.validate(parts.options, in: document)
        case .javaScriptWithScope:
            try UTF8Check.validate(utf8(at: 4), in: document)
            try DocumentView(scopeBytes()).validate(depth: depth + 1)
        default: break
        }
    }
}

/// Well-formed UTF-8 (Unicode, table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
enum UTF8Check {
    static func validate(
        _ text: UnsafeRawBufferPointer, in document: UnsafeRawBufferPointer
    ) throws(BSONError) {
        guard let fault = firstFault(text) else { return }
        guard let start = document.baseAddress, let at = text.baseAddress else { return }
        throw .invalidUTF8(offset: at - start + fault)
    }

    static func firstFault(_ text: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        while index < text.count {
            let lead = text[index]
            if lead < 0x80 {
                index += 1
                continue
            }
            let (length, second): (Int, ClosedRange<UInt8>)
            switch lead {
            case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
            case 0xE0: (length, second) = (3, 0xA0...0xBF)
            case 0xED: (length, second) = (3, 0x80...0x9F)
            case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
            case 0xF0: (length, second) = (4, 0x90...0xBF)
            case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
            case 0xF4: (length, second) = (4, 0x80...0x8F)
            default: return index
            }
            guard length <= text.count - index, second.contains(text[index + 1]),
                text[(index + 1)..<(index + length)].allSatisfy({ 0x80...0xBF ~= $0 })
            else { return index }
            index += length
        }
        return nil
    }
}
