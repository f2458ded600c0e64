import Fleet
import YAML

extension DocumentReader {
    mutating func choice(_ node: Node, _ words: [String]) -> FieldValue? {
        guard let (text, _) = text(node, tags: [.string], expected: .choice(words)) else { return nil }
        if words.contains(text) { return .string(text) }
        let suggestion = Spelling.suggestion(for: text, among: words)
        report(.choice, at: node.mark, "is \(shown(node)); expected \(oneOf(words))\(suggestion)")
        return nil
    }

    /// Reports the first rule that the text breaks; the later ones take the earlier for granted.
    mutating func string(_ node: Node, _ rule: StringRule) -> FieldValue? {
        let type = FieldType.string(rule)
        guard let (text, _) = text(node, tags: [.string], expected: type) else { return nil }
        guard let broken = firstBroken(rule, text) else { return .string(text) }
        switch broken {
        case .controlCharacter:
            let lines = rule.multiline ? "" : " (a line break is one, too)"
            report(broken, at: node.mark, "holds a control character\(lines)")
        case .length:
            let length = text.unicodeScalars.count
            let unit = length == 1 ? "character" : "characters"
            report(broken, at: node.mark, "is \(length) \(unit) long; expected \(type.expectation)")
        case .reserved:
            let prefixes = oneOf(rule.reserved.map { "`\($0)`" })
            report(broken, at: node.mark, "\(shown(node)) is reserved: it begins with \(prefixes)")
        default: report(broken, at: node.mark, "is \(shown(node)); expected \(type.expectation)")
        }
        return nil
    }

    private mutating func firstBroken(_ rule: StringRule, _ text: String) -> ManifestRule? {
        // Printable ASCII needs no second look, and its bytes are its characters.
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        if !isPlain {
            let hasControl = text.unicodeScalars.contains { scalar in
                isControl(scalar) && !(rule.multiline && (scalar == "\n" || scalar == "\t"))
            }
            if hasControl { return .controlCharacter }
        }
        if !rule.length.contains(isPlain ? text.utf8.count : text.unicodeScalars.count) { return .length }
        if let pattern = rule.pattern, !pattern.matches(text) { return .pattern }
        switch rule.format {
        case .timeZone? where !timeZones.contains(text): return .format
        case .mac? where !isMACAddress(text): return .format
        case .reference? where !isReference(text): return .format
        default: break
        }
        return rule.reserved.contains { text.hasPrefix($0) } ? .reserved : nil
    }
}

/// Six pairs of hexadecimal digits with `:` or `-` between them, the same throughout.
private func isMACAddress(_ text: String) -> Bool {
    guard text.utf8.count == 17, let separator = text.utf8.dropFirst(2).first,
        separator == UInt8(ascii: ":") || separator == UInt8(ascii: "-")
    else { return false }
    return text.utf8.enumerated().allSatisfy { position, byte in
        if position % 3 == 2 { return byte == separator }
        return switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}

/// `KIND/ID`, with an id that a manifest of the kind could have.
private func isReference(_ text: String) -> Bool {
    guard let key = ResourceKey(text) else { return false }
    let rule = key.kind.idRule
    return rule.length.contains(key.id.utf8.count) && rule.pattern?.matches(key.id) ?? true
        && !rule.reserved.contains { key.id.hasPrefix($0) }
}
