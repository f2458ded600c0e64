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
