import Fleet

/// The manifests' JSON Schema (draft 2020-12), for editors and other tools; written from the field tables.
///
/// It says what a schema can: names, types, ranges, lengths, patterns, enums, what is required, and the rules across
/// fields that compare no values. What it refuses, the loader refuses, too, but for spellings that other readers take
/// for something else: `null` for a field that is left out, and a text without quotes that looks like a number.
package enum JSONSchema {
    package static let dialect = "https://json-schema.org/draft/2020-12/schema"

    /// The schema of one kind, or of all of them told apart by `kind`. Stable; ends with a line break.
    package static func document(kind: Kind? = nil) -> String {
        let head: [(String, JSONText)] = [("$schema", .text(dialect))]
        guard let kind else {
            return JSONText.object(head + allKinds()).pretty() + "\n"
        }
        return JSONText.object(head + manifest(kind)).pretty() + "\n"
    }

    private static func allKinds() -> [(String, JSONText)] {
        let names = Kind.allCases.map(\.rawValue)
        let choices = Kind.allCases.map { kind in
            JSONText.object([
                ("if", .object([("properties", .object([("kind", .object([("const", .text(kind.rawValue))]))]))])),
                ("then", .object([("$ref", .text("#/$defs/\(kind.rawValue)"))])),
            ])
        }
        return [
            ("title", .text("Reeve manifest")),
            ("type", .text("object")),
            ("required", .list([.text("kind")])),
            ("properties", .object([("kind", .object([("enum", .list(names.map { .text($0) }))]))])),
            ("allOf", .list(choices)),
            ("$defs", .object(Kind.allCases.map { ($0.rawValue, .object(manifest($0))) })),
        ]
    }

    private static func manifest(_ kind: Kind) -> [(String, JSONText)] {
        let needsSpec = kind.table.fields.contains(where: \.required)
        let required = ["apiVersion", "kind", "metadata"] + (needsSpec ? ["spec"] : [])
        let version = JSONText.object([
            ("const", .text(DocumentReader.apiVersion)),
            ("description", .text("The version of the manifest's format.")),
        ])
        let name = JSONText.object([("const", .text(kind.rawValue)), ("description", .text(kind.summary))])
        return [
            ("title", .text(kind.rawValue)),
            ("description", .text(kind.summary)),
            ("type", .text("object")),
            ("required", .list(required.map { .text($0) })),
            ("additionalProperties", .bool(false)),
            (
                "properties",
                .object([
                    ("apiVersion", version),
                    ("kind", name),
                    ("metadata", metadata(kind)),
                    ("spec", spec(kind)),
                    ("lifecycle", .object(object(kind.table(of: .lifecycle).fields, "How the resource is kept."))),
                ])
            ),
        ]
    }

    /// With the rule that an id must be stated where the one made of the name would be too long or reserved.
    private static func metadata(_ kind: Kind) -> JSONText {
        let longest = kind.idRule.length.upperBound - kind.idPrefix.utf8.count
        let reserved = kind.idRule.reserved.map { String($0.dropFirst(kind.idPrefix.count)) }.joined(separator: "|")
        var usable = [("maxLength", JSONText.integer(Int64(longest)))]
        // An empty choice would forbid every name.
        if !reserved.isEmpty { usable.append(("pattern", .text("^(?!\(reserved))"))) }
        let makesID = JSONText.object([("properties", .object([("name", .object(usable))]))])
        let members = object(kind.table(of: .metadata).fields, "What names the resource, and what it is found by.")
        let stated = ["id", "moved_from"].map { JSONText.object([("required", .list([.text($0)]))]) }
        return .object(members + [("anyOf", .list(stated + [makesID]))])
    }

    private static func spec(_ kind: Kind) -> JSONText {
        var members = object(kind.table.fields, "What is declared.")
        if kind == .nodePool { members += poolRules }
        return .object(members)
    }

    private static var poolRules: [(String, JSONText)] {
        func stating(_ name: String) -> JSONText { .object([("required", .list([.text(name)]))]) }
        let scaled = JSONText.object([
            ("properties", .object([("auto_scaling", .object([("const", .bool(true))]))])),
            ("required", .list([.text("auto_scaling")])),
        ])
        let inline = stating("scaling_policy")
        return [
            ("if", scaled),
            ("then", .object([("anyOf", .list([stating("scaling_policy_ref"), inline]))])),
            (
                "not",
                .object([("allOf", .list([stating("scaling_policy_ref"), inline]))])
            ),
        ]
    }
}

// MARK: - Fields

extension JSONSchema {
    private static func object(_ fields: [Field], _ summary: String) -> [(String, JSONText)] {
        var members: [(String, JSONText)] = [
            ("description", .text(summary)), ("type", .text("object")), ("additionalProperties", .bool(false)),
        ]
        // A required field with an alias may be stated under either name, which `required` cannot say.
        let required = fields.filter { $0.required && $0.aliases.isEmpty }.map(\.name)
        if !required.isEmpty { members.append(("required", .list(required.map { .text($0) }))) }
        if fields.contains(where: { $0.name == "cost_per_hour" }) {
            members.append(("dependentRequired", .object([("cost_per_hour", .list([.text("currency")]))])))
        }
        let properties = fields.flatMap { field in
            ([field.name] + field.aliases).map { name in
                let note = name == field.name ? "" : " The same as `\(field.name)`."
                return (name, JSONText.object(property(field, note)))
            }
        }
        members.append(("properties", .object(properties)))
        let conflicts = fields.flatMap { field in
            field.aliases.map { alias -> (String, JSONText) in
                (field.name, .object([("properties", .object([(alias, .bool(false))]))]))
            }
        }
        if !conflicts.isEmpty { members.append(("dependentSchemas", .object(conflicts))) }
        return members
    }

    private static func property(_ field: Field, _ note: String) -> [(String, JSONText)] {
        if case .group(let children) = field.type { return object(children, field.summary) }
        let unit = field.unit.map { " Unit: \($0.rawValue)." } ?? ""
        var members: [(String, JSONText)] = [("description", .text(field.summary + unit + note))]
        members += type(field.type)
        if let value = field.defaultValue ?? field.resolvedDefault, let json = json(value) {
            members.append(("default", json))
        }
        if let example = example(field) { members.append(("examples", .list([example]))) }
        return members
    }

    /// The example as the JSON that it reads as.
    private static func example(_ field: Field) -> JSONText? {
        ExampleReading.value(of: field).flatMap { value in
            // A quantity is shown with its unit, as it is written.
            if case .bytes = field.type { return .text(field.example) }
            return json(value)
        }
    }

    private static func json(_ value: FieldValue) -> JSONText? {
        switch value {
        case .bool(let value): .bool(value)
        case .int(let value): .integer(value)
        case .double(let value): .number(value)
        case .decimal(let value): .text(value.description)
        case .string(let value): .text(value)
        case .timestamp(let value): .text(value.description)
        case .list(let values): .list(values.compactMap(json))
        case .record(let members):
            .object(members.compactMap { member in json(member.value).map { (member.name, $0) } })
        case .null, .foreign: nil
        }
    }
}

// MARK: - Types

extension JSONSchema {
    private static func type(_ type: FieldType) -> [(String, JSONText)] {
        switch type {
        case .string(let rule): return string(rule)
        case .choice(let words): return [("type", .text("string")), ("enum", .list(words.map { .text($0) }))]
        case .integer(let range): return [("type", .text("integer"))] + bounds(range)
        case .bytes(let range):
            let count = JSONText.object([("type", .text("integer"))] + bounds(range))
            let quantity = JSONText.object([("type", .text("string")), ("pattern", .text(ByteUnit.pattern))])
            return [("anyOf", .list([count, quantity]))]
        case .number(let rule):
            let least = rule.exclusiveMinimum ? "exclusiveMinimum" : "minimum"
            return [
                ("type", .text("number")), (least, .number(rule.minimum)), ("maximum", .number(rule.maximum)),
            ]
        case .boolean: return [("type", .text("boolean"))]
        case .decimal(let rule):
            let pattern = "^(0|[1-9][0-9]*)(\\.[0-9]{1,\(rule.fractionDigits)})?$"
            return [("type", .text("string")), ("pattern", .text(pattern))]
        case .timestamp:
            return [
                ("type", .text("string")), ("format", .text("date-time")),
                ("pattern", .text("^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2})$")),
            ]
        case .list(of: let element, let count):
            var members: [(String, JSONText)] = [
                ("type", .text("array")), ("items", item(element)), ("minItems", .integer(Int64(count.lowerBound))),
                ("maxItems", .integer(Int64(count.upperBound))),
            ]
            if !element.repeats { members.append(("uniqueItems", .bool(true))) }
            return members
        case .record(let fields), .group(let fields): return object(fields, "")
        case .pairs: return labels
        case .oneOrMore(let element):
            let many = JSONText.object([
                ("type", .text("array")), ("items", item(element)), ("minItems", .integer(1)),
                ("uniqueItems", .bool(true)),
            ])
            return [("anyOf", .list([item(element), many]))]
        }
    }

    private static func item(_ element: FieldType) -> JSONText {
        if case .record(let fields) = element { return .object(object(fields, "One of the list.")) }
        return .object(type(element))
    }

    private static func bounds(_ range: ClosedRange<Int64>) -> [(String, JSONText)] {
        [("minimum", .integer(range.lowerBound)), ("maximum", .integer(range.upperBound))]
    }

    private static func string(_ rule: StringRule) -> [(String, JSONText)] {
        var members: [(String, JSONText)] = [
            ("type", .text("string")), ("minLength", .integer(Int64(rule.length.lowerBound))),
            ("maxLength", .integer(Int64(rule.length.upperBound))),
        ]
        if !rule.reserved.isEmpty {
            let prefixes = JSONText.text("^(\(rule.reserved.joined(separator: "|")))")
            members.append(("not", .object([("pattern", prefixes)])))
        }
        switch rule.format {
        case .timeZone?: members.append(("pattern", .text("^[A-Za-z0-9/_+-]+$")))
        case .mac?:
            let pair = "[0-9A-Fa-f]{2}"
            members.append(("pattern", .text("^(\(pair)(:\(pair)){5}|\(pair)(-\(pair)){5})$")))
        case .reference?:
            let kinds = Kind.allCases.map { "\($0.rawValue)/\($0.idPrefix)" }.joined(separator: "|")
            members.append(("pattern", .text("^(\(kinds))[a-zA-Z0-9_-]+$")))
        case nil:
            let noControls = rule.multiline ? withoutControlsButLines : withoutControls
            members.append(("pattern", .text(rule.pattern?.regularExpression ?? noControls)))
        }
        return members
    }

    private static let withoutControls = "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$"
    private static let withoutControlsButLines =
        "^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$"

    private static var labels: [(String, JSONText)] {
        let name = JSONText.object([
            ("pattern", .text(LabelRule.namePattern)), ("maxLength", .integer(Int64(LabelRule.nameLength.upperBound))),
        ])
        let value = JSONText.object([
            ("type", .text("string")),
            ("maxLength", .integer(Int64(LabelRule.valueLength.upperBound))),
            ("pattern", .text(withoutControls)),
        ])
        return [
            ("type", .text("object")), ("maxProperties", .integer(Int64(LabelRule.maximumCount))),
            ("propertyNames", name), ("additionalProperties", value),
        ]
    }
}
