package import Fleet

/// A sample as the JSON members of a report, without its instant: that is known only when it is sent.
///
/// The names and their nesting are those of `FieldTable.resourceMetrics`; what was not measured is left out.
package enum ReportText {
    /// `"cpu":{…},"memory":{…}`; empty if nothing was measured.
    package static func members(_ values: [FieldValue?]) -> String {
        var index = 0
        return members(FieldTable.resourceMetrics.fields, values, &index)
    }

    /// One report of the wire, from what `members` wrote.
    package static func report(_ members: String, at timestamp: Timestamp) -> String {
        "{\"timestamp\":\"\(timestamp)\"" + (members.isEmpty ? "" : ",") + members + "}"
    }

    /// Leaves stand in the table's order, groups around them.
    private static func members(_ fields: [Field], _ values: [FieldValue?], _ index: inout Int) -> String {
        var parts: [String] = []
        for field in fields {
            if case .group(let children) = field.type {
                let inner = members(children, values, &index)
                if !inner.isEmpty { parts.append("\(field.name.jsonQuoted):{\(inner)}") }
            } else {
                if index < values.count, let value = values[index], let text = text(value) {
                    parts.append("\(field.name.jsonQuoted):\(text)")
                }
                index += 1
            }
        }
        return parts.joined(separator: ",")
    }

    /// Nil for what JSON can't say; reports hold nothing of that kind.
    private static func text(_ value: FieldValue) -> String? {
        switch value {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .double(let value): value.isFinite ? Int64(exactly: value).map(String.init) ?? String(value) : nil
        case .decimal(let value): value.description
        case .string(let value): value.jsonQuoted
        case .timestamp(let value): value.description.jsonQuoted
        case .list(let values): "[" + values.compactMap(text).joined(separator: ",") + "]"
        case .record(let members):
            "{"
                + members.compactMap { member in text(member.value).map { "\(member.name.jsonQuoted):\($0)" } }
                .joined(separator: ",") + "}"
        case .foreign: nil
        }
    }
}
