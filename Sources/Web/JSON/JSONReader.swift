/// Where and why bytes are no JSON.
struct JSONFault: Error, Hashable {
    var reason: String
    /// In bytes, from 0.
    var offset: Int
}

/// Reads JSON (RFC 8259, strictly) by recursive descent: valid UTF-8, no member twice, nothing after the value, and no
/// number that a double doesn't hold.
struct JSONReader {
    /// A report is six levels deep.
    private static let maximumDepth = 32

    private let text: [UInt8]
    private var offset = 0
    private var depth = 0

    private init(_ text: [UInt8]) { self.text = text }

    static func read(_ bytes: [UInt8]) throws(JSONFault) -> JSONValue {
        var reader = JSONReader(bytes)
        let value = try reader.value()
        reader.skipSpace()
        guard reader.offset == bytes.count else { throw reader.fault("text after the value") }
        return value
    }

    private var peek: UInt8? { offset < text.count ? text[offset] : nil }

    private func fault(_ reason: String) -> JSONFault { JSONFault(reason: reason, offset: offset) }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { offset += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private mutating func value() throws(JSONFault) -> JSONValue {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return try nested { (reader) throws(JSONFault) in try reader.object() }
        case UInt8(ascii: "["): return try nested { (reader) throws(JSONFault) in try reader.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONFault) -> JSONValue {
        guard word.withUTF8Buffer({ text[offset...].starts(with: $0) }) else { throw fault("expected a value") }
        offset += word.utf8CodeUnitCount
        return value
    }

    private mutating func nested(
        _ body: (inout Self) throws(JSONFault) -> JSONValue
    ) throws(JSONFault) -> JSONValue {
        guard depth < Self.maximumDepth else { throw fault("nested too deep") }
        depth += 1
        offset += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(JSONFault) -> JSONValue {
        var members: [JSONValue.Member] = []
        // A handful is compared one by one; many would make that slow on purpose.
        var names: Set<[UInt8]>?
        skipSpace()
        if take("}") { return .object([]) }
        repeat {
            skipSpace()
            let start = offset
            let name = try string()
            skipSpace()
            guard take(":") else { throw fault("expected ':'") }
            if members.count == 32 { names = Set(members.map { Array($0.name.utf8) }) }
            let doubled =
                names?.contains(Array(name.utf8))
                ?? members.contains { $0.name.utf8.elementsEqual(name.utf8) }
            guard !doubled else { throw JSONFault(reason: "a member that stands there already", offset: start) }
            names?.insert(Array(name.utf8))
            members.append(JSONValue.Member(name, try value()))
            skipSpace()
        } while take(",")
        guard take("}") else { throw fault("expected ',' or '}'") }
        return .object(members)
    }

    private mutating func array() throws(JSONFault) -> JSONValue {
        var values: [JSONValue] = []
        skipSpace()
        if take("]") { return .array([]) }
        repeat {
            values.append(try value())
            skipSpace()
        } while take(",")
        guard take("]") else { throw fault("expected ',' or ']'") }
        return .array(values)
    }

    private mutating func number() throws(JSONFault) -> JSONValue {
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
        if isWhole, let value = Int64(literal) { return .integer(value) }
        guard let value = Double(literal), value.isFinite else {
            throw JSONFault(reason: "a number that no double holds", offset: start)
        }
        return .number(value)
    }

    private mutating func digits() throws(JSONFault) {
        let start = offset
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
        guard offset > start else { throw fault(offset == text.count ? "it ends too early" : "expected a value") }
    }

    private mutating func string() throws(JSONFault) -> String {
        guard take("\"") else { throw fault("expected '\"'") }
        let start = offset
        var content: [UInt8] = []
        while let byte = peek {
            offset += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw JSONFault(reason: "a text that is no UTF-8", offset: start)
                }
                return text
            case UInt8(ascii: "\\"): try escape(into: &content)
            case 0..<0x20: throw JSONFault(reason: "a control character in a text", offset: offset - 1)
            default: content.append(byte)
            }
        }
        throw fault("a text without end")
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONFault) {
        guard let byte = peek else { throw fault("a text without end") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"):
            var code = try codeUnit()
            if (0xD800..<0xDC00).contains(code) {
                guard take("\\"), take("u") else { throw fault("half of a surrogate pair") }
                let low = try codeUnit()
                guard (0xDC00..<0xE000).contains(low) else { throw fault("half of a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw fault("half of a surrogate pair") }
            content += Array(String(scalar).utf8)
        default: throw fault("an unknown escape")
        }
    }

    private mutating func codeUnit() throws(JSONFault) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fault("expected four hexadecimal digits")
            }
            code = code << 4 | UInt32(digit)
            offset += 1
        }
        return code
    }
}
