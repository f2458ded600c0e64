import Fleet

/// A JSON value that keeps its members' order, so that what is printed is stable.
indirect enum JSONText {
    case text(String)
    case integer(Int64)
    case number(Double)
    case bool(Bool)
    case list([JSONText])
    case object([(String, JSONText)])

    /// Two spaces a level; lists and objects of scalars that fit stay on one line.
    func pretty(indent: Int = 0) -> String {
        let line = compact
        if isFlat, indent + line.utf8.count <= 100 { return line }
        let margin = String(repeating: " ", count: indent + 2)
        let parts: [String]
        let brackets: (String, String)
        switch self {
        case .list(let values):
            parts = values.map { margin + $0.pretty(indent: indent + 2) }
            brackets = ("[", "]")
        case .object(let members):
            parts = members.map { margin + $0.0.jsonQuoted + ": " + $0.1.pretty(indent: indent + 2) }
            brackets = ("{", "}")
        default: return line
        }
        let end = String(repeating: " ", count: indent) + brackets.1
        return brackets.0 + "\n" + parts.joined(separator: ",\n") + "\n" + end
    }

    private var isFlat: Bool {
        switch self {
        case .list(let values): values.allSatisfy(\.isScalar)
        case .object(let members): members.count <= 2 && members.allSatisfy(\.1.isScalar)
        default: true
        }
    }

    private var isScalar: Bool {
        switch self {
        case .list(let values): values.isEmpty
        case .object(let members): members.isEmpty
        default: true
        }
    }

    private var compact: String {
        switch self {
        case .text(let text): text.jsonQuoted
        case .integer(let value): String(value)
        case .number(let value): Int64(exactly: value).map(String.init) ?? String(value)
        case .bool(let value): value ? "true" : "false"
        case .list(let values): "[" + values.map(\.compact).joined(separator: ", ") + "]"
        case .object(let members) where members.isEmpty: "{}"
        case .object(let members):
            "{" + members.map { $0.0.jsonQuoted + ": " + $0.1.compact }.joined(separator: ", ") + "}"
        }
    }
}
