internal import BSON

/// Reads JSON as `JSONScanner` has it, and no member twice.
struct JSONReader {
    /// A report is six levels deep.
    private static let maximumDepth = 32

    private var scanner: JSONScanner

    private init(_ text: [UInt8]) { scanner = JSONScanner(text, maximumDepth: Self.maximumDepth) }

    static func read(_ bytes: [UInt8]) throws(JSONFault) -> JSONValue {
        var reader = JSONReader(bytes)
        let value = try reader.value()
        try reader.scanner.end()
        return value
    }

    private mutating func value() throws(JSONFault) -> JSONValue {
        switch try scanner.next() {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .string(let text): return .string(text)
        case .array:
            var values: [JSONValue] = []
            while try scanner.continues("]", isFirst: values.isEmpty) { values.append(try value()) }
            return .array(values)
        case .object: return try object()
        }
    }

    private mutating func object() throws(JSONFault) -> JSONValue {
        var members: [JSONValue.Member] = []
        // A handful is compared one by one; many would make that slow on purpose.
        var names: Set<[UInt8]>?
        while try scanner.continues("}", isFirst: members.isEmpty) {
            let start = scanner.offset
            let name = try scanner.key()
            if members.count == 32 { names = Set(members.map { Array($0.name.utf8) }) }
            let doubled =
                names?.contains(Array(name.utf8))
                ?? members.contains { $0.name.utf8.elementsEqual(name.utf8) }
            guard !doubled else { throw JSONFault("a member that stands there already", offset: start) }
            names?.insert(Array(name.utf8))
            members.append(JSONValue.Member(name, try value()))
        }
        return .object(members)
    }
}
