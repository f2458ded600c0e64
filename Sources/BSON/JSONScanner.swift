/// Where and why text is not JSON.
package struct JSONFault: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case syntax
        /// Values stand in each other deeper than the reader takes.
        case depth
    }

    package var kind: Kind
    package var reason: String
    /// In bytes, from 0.
    package var offset: Int

    package init(_ reason: String, offset: Int, kind: Kind = .syntax) {
        self.kind = kind
        self.reason = reason
        self.offset = offset
    }
}

/// Reads the parts of JSON (RFC 8259, strictly) one after the other, for readers that make different things of them:
/// valid UTF-8, nothing after the value, and no number that a double doesn't hold.
///
/// A reader calls `next` for a value; after `.array` it reads values while `continues("]", …)`, after `.object` a `key` and
/// a value while `continues("}", …)`. The last call is `end`.
package struct JSONScanner: Sendable {
    /// A value, or the beginning of one.
    package enum Part: Sendable {
        case null
        case bool(Bool)
        case integer(Int64)
        case number(Double)
        case string(String)
        case array
        case object
    }

    private let text: [UInt8]
    private let maximumDepth: Int
    /// How many bytes were read.
    package private(set) var offset = 0
    private var depth = 0

    package init(_ text: [UInt8], maximumDepth: Int) {
        self.text = text
        self.maximumDepth = maximumDepth
    }

    package mutating func next() throws(JSONFault) -> Part {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return try opened(.object)
        case UInt8(ascii: "["): return try opened(.array)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    /// Whether another element comes, or the one that `closing` ends is over.
    package mutating func continues(_ closing: Unicode.Scalar, isFirst: Bool) throws(JSONFault) -> Bool {
        skipSpace()
        if take(closing) {
            depth -= 1
            return false
        }
        guard isFirst || take(",") else { throw fault("expected ',' or '\(closing)'") }
        skipSpace()
        return true
    }

    /// A member's name, and the colon after it.
    package mutating func key() throws(JSONFault) -> String {
        let key = try string()
        skipSpace()
        guard take(":") else { throw fault("expected ':'") }
        return key
    }

    package mutating func end() throws(JSONFault) {
        skipSpace()
        guard offset == text.count else { throw fault("text after the value") }
    }

    // MARK: Bytes.

    private var peek: UInt8? { offset < text.count ? text[offset] : nil }

    private func fault(_ reason: String) -> JSONFault { JSONFault(reason, offset: offset) }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { offset += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private mutating func opened(_ part: Part) throws(JSONFault) -> Part {
        guard depth < maximumDepth else { throw JSONFault("nested too deep", offset: offset, kind: .depth) }
        depth += 1
        offset += 1
        return part
    }

    private mutating func word(_ word: StaticString, _ part: Part) throws(JSONFault) -> Part {
        guard word.withUTF8Buffer({ text[offset...].starts(with: $0) }) else { throw fault("expected a value") }
        offset += word.utf8CodeUnitCount
        return part
    }

    // MARK: Numbers.

    private mutating func number() throws(JSONFault) -> Part {
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
            throw JSONFault("a number that no double holds", offset: start)
        }
        return .number(value)
    }

    private mutating func digits() throws(JSONFault) {
        let start = offset
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
        guard offset > start else { throw fault(offset == text.count ? "it ends too early" : "expected a value") }
    }

    // MARK: Strings.

    private mutating func string() throws(JSONFault) -> String {
        guard take("\"") else { throw fault("expected '\"'") }
        let start = offset
        skipPlain()
        // Most have no escape, and are taken where they stand.
        if peek == UInt8(ascii: "\"") {
            return try JSONScanner.text(text[start..<offset], closedBy: &offset, from: start)
        }
        var content = Array(text[start..<offset])
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""): return try JSONScanner.text(content[...], closedBy: &offset, from: start)
            case UInt8(ascii: "\\"):
                offset += 1
                try escape(into: &content)
            case 0..<0x20: throw fault("a control character in a text")
            default:
                let plain = offset
                skipPlain()
                content += text[plain..<offset]
            }
        }
        throw fault("a text without end")
    }

    /// Up to what ends a text, or needs a look in it.
    private mutating func skipPlain() {
        while let byte = peek, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { offset += 1 }
    }

    private static func text(
        _ content: ArraySlice<UInt8>, closedBy offset: inout Int, from start: Int
    ) throws(JSONFault) -> String {
        guard let text = String(validating: content, as: UTF8.self) else {
            throw JSONFault("a text that is no UTF-8", offset: start)
        }
        offset += 1
        return text
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
        case UInt8(ascii: "u"): content += Array(String(try scalar()).utf8)
        default: throw fault("an unknown escape")
        }
    }

    /// What stands after `\u`, with the second half of a pair.
    private mutating func scalar() throws(JSONFault) -> Unicode.Scalar {
        var code = try codeUnit()
        if (0xD800..<0xDC00).contains(code), take("\\"), take("u") {
            let low = try codeUnit()
            guard (0xDC00..<0xE000).contains(low) else { throw fault("half of a surrogate pair") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw fault("half of a surrogate pair") }
        return scalar
    }

    private mutating func codeUnit() throws(JSONFault) -> UInt32 {
        guard let bytes = Hexadecimal.decode(text[offset...].prefix(4)), bytes.count == 2 else {
            throw fault("expected four hexadecimal digits")
        }
        offset += 4
        return UInt32(bytes[0]) << 8 | UInt32(bytes[1])
    }
}
