internal import Fleet

/// The JSON Schema (2020-12) of what a report may hold, written from the table of metrics that reads it.
enum MetricSchema {
    /// The members of a report that are measurements.
    static var members: [JSONValue.Member] { members(FieldTable.resourceMetrics.fields) }

    private static func members(_ fields: [Field]) -> [JSONValue.Member] {
        fields.map { field in
            var schema = of(field.type)
            var text = field.summary
            if let unit = field.unit { text += " (\(unit.rawValue))" }
            schema.append(JSONValue.Member("description", .string(text)))
            return JSONValue.Member(field.name, .object(schema))
        }
    }

    private static func of(_ type: FieldType) -> [JSONValue.Member] {
        switch type {
        case .integer(let range), .bytes(let range):
            return [
                JSONValue.Member("type", .string("integer")),
                JSONValue.Member("minimum", .integer(range.lowerBound)),
                JSONValue.Member("maximum", .integer(range.upperBound)),
            ]
        case .number(let rule):
            return [
                JSONValue.Member("type", .string("number")),
                JSONValue.Member(rule.exclusiveMinimum ? "exclusiveMinimum" : "minimum", .number(rule.minimum)),
                JSONValue.Member("maximum", .number(rule.maximum)),
            ]
        case .string(let rule):
            return [
                JSONValue.Member("type", .string("string")),
                JSONValue.Member("minLength", .integer(Int64(rule.length.lowerBound))),
                JSONValue.Member("maxLength", .integer(Int64(rule.length.upperBound))),
                JSONValue.Member("pattern", .string(#"^[^\u0000-\u001f\u007f-\u009f]*$"#)),
            ]
        case .list(of: let element, let count):
            return [
                JSONValue.Member("type", .string("array")),
                JSONValue.Member("maxItems", .integer(Int64(count.upperBound))),
                JSONValue.Member("items", .object(of(element))),
            ]
        case .record(let fields), .group(let fields): return object(fields)
        case .choice, .boolean, .decimal, .timestamp, .pairs, .oneOrMore:
            // No metric is of these types, and the reader takes none of them.
            return [JSONValue.Member("not", .object([]))]
        }
    }

    private static func object(_ fields: [Field]) -> [JSONValue.Member] {
        let required = fields.filter(\.required).map { JSONValue.string($0.name) }
        var schema = [
            JSONValue.Member("type", .string("object")),
            JSONValue.Member("additionalProperties", .bool(false)),
            JSONValue.Member("properties", .object(members(fields))),
        ]
        if !required.isEmpty { schema.append(JSONValue.Member("required", .array(required))) }
        return schema
    }
}
