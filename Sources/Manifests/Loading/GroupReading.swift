import Fleet
import YAML

extension DocumentReader {
    /// Reads a mapping's fields; every leaf that is not null is appended, whether its value is right or wrong.
    ///
    /// Null stands for "not stated", for a leaf as for a group. `{}` does too where the group requires
    /// nothing, but for a policy (`stateEmptyPolicy`).
    mutating func read(_ node: Node, as group: FieldGroup, into stated: inout [StatedLeaf]) {
        guard case .mapping(let pairs) = node.content else {
            report(.wrongType, at: node.mark, "is \(shown(node)); expected a mapping")
            return
        }
        var fieldsSeen: UInt64 = 0
        var namesSeen: UInt64 = 0
        var present: UInt64 = 0
        var hint = 0
        for pair in pairs {
            guard let name = keyText(pair.key) else { continue }
            guard let (position, nameBit) = group.find(name, hint: &hint) else {
                reportUnknown(name, at: pair.key.mark, among: group.allowedNames, inside: "this mapping")
                continue
            }
            let entry = group.entries[position]
            let bit: UInt64 = 1 << UInt64(position)
            trail.enter(name)
            defer { trail.leave() }
            if namesSeen & nameBit != 0 {
                report(.duplicateKey, at: pair.key.mark, "stated twice")
                continue
            }
            if fieldsSeen & bit != 0 {
                let names = ([entry.field.name] + entry.field.aliases).map { "`\($0)`" }.joined(separator: " and ")
                report(.aliasConflict, at: pair.key.mark, "\(names) are the same field; state it once")
                continue
            }
            namesSeen |= nameBit
            fieldsSeen |= bit
            if pair.value.isNull { continue }
            present |= bit
            if let leaf = entry.leaf {
                let value = value(of: pair.value, as: entry.field.type, records: entry.children)
                stated.append(StatedLeaf(index: leaf, value: value, mark: pair.value.mark))
            } else if let children = entry.children {
                read(pair.value, as: children, into: &stated)
            }
        }
        if group.required & ~present != 0 { reportMissing(in: group, present: present, at: node.mark) }
    }

    mutating func reportMissing(in group: FieldGroup, present: UInt64, at mark: Mark) {
        for (position, entry) in group.entries.enumerated() {
            guard entry.field.required, present & (1 << UInt64(position)) == 0 else { continue }
            trail.enter(entry.field.name)
            report(.missingRequired, at: mark, "is required: \(entry.field.type.expectation)")
            trail.leave()
        }
    }

    mutating func reportUnknown(_ name: String, at mark: Mark, among names: [String], inside place: String) {
        trail.enter(shortened(name))
        defer { trail.leave() }
        let suggestion = Spelling.suggestion(for: name, among: names)
        let expected = names.count <= 8 ? "; expected \(oneOf(names))" : ""
        report(.unknownField, at: mark, "is not a field of \(place)\(suggestion.isEmpty ? expected : suggestion)")
    }

    /// Keys are texts; the parser lets no others through, so another is reported where it stands.
    mutating func keyText(_ key: Node) -> String? {
        if let scalar = key.scalar { return scalar.text }
        report(.wrongType, at: key.mark, "is \(shown(key)); expected a field's name")
        return nil
    }
}
