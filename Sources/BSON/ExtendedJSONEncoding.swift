/// Walks a document and writes it as extended JSON.
struct ExtendedJSONEncoding {
    let canonical: Bool
    private(set) var text: [UInt8] = []

    init(canonical: Bool) {
        self.canonical = canonical
    }

    mutating func write(_ view: DocumentView, isArray: Bool, depth: Int) throws(BSONError) {
        guard depth <= Document.maximumDepth else { throw .tooDeep }
        var cursor = try view.cursor()
        var isFirst = true
        put(isArray ? "[" : "{")
        while let element = try cursor.next() {
            if !isFirst { put(",") }
            isFirst = false
            if !isArray {
                putQuoted(try element.key.string())
                put(":")
            }
            try write(element, depth: depth)
        }
        put(isArray ? "]" : "}")
    }

    private mutating func write(_ element: ElementView, depth: Int) throws(BSONError) {
        switch element.type {
        case .document: try write(try element.document(), isArray: false, depth: depth + 1)
        case .array: try write(try element.array(), isArray: true, depth: depth + 1)
        case .javaScriptWithScope:
            put(#"{"$code":"#)
            putQuoted(try element.text(at: 4))
            put(#","$scope":"#)
            try write(DocumentView(element.scopeBytes()), isArray: false, depth: depth + 1)
            put("}")
        default: writeScalar(try element.value())
        }
    }

    private mutating func writeScalar(_ value: Value) {
        switch value {
        case .double(let value): write(value)
        case .string(let text): putQuoted(text)
        case .binary(let binary):
            put(#"{"$binary":{"base64":""#)
            text += Base64.encode(binary.bytes)
            put(#"","subType":"\#(Hexadecimal.encode([binary.subtype]))"}}"#)
        case .undefined: put(#"{"$undefined":true}"#)
        case .objectID(let id): put(#"{"$oid":"\#(id.hex)"}"#)
        case .bool(let value): put(value ? "true" : "false")
        case .dateTime(let milliseconds): writeDate(milliseconds)
        case .null: put("null")
        case .regex(let pattern, let options):
            put(#"{"$regularExpression":{"pattern":"#)
            putQuoted(pattern)
            put(#","options":"#)
            putQuoted(options)
            put("}}")
        case .dbPointer(let namespace, let id):
            put(#"{"$dbPointer":{"$ref":"#)
            putQuoted(namespace)
            put(#","$id":{"$oid":"\#(id.hex)"}}}"#)
        case .javaScript(let code): wrap("$code", code)
        case .symbol(let text): wrap("$symbol", text)
        case .int32(let value): canonical ? wrap("$numberInt", String(value)) : put(String(value))
        case .timestamp(let value): put(#"{"$timestamp":{"t":\#(value.seconds),"i":\#(value.increment)}}"#)
        case .int64(let value): canonical ? wrap("$numberLong", String(value)) : put(String(value))
        case .decimal128(let value): wrap("$numberDecimal", value.description)
        case .minKey: put(#"{"$minKey":1}"#)
        case .maxKey: put(#"{"$maxKey":1}"#)
        case .document, .array, .javaScriptWithScope: break  // Written in place, see above.
        }
    }

    private mutating func write(_ value: Double) {
        if value.isNaN {
            wrap("$numberDouble", "NaN")
        } else if value.isInfinite {
            wrap("$numberDouble", value < 0 ? "-Infinity" : "Infinity")
        } else if canonical {
            wrap("$numberDouble", value.description)
        } else {
            put(value.description)
        }
    }

    private mutating func writeDate(_ milliseconds: Int64) {
        if !canonical, let date = InternetDate.encode(milliseconds) {
            wrap("$date", date)
        } else {
            put(#"{"$date":{"$numberLong":"\#(milliseconds)"}}"#)
        }
    }

    private mutating func wrap(_ key: String, _ content: String) {
        put("{\"\(key)\":")
        putQuoted(content)
        put("}")
    }

    private mutating func put(_ plain: String) {
        text.append(contentsOf: plain.utf8)
    }

    private mutating func putQuoted(_ content: String) {
        text.append(UInt8(ascii: "\""))
        for byte in content.utf8 {
            switch byte {
            case UInt8(ascii: "\""): put(#"\""#)
            case UInt8(ascii: "\\"): put(#"\\"#)
            case 0x08: put(#"\b"#)
            case 0x09: put(#"\t"#)
            case 0x0A: put(#"\n"#)
            case 0x0C: put(#"\f"#)
            case 0x0D: put(#"\r"#)
            case 0..<0x20, 0x7F: put(#"\u00"# + Hexadecimal.encode([byte]))
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}
