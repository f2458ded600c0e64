import Fleet
import YAML

extension DocumentReader {
    /// The value of a node that is not null, by the type of its field; nil after a report.
    ///
    /// A plain scalar takes its type from the field: `no` is a text where a text is wanted and an error where true or
    /// false is.
    mutating func value(of node: Node, as type: FieldType, records: FieldGroup? = nil) -> FieldValue? {
        switch type {
        case .string(let rule): string(node, rule)
        case .choice(let words): choice(node, words)
        case .integer(let range): integer(node, range)
        case .bytes(let range): bytes(node, range)
        case .number(let rule): number(node, rule)
        case .boolean: boolean(node)
        case .decimal(let rule): decimal(node, rule)
        case .timestamp: timestamp(node)
        case .list(of: let element, let count): list(node, of: element, count, records: records, type)
        case .record: records.flatMap { record(node, $0) }
        // A group has no value of its own: `read(_:as:into:)` reads its leaves.
        case .group: nil
        case .pairs: pairs(node)
        case .oneOrMore(let element):
            node.sequence == nil
                ? value(of: node, as: element) : list(node, of: element, 1...64, records: nil, type)
        }
    }

    /// The scalar's text and whether it is plain; a list, a mapping or a contradicting tag is a wrong type.
    mutating func text(
        _ node: Node, tags: [CoreTag], expected type: FieldType
    ) -> (text: String, isPlain: Bool)? {
        guard case .scalar(let scalar) = node.content, !node.isNull else {
            report(.wrongType, at: node.mark, "is \(shown(node)); expected \(type.expectation)")
            return nil
        }
        guard let tag = scalar.tag else { return (scalar.text, scalar.style == .plain) }
        if tags.contains(tag) { return (scalar.text, tag != .string) }
        report(.wrongType, at: node.mark, "is tagged !!\(tag); expected \(type.expectation)")
        return nil
    }

    private mutating func list(
        _ node: Node, of element: FieldType, _ count: ClosedRange<Int>, records: FieldGroup?, _ type: FieldType
    ) -> FieldValue? {
        guard case .sequence(let items) = node.content else {
            report(.wrongType, at: node.mark, "is \(shown(node)); expected \(type.expectation)")
            return nil
        }
        var isValid = count.contains(items.count)
        if !isValid {
            report(.listLength, at: node.mark, "has \(items.count) elements; expected \(count.inWords)")
        }
        var values: [FieldValue] = []
        values.reserveCapacity(items.count)
        for (index, item) in items.enumerated() {
            trail.enter(element: index)
            defer { trail.leave() }
            guard let value = value(of: item, as: element, records: records) else {
                isValid = false
                continue
            }
            if !element.repeats, values.contains(value) {
                report(.duplicateValue, at: item.mark, "\(shown(item)) stands in the list already")
                isValid = false
            }
            values.append(value)
        }
        return isValid ? .list(values) : nil
    }

    /// The members in the table's order, whatever the manifest's.
    private mutating func record(_ node: Node, _ group: FieldGroup) -> FieldValue? {
        if node.isNull {
            report(.wrongType, at: node.mark, "is null; expected a mapping")
            return nil
        }
        let errorsBefore = diagnostics.count
        var stated: [StatedLeaf] = []
        read(node, as: group, into: &stated)
        guard diagnostics.count == errorsBefore else { return nil }
        stated.sort { $0.index < $1.index }
        return .record(
            stated.compactMap { leaf in
                leaf.value.map { FieldValue.Member(group.entries[leaf.index].field.name, $0) }
            })
    }

    private mutating func pairs(_ node: Node) -> FieldValue? {
        guard case .mapping(let pairs) = node.content else {
            report(.wrongType, at: node.mark, "is \(shown(node)); expected a mapping of names to texts")
            return nil
        }
        let errorsBefore = diagnostics.count
        if pairs.count > LabelRule.maximumCount {
            report(.labelCount, at: node.mark, "has \(pairs.count) names; expected at most \(LabelRule.maximumCount)")
        }
        var members: [FieldValue.Member] = []
        for pair in pairs {
            guard let name = keyText(pair.key) else { continue }
            trail.enter(shortened(name))
            defer { trail.leave() }
            if !LabelRule.allowsName(name) {
                let rule = "1 to 63 letters, digits, `.`, `_`, `/` and `-`, with a letter or digit at both ends"
                report(.labelName, at: pair.key.mark, "is no name for a label; expected \(rule)")
            } else if let value = labelValue(pair.value) {
                members.append(FieldValue.Member(name, .string(value)))
            }
        }
        guard diagnostics.count == errorsBefore else { return nil }
        members.sort { $0.name < $1.name }
        for (first, second) in zip(members, members.dropFirst()) where first.name == second.name {
            // The parser has reported the place.
            return nil
        }
        return .record(members)
    }

    private mutating func labelValue(_ node: Node) -> String? {
        guard case .scalar(let scalar) = node.content, !node.isNull else {
            report(.wrongType, at: node.mark, "is \(shown(node)); expected a text (an empty one is \"\")")
            return nil
        }
        let length = scalar.text.unicodeScalars.count
        guard LabelRule.valueLength.contains(length) else {
            let most = LabelRule.valueLength.upperBound
            report(.labelValue, at: node.mark, "is \(length) characters long; expected at most \(most)")
            return nil
        }
        if let control = scalar.text.unicodeScalars.first(where: isControl) {
            let code = "U+" + String(control.value, radix: 16, uppercase: true)
            report(.labelValue, at: node.mark, "holds the control character \(code)")
            return nil
        }
        return scalar.text
    }
}
