/// Reads JSON by recursive descent; objects with v2's keys become what they stand for.
struct ExtendedJSONParser {
    private var scanner: JSONScanner

    /// The deepest document may hold a value whose form takes three objects (`$dbPointer`, `$id`, `$oid`).
    private static let maximumDepth = Document.maximumDepth + 3

    init(_ text: [UInt8]) {
        scanner = JSONScanner(text, maximumDepth: Self.maximumDepth)
    }

    mutating func document() throws(BSONError) -> Document {
        let value: Value
        do throws(JSONFault) {
            value = try self.value()
            try scanner.end()
        } catch {
            switch error.kind {
            case .depth: throw .tooDeep
            case .syntax: throw .invalidExtendedJSON(error.reason, offset: error.offset)
            }
        }
        guard case .document(let document) = value else {
            throw .invalidExtendedJSON("the outermost value is no document", offset: 0)
        }
        try document.validate()
        return document
    }

    private mutating func value() throws(JSONFault) -> Value {
        switch try scanner.next() {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .integer(let value): return Int32(exactly: value).map(Value.int32) ?? .int64(value)
        case .number(let value): return .double(value)
        case .string(let text): return .string(text)
        case .array:
            var values: [Value] = []
            while try scanner.continues("]", isFirst: values.isEmpty) { values.append(try value()) }
            return .array(values)
        case .object: return try object()
        }
    }

    private mutating func object() throws(JSONFault) -> Value {
        let start = scanner.offset - 1
        var members: [(String, Value)] = []
        while try scanner.continues("}", isFirst: members.isEmpty) {
            let at = scanner.offset
            let key = try scanner.key()
            guard !key.utf8.contains(0) else { throw JSONFault("NUL in a key", offset: at) }
            members.append((key, try value()))
        }
        switch TypedObject.interpret(members) {
        case .plain: return .document(Document(members))
        case .value(let value): return value
        case .invalid(let reason): throw JSONFault(reason, offset: start)
        }
    }
}
