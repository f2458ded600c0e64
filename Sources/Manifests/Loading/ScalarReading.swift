import Fleet
import YAML

// Each reads one scalar type, strictly: what a reader of YAML could take for something else is an error that says what
// to write instead.
extension DocumentReader {
    mutating func integer(_ node: Node, _ range: ClosedRange<Int64>) -> FieldValue? {
        let type = FieldType.integer(range)
        guard let text = numberText(node, type, tags: [.int]) else { return nil }
        guard NumberText(text).isWhole else {
            let refusal = NumberText(text).refusal ?? "is not a whole number"
            report(.invalidNumber, at: node.mark, "\(shown(node)) \(refusal); expected \(type.expectation)")
            return nil
        }
        guard let value = Int64(text), range.contains(value) else { return outOfRange(node, type) }
        return .int(value)
    }

    mutating func number(_ node: Node, _ rule: NumberRule) -> FieldValue? {
        let type = FieldType.number(rule)
        guard let text = numberText(node, type, tags: [.int, .float]) else { return nil }
        guard let value = NumberText(text).nearest else {
            let refusal = NumberText(text).refusal ?? "is not a number"
            report(.invalidNumber, at: node.mark, "\(shown(node)) \(refusal); expected \(type.expectation)")
            return nil
        }
        guard rule.allows(value) else { return outOfRange(node, type) }
        return Int64(exactly: value).map { .int($0) } ?? .double(value)
    }

    mutating func bytes(_ node: Node, _ range: ClosedRange<Int64>) -> FieldValue? {
        let type = FieldType.bytes(range)
        guard let (text, isPlain) = text(node, tags: [.int, .string], expected: type) else { return nil }
        if !isPlain, NumberText(text).isPlain {
            let message = "is the text \(shown(node)); write the number without quotes, or with a unit"
            report(.wrongType, at: node.mark, message)
            return nil
        }
        switch ByteUnit.read(text) {
        case .bytes(let value) where range.contains(value): return .int(value)
        case .bytes, .tooLarge: return outOfRange(node, type)
        case .fractionOfAByte:
            report(.invalidQuantity, at: node.mark, "\(shown(node)) is not a whole number of bytes")
        case .unknownUnit(let unit):
            let names = ByteUnit.all.map(\.name)
            let suggestion = names.first { $0.lowercased() == unit.lowercased().filter { $0 != " " } }
            let hint = suggestion.map { "; write `\($0)` right behind the number" } ?? ""
            let message = "\(shown(node)) has no unit that is known\(hint); expected \(type.expectation)"
            report(.invalidQuantity, at: node.mark, message)
        case .malformed:
            let refusal = NumberText(text).refusal ?? "is not a quantity"
            report(.invalidQuantity, at: node.mark, "\(shown(node)) \(refusal); expected \(type.expectation)")
        }
        return nil
    }

    mutating func decimal(_ node: Node, _ rule: DecimalRule) -> FieldValue? {
        let type = FieldType.decimal(rule)
        guard let (text, isPlain) = text(node, tags: [.string], expected: type) else { return nil }
        if isPlain, NumberText(text).isPlain {
            let message = "\(shown(node)) needs quotes, so that no reader rounds it: \"\(shortened(text))\""
            report(.unquotedDecimal, at: node.mark, message)
            return nil
        }
        guard NumberText(text).isPlain else {
            let refusal = NumberText(text).refusal ?? "is not a decimal"
            report(.invalidNumber, at: node.mark, "\(shown(node)) \(refusal); expected \(type.expectation)")
            return nil
        }
        let fraction = text.utf8.reversed().prefix { $0 != UInt8(ascii: ".") }.count
        if text.utf8.contains(UInt8(ascii: ".")), fraction > rule.fractionDigits {
            let message = "has \(fraction) digits after the point; expected at most \(rule.fractionDigits)"
            report(.precision, at: node.mark, message)
            return nil
        }
        guard let value = DecimalNumber(text), !value.isNegative, value <= rule.maximum else {
            return outOfRange(node, type)
        }
        return .decimal(value)
    }

    mutating func boolean(_ node: Node) -> FieldValue? {
        guard let (text, isPlain) = text(node, tags: [.bool], expected: .boolean) else { return nil }
        if isPlain {
            switch text {
            case "true", "True", "TRUE": return .bool(true)
            case "false", "False", "FALSE": return .bool(false)
            default: break
            }
        }
        let hint =
            switch text.lowercased() {
            case "true", "yes", "on", "y", "1": "; write true"
            case "false", "no", "off", "n", "0": "; write false"
            default: ""
            }
        let without = hint.isEmpty || isPlain ? "" : " without quotes"
        report(.wrongType, at: node.mark, "is \(shown(node)), not true or false\(hint)\(without)")
        return nil
    }

    mutating func timestamp(_ node: Node) -> FieldValue? {
        guard let (text, _) = text(node, tags: [.string], expected: .timestamp) else { return nil }
        if let value = Timestamp(rfc3339: text) { return .timestamp(value) }
        report(.format, at: node.mark, "is \(shown(node)); expected \(FieldType.timestamp.expectation)")
        return nil
    }

    /// A number's text; one in quotes is a text and no number.
    private mutating func numberText(_ node: Node, _ type: FieldType, tags: [CoreTag]) -> String? {
        guard let (text, isPlain) = text(node, tags: tags, expected: type) else { return nil }
        if isPlain { return text }
        let hint = NumberText(text).isPlain ? "write the number without quotes" : "expected \(type.expectation)"
        report(.wrongType, at: node.mark, "is the text \(shown(node)); \(hint)")
        return nil
    }

    private mutating func outOfRange(_ node: Node, _ type: FieldType) -> FieldValue? {
        report(.range, at: node.mark, "is \(shown(node)); expected \(type.expectation)")
        return nil
    }
}
