/// Reads JSON (RFC 8259, strictly) by recursive descent; objects with v2's keys become what they stand for.
struct ExtendedJSONParser {
    private let text: [UInt8]
    private var offset = 0
    private var depth = 0

    /// The deepest document may hold a value whose form takes three objects (`$dbPointer`, `$id`, `$oid`).
    private static let maximumDepth = Document.maximumDepth + 3

    init(_ text: [UInt8]) {
        self.text = text
    }

    mutating func document() throws(BSONError) -> Document {
        skipSpace()
        guard peek == UInt8(ascii: "{") else { throw fault("expected '{'") }
        guard case .document(let document) = try value() else {
            throw .invalidExtendedJSON("the outermost object is a value, not a document", offset: 0)
        }
        skipSpace()
        guard offset == text.count else { throw fault("text after the document") }
        try document.validate()
        return document
    }

    private var peek: UInt8? { offset < text.count ? text[offset] : nil }

    private func fault(_ reason: String) -> BSONError { .invalidExtendedJSON(reason, offset: offset) }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D { offset += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private mutating func expect(_ word: StaticString) throws(BSONError) {
        let matches = word.withUTF8Buffer { text[offset...].starts(with: $0) }
        guard matches else { throw fault("expected a value") }
        offset += word.utf8CodeUnitCount
    }

    private mutating func value() throws(BSONError) -> Value {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return try nested { (parser) throws(BSONError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { (parser) throws(BSONError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"):
            try expect("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try expect("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try expect("null")
            return .null
        default: return try number()
        }
    }

    private mutating func nested(
        _ body: (inout Self) throws(BSONError) -> Value
    ) throws(BSONError) -> Value {
        guard depth < Self.maximumDepth else { throw .tooDeep }
        depth += 1
        offset += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(BSONError) -> Value {
        let start = offset - 1
        var members: [(String, Value)] = []
        skipSpace()
        if !take("}") {
            repeat {
                skipSpace()
                let at = offset
                let key = try string()
                guard !key.utf8.contains(0) else { throw .invalidExtendedJSON("NUL in a key", offset: at) }
                skipSpace()
                guard take(":") else { throw fault("expected ':'") }
                members.append((key, try value()))
                skipSpace()
            } while take(",")
            guard take("}") else { throw fault("expected ',' or '}'") }
        }
        switch TypedObject.interpret(members) {
        case .plain: return .document(Document(members))
        case .value(let value): return value
        case .invalid(let reason): throw .invalidExtendedJSON(reason, offset: start)
        }
    }

    private mutating func array() throws(BSONError) -> Value {
        var values: [Value] = []
        skipSpace()
        if !take("]") {
            repeat {
                values.append(try value())
                skipSpace()
            } while take(",")
            guard take("]") else { throw fault("expected ',' or ']'") }
        }
        return .array(values)
    }

    private mutating func number() throws(BSONError) -> Value {
        let start = offset
        var isWhole = true
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") {
            isWhole = false
            try digits()
        }
        if take("e") || take("E") {
            isWhole = false
            _ = take("+") || take("-")
            try digits()
        }
        let literal = String(decoding: text[start..<offset], as: UTF8.self)
        if isWhole, let value = Int64(literal) { return Int32(exactly: value).map(Value.int32) ?? .int64(value) }
        guard let value = Double(literal), value.isFinite else { throw fault("a number that no double holds") }
        return .double(value)
    }

    private mutating func digits() throws(BSONError) {
        let start = offset
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
        guard offset > start else { throw fault("expected a value") }
    }

    private mutating func string() throws(BSONError) -> String {
        guard take("\"") else { throw fault("expected '\"'") }
        var content: [UInt8] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"):
                offset += 1
                content += try escape()
            case 0..<0x20:
                throw fault("a control character in a string")
            default:
                content.append(byte)
                offset += 1
            }
        }
        throw fault("a string without end")
    }

    private mutating func escape() throws(BSONError) -> [UInt8] {
        guard let byte = peek else { throw fault("a string without end") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var code = try codeUnit()
            if (0xD800..<0xDC00).contains(code), take("\\"), take("u") {
                let low = try codeUnit()
                guard (0xDC00..<0xE000).contains(low) else { throw fault("half of a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw fault("half of a surrogate pair") }
            return Array(String(scalar).utf8)
        default: throw fault("an unknown escape")
        }
    }

    private mutating func codeUnit() throws(BSONError) -> UInt32 {
        guard let bytes = Hexadecimal.decode(text[offset...].prefix(4)), bytes.count == 2 else {
            throw fault("expected four hexadecimal digits")
        }
        offset += 4
        return UInt32(bytes[0]) << 8 | UInt32(bytes[1])
    }
}
