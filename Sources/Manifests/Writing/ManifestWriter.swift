import Fleet
import YAML

/// Declarations → YAML that the loader reads back to equal declarations (but for where they stand).
///
/// Fields stand in the order of the tables; what a declaration does not state is not written, nor is a lifecycle's
/// default. Money is quoted, and so is every text that a reader of YAML could take for something else. Labels, specs
/// and lists are written as they are, valid or not; ids always.
package enum ManifestWriter {
    /// One document for each declaration, in their order.
    package static func text(_ declarations: [Declaration]) -> String {
        Emitter.emit(declarations.map(document))
    }

    package static func text(_ declaration: Declaration) -> String { text([declaration]) }

    /// The lines of `spec` alone, as a diff shows them.
    package static func text(_ spec: Spec) -> String { Emitter.emit([node(spec, spec.kind.table.fields)]) }

    private static func document(_ declaration: Declaration) -> Node {
        var parts: [(String, Node)] = [
            ("apiVersion", .plain(DocumentReader.apiVersion)),
            ("kind", .plain(declaration.key.kind.rawValue)),
            ("metadata", metadata(declaration)),
        ]
        if !declaration.spec.leaves.isEmpty {
            parts.append(("spec", node(declaration.spec, declaration.key.kind.table.fields)))
        }
        let lifecycle = lifecycle(declaration.lifecycle)
        if !lifecycle.isEmpty { parts.append(("lifecycle", .mapping(lifecycle))) }
        return .mapping(parts)
    }

    private static func metadata(_ declaration: Declaration) -> Node {
        var parts: [(String, Node)] = [("name", .string(declaration.name)), ("id", .string(declaration.key.id))]
        if !declaration.labels.isEmpty {
            parts.append(("labels", .mapping(declaration.labels.map { ($0.name, .string($0.value)) })))
        }
        return .mapping(parts)
    }

    private static func lifecycle(_ lifecycle: Lifecycle) -> [(String, Node)] {
        let usual = Lifecycle()
        var parts: [(String, Node)] = []
        if lifecycle.prune != usual.prune { parts.append(("prune", .plain(lifecycle.prune ? "true" : "false"))) }
        if lifecycle.drift != usual.drift { parts.append(("drift", .string(lifecycle.drift.rawValue))) }
        if let suspend = lifecycle.suspend {
            var members: [(String, Node)] = [("reason", .string(suspend.reason)), ("by", .string(suspend.by))]
            if let until = suspend.until { members.append(("until", .plain(until.description))) }
            parts.append(("suspend", .mapping(members)))
        }
        if lifecycle.onDelete != usual.onDelete { parts.append(("on_delete", .string(lifecycle.onDelete.rawValue))) }
        if !lifecycle.dependsOn.isEmpty {
            parts.append(("depends_on", .sequence(lifecycle.dependsOn.map { .string($0.description) })))
        }
        return parts
    }
}

// MARK: - Specs

extension ManifestWriter {
    /// The groups are built up again from the leaves, which stand in the table's order.
    private static func node(_ spec: Spec, _ fields: [Field]) -> Node {
        var next = spec.leaves[...]
        var index = 0
        return .mapping(pairs(fields, &next, &index))
    }

    private static func pairs(
        _ fields: [Field], _ leaves: inout ArraySlice<Spec.Leaf>, _ index: inout Int
    ) -> [(String, Node)] {
        var result: [(String, Node)] = []
        for field in fields {
            if case .group(let children) = field.type {
                let members = pairs(children, &leaves, &index)
                if !members.isEmpty { result.append((field.name, .mapping(members))) }
            } else {
                if let leaf = leaves.first, leaf.index == index {
                    result.append((field.name, node(leaf.value, field.type)))
                    leaves.removeFirst()
                }
                index += 1
            }
        }
        return result
    }

    /// The value as its field's manifest would have it.
    static func node(_ value: FieldValue, _ type: FieldType) -> Node {
        switch value {
        case .null: .plain("null")
        case .bool(let value): .plain(value ? "true" : "false")
        case .int(let value):
            if case .bytes = type { .plain(quantity(value)) } else { .plain(String(value)) }
        case .double(let value): .plain(plainDecimal(value))
        case .decimal(let value): Node(content: .scalar(Node.Scalar(text: value.description, style: .doubleQuoted)))
        case .string(let value): .string(value)
        case .timestamp(let value): .plain(value.description)
        case .list(let values): .sequence(values.map { node($0, type.element) })
        case .record(let members): .mapping(members.map { ($0.name, node($0.value, type.member($0.name))) })
        // No manifest holds one; it is shown when a document is exported that somebody else wrote.
        case .foreign: .string(value.description)
        }
    }

    /// The shortest spelling that reads back to the same double, without an exponent.
    private static func plainDecimal(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return String(whole) }
        let text = String(value)
        guard value.isFinite, let mark = text.firstIndex(of: "e"), let power = Int(text[text.index(after: mark)...]),
            let digits = DecimalNumber(text[..<mark])
        else { return text }
        return DecimalNumber(significand: digits.significand, exponent: digits.exponent + power).description
    }
}

extension FieldType {
    fileprivate var element: FieldType {
        switch self {
        case .list(of: let element, count: _), .oneOrMore(let element): element
        default: self
        }
    }

    fileprivate func member(_ name: String) -> FieldType {
        if case .record(let fields) = self, let field = fields.first(where: { $0.name == name }) { return field.type }
        return self
    }
}
