import Fleet

/// The fields of one mapping, prepared once for looking up by any of their names.
///
/// A class so that handing it on costs no copies; immutable.
final class FieldGroup: Sendable {
    /// A class, too: a row of the table has a dozen parts to copy.
    final class Entry: Sendable {
        let field: Field
        /// The index of the leaf in the section's table; for a record, the field's position; nil for a group.
        let leaf: Int?
        /// The fields of a group, or of the records in a list.
        let children: FieldGroup?

        init(_ field: Field, leaf: Int?, children: FieldGroup?) {
            self.field = field
            self.leaf = leaf
            self.children = children
        }
    }

    private struct Name: Sendable {
        let text: String
        let entry: Int
    }

    let entries: [Entry]
    private let names: [Name]
    /// A bit for each entry that must be stated.
    let required: UInt64

    /// `nextLeaf` counts on in the order of the table's leaves; nil for the fields of a record.
    private init(_ fields: [Field], nextLeaf: inout Int) {
        precondition(fields.count <= 64, "seen fields are kept in 64 bits")
        var entries: [Entry] = []
        for field in fields {
            if case .group(let children) = field.type {
                entries.append(Entry(field, leaf: nil, children: FieldGroup(children, nextLeaf: &nextLeaf)))
            } else {
                entries.append(Entry(field, leaf: nextLeaf, children: FieldGroup.recordFields(field.type)))
                nextLeaf += 1
            }
        }
        self.entries = entries
        names = FieldGroup.allNames(fields)
        required = fields.indices.reduce(0) { fields[$1].required ? $0 | 1 << UInt64($1) : $0 }
    }

    convenience init(_ fields: [Field]) {
        var first = 0
        self.init(fields, nextLeaf: &first)
    }

    private static func recordFields(_ type: FieldType) -> FieldGroup? {
        switch type {
        case .list(of: .record(let fields), count: _), .record(let fields): FieldGroup(fields)
        default: nil
        }
    }

    /// Every name at its field's position, aliases behind all of them.
    private static func allNames(_ fields: [Field]) -> [Name] {
        fields.indices.map { Name(text: fields[$0].name, entry: $0) }
            + fields.indices.flatMap { index in fields[index].aliases.map { Name(text: $0, entry: index) } }
    }

    /// What a manifest may write here, aliases included.
    var allowedNames: [String] { names.map(\.text) }

    /// The entry of that name, and the name's own bit. Manifests mostly follow the table's order, so the search
    /// starts at `hint`, which is moved behind what was found.
    func find(_ text: String, hint: inout Int) -> (entry: Int, bit: UInt64)? {
        for offset in 0..<names.count {
            var position = hint + offset
            if position >= names.count { position -= names.count }
            if names[position].text == text {
                hint = position + 1 < names.count ? position + 1 : 0
                return (names[position].entry, 1 << UInt64(position))
            }
        }
        return nil
    }
}

extension FieldGroup {
    static func of(_ kind: Kind, _ section: ManifestSection) -> FieldGroup {
        switch (kind, section) {
        case (.node, .spec): nodeSpec
        case (.node, .metadata): nodeMetadata
        case (.nodePool, .spec): nodePoolSpec
        case (.nodePool, .metadata): nodePoolMetadata
        case (.scalingPolicy, .spec): scalingPolicySpec
        case (.scalingPolicy, .metadata): scalingPolicyMetadata
        case (_, .lifecycle): lifecycle
        }
    }

    private static let nodeSpec = FieldGroup(Kind.node.table(of: .spec).fields)
    private static let nodeMetadata = FieldGroup(Kind.node.table(of: .metadata).fields)
    private static let nodePoolSpec = FieldGroup(Kind.nodePool.table(of: .spec).fields)
    private static let nodePoolMetadata = FieldGroup(Kind.nodePool.table(of: .metadata).fields)
    private static let scalingPolicySpec = FieldGroup(Kind.scalingPolicy.table(of: .spec).fields)
    private static let scalingPolicyMetadata = FieldGroup(Kind.scalingPolicy.table(of: .metadata).fields)
    private static let lifecycle = FieldGroup(Kind.node.table(of: .lifecycle).fields)
}
