import Fleet

extension FieldValue {
    /// Indented JSON with the members in their own order. Decimals and timestamps are strings.
    var jsonText: String { jsonText(indent: 0) }

    /// For a part of a larger text, whose lines after the first begin with so many blanks.
    func jsonText(indent: Int) -> String {
        var text = ""
        writeJSON(to: &text, indent: indent)
        return text
    }

    private func writeJSON(to text: inout String, indent: Int) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .int(let value): text += String(value)
        case .double(let value):
            text += Int64(exactly: value).map(String.init) ?? (value.isFinite ? String(value) : "null")
        case .decimal(let value): text.appendJSON(value.description)
        case .string(let value): text.appendJSON(value)
        case .timestamp(let value): text.appendJSON(value.description)
        case .list(let values):
            FieldValue.write(values, "[", "]", to: &text, indent: indent) { $0.writeJSON(to: &$1, indent: $2) }
        case .record(let members):
            FieldValue.write(members, "{", "}", to: &text, indent: indent) { member, text, indent in
                text.appendJSON(member.name)
                text += ": "
                member.value.writeJSON(to: &text, indent: indent)
            }
        case .foreign: text.appendJSON(description)
        }
    }

    private static func write<Element>(
        _ elements: [Element], _ opening: String, _ closing: String, to text: inout String, indent: Int,
        each: (Element, inout String, Int) -> Void
    ) {
        guard !elements.isEmpty else {
            text += opening + closing
            return
        }
        let inner = "\n" + String(repeating: " ", count: indent + 2)
        text += opening
        for (position, element) in elements.enumerated() {
            if position > 0 { text += "," }
            text += inner
            each(element, &text, indent + 2)
        }
        text += "\n" + String(repeating: " ", count: indent) + closing
    }
}

extension FieldValue {
    /// A record of the members that there are.
    static func members(_ pairs: [(String, FieldValue?)]) -> FieldValue {
        .record(pairs.compactMap { name, value in value.map { Member(name, $0) } })
    }

    /// With further members behind those that it has.
    func adding(_ more: [(String, FieldValue?)]) -> FieldValue { adding(.members(more)) }

    /// With the members of another record behind its own.
    func adding(_ other: FieldValue) -> FieldValue {
        guard case .record(let members) = self, case .record(let more) = other else { return self }
        return .record(members + more)
    }
}

extension Diagnostic {
    /// The documented shape: `severity file line column document path message rule`; what is not known is null.
    var value: FieldValue {
        .members([
            ("severity", .string(severity.rawValue)),
            ("file", source.map { .string($0.file) } ?? .null),
            ("line", source.map { .int(Int64($0.line)) } ?? .null),
            ("column", source.map { .int(Int64($0.column)) } ?? .null),
            ("document", document.map { .int(Int64($0)) } ?? .null),
            ("path", .string(path)), ("message", .string(message)), ("rule", .string(rule)),
        ])
    }
}
