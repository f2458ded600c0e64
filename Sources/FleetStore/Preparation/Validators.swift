import BSON
internal import Fleet

/// `$jsonSchema` from the field tables.
///
/// Other services write these documents too, so only the id is required, further fields are allowed, an optional field
/// may be null, and a number may have any numeric type.
enum Validators {
    static func schema(of collection: String) -> Document? {
        switch collection {
        case "nodes": schema(of: .node)
        case "node_pools": schema(of: .nodePool)
        case "resource_metrics": resourceMetrics
        case "desired": desired
        default: nil
        }
    }

    /// What machines report; the field table is the one that the ingest judges by.
    private static let resourceMetrics: Document = object(
        [id(of: .node), ("timestamp", typed(["date"], optional: false))]
            + FieldTable.resourceMetrics.fields.map { ($0.name, schema(of: $0)) },
        required: [Kind.node.idField, "timestamp"], optional: false)

    private static func id(of kind: Kind) -> (String, Document) {
        (
            kind.idField,
            string(StringRule(length: 8...64, pattern: NamePattern(prefix: kind.idPrefix)), optional: false)
        )
    }

    private static func schema(of kind: Kind) -> Document {
        var properties: [(String, Document)] = [
            id(of: kind),
            ("name", string(StringRule(length: 3...100, pattern: NamePattern()), optional: true)),
        ]
        switch kind {
        case .node:
            properties += [
                ("status", choice(NodeState.allCases.map(\.rawValue), optional: true)),
                ("poot_score", number(NumberRule(0...100), optional: true)),
                ("last_heartbeat", typed(["date"], optional: true)),
            ]
        case .nodePool: properties.append(("node_count", integer(0...Int64.max, optional: true)))
        case .scalingPolicy: break
        }
        properties += ["created_at", "updated_at"].map { ($0, typed(["date"], optional: true)) }
        properties += kind.table.fields.filter(\.isStored).map { ($0.name, schema(of: $0)) }
        return object(properties, required: [kind.idField], optional: false)
    }

    /// The frame of a declaration; its `spec` was checked when it was declared.
    private static let desired: Document = object(
        [
            ("_id", typed(["string"], optional: false)),
            ("kind", choice(Kind.allCases.map(\.rawValue), optional: false)),
            ("id", typed(["string"], optional: false)),
            ("name", typed(["string"], optional: false)),
            ("spec", typed(["object"], optional: false)),
            ("lifecycle", typed(["object"], optional: false)),
            ("overrides", typed(["object"], optional: false)),
            ("generation", integer(1...Int64.max, optional: false)),
            ("revision", integer(1...Int64.max, optional: false)),
            ("first_revision", integer(1...Int64.max, optional: false)),
            ("set", typed(["string"], optional: true)),
            ("manager", typed(["string"], optional: false)),
            ("created_at", typed(["date"], optional: false)),
            ("updated_at", typed(["date"], optional: false)),
        ],
        required: [
            "kind", "id", "name", "spec", "generation", "revision", "first_revision", "created_at", "updated_at",
        ],
        optional: false)

    private static func schema(of field: Field) -> Document { schema(of: field.type, optional: true) }

    private static func schema(of type: FieldType, optional: Bool) -> Document {
        switch type {
        case .string(let rule): string(rule, optional: optional)
        case .choice(let words): choice(words, optional: optional)
        case .integer(let range), .bytes(let range): integer(range, optional: optional)
        case .number(let rule): number(rule, optional: optional)
        case .boolean: typed(["bool"], optional: optional)
        case .decimal(let rule):
            number(NumberRule(0...rule.maximum.nearestDouble), optional: optional)
        case .timestamp: typed(["date"], optional: optional)
        case .list(let element, let count): list(schema(of: element, optional: false), count, optional: optional)
        case .record(let fields), .group(let fields):
            object(fields.filter(\.isStored).map { ($0.name, schema(of: $0)) }, required: [], optional: optional)
        case .pairs: typed(["array"], optional: optional)
        case .oneOrMore(let element):
            [
                "anyOf": [
                    .document(schema(of: element, optional: optional)),
                    .document(list(schema(of: element, optional: false), 0...100, optional: false)),
                ]
            ]
        }
    }
}

// MARK: The shapes.

extension Validators {
    private static let numeric = ["int", "long", "double", "decimal"]

    private static func typed(
        _ types: [String], optional: Bool, _ more: (inout DocumentWriter) -> Void = { _ in }
    ) -> Document {
        Document { writer in
            writer.append("bsonType", types + (optional ? ["null"] : []))
            more(&writer)
        }
    }

    private static func choice(_ words: [String], optional: Bool) -> Document {
        Document { writer in
            writer.array("enum") { array in
                for word in words { array.append(word) }
                if optional { array.append(Value.null) }
            }
        }
    }

    private static func integer(_ range: ClosedRange<Int64>, optional: Bool) -> Document {
        typed(numeric, optional: optional) { writer in
            writer.append("minimum", range.lowerBound)
            writer.append("maximum", range.upperBound)
            // Whole, also where it came as a double.
            writer.append("multipleOf", Int32(1))
        }
    }

    private static func number(_ rule: NumberRule, optional: Bool) -> Document {
        typed(numeric, optional: optional) { writer in
            writer.append("minimum", rule.minimum)
            if rule.exclusiveMinimum { writer.append("exclusiveMinimum", true) }
            writer.append("maximum", rule.maximum)
        }
    }

    private static func string(_ rule: StringRule, optional: Bool) -> Document {
        typed(["string"], optional: optional) { writer in
            writer.append("minLength", Int64(rule.length.lowerBound))
            writer.append("maxLength", Int64(rule.length.upperBound))
            if let pattern = rule.pattern?.regularExpression ?? rule.format?.pattern {
                // `$` alone would let a newline through at the end.
                writer.append("pattern", pattern.hasSuffix("$") ? pattern.dropLast() + "\\z" : pattern)
            }
        }
    }

    private static func list(_ element: Document, _ count: ClosedRange<Int>, optional: Bool) -> Document {
        typed(["array"], optional: optional) { writer in
            writer.append("minItems", Int64(count.lowerBound))
            writer.append("maxItems", Int64(count.upperBound))
            writer.append("items", element)
        }
    }

    private static func object(
        _ properties: [(String, Document)], required: [String], optional: Bool
    ) -> Document {
        typed(["object"], optional: optional) { writer in
            if !required.isEmpty { writer.append("required", required) }
            writer.document("properties") { writer in
                for (name, schema) in properties { writer.append(name, schema) }
            }
        }
    }
}

extension Field {
    fileprivate var isStored: Bool {
        switch storage {
        case .document: true
        case .declaration: false
        }
    }
}

extension StringRule.Format {
    /// Time zones and references are checked where they are declared: no pattern tells them.
    fileprivate var pattern: String? {
        switch self {
        case .mac: "^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$"
        case .timeZone, .reference: nil
        }
    }
}
