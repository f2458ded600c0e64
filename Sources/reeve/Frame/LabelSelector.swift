import ArgumentParser
import Fleet

/// `-l`: conditions on labels, separated by commas, all of which must hold.
///
/// `team=render`, `team!=render` (also true without the label), `team in (render, web)`, `team notin (a, b)`, `team`
/// (has it), `!team` (has it not).
struct LabelSelector: ExpressibleByArgument {
    private enum Condition {
        case isOneOf(Set<String>)
        case isNoneOf(Set<String>)
        case exists
        case isAbsent
    }

    private let conditions: [(name: String, condition: Condition)]

    init?(argument: String) {
        var conditions: [(String, Condition)] = []
        for part in LabelSelector.parts(argument) {
            guard let condition = LabelSelector.condition(part) else { return nil }
            conditions.append(condition)
        }
        guard !conditions.isEmpty else { return nil }
        self.conditions = conditions
    }

    func matches(_ labels: [Label]) -> Bool {
        conditions.allSatisfy { name, condition in
            let value = labels.first { $0.name == name }?.value
            return switch condition {
            case .isOneOf(let values): value.map(values.contains) ?? false
            case .isNoneOf(let values): !(value.map(values.contains) ?? false)
            case .exists: value != nil
            case .isAbsent: value == nil
            }
        }
    }

    /// At the commas outside parentheses.
    private static func parts(_ text: String) -> [String] {
        var parts = [""]
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts.map(trimmed)
    }

    private static func condition(_ text: String) -> (String, Condition)? {
        if let sign = text.firstRange(of: "!=") {
            return named(text[..<sign.lowerBound], .isNoneOf([trimmed(text[sign.upperBound...])]))
        }
        if let sign = text.firstRange(of: "==") ?? text.firstRange(of: "=") {
            return named(text[..<sign.lowerBound], .isOneOf([trimmed(text[sign.upperBound...])]))
        }
        if text.hasSuffix(")"), let open = text.firstIndex(of: "(") {
            let list = text[text.index(after: open)...].dropLast().split(
                separator: ",", omittingEmptySubsequences: false)
            let values = Set(list.map { trimmed($0) })
            let words = text[..<open].split(separator: " ")
            guard words.count == 2 else { return nil }
            switch words[1] {
            case "in": return named(words[0], .isOneOf(values))
            case "notin": return named(words[0], .isNoneOf(values))
            default: return nil
            }
        }
        return text.hasPrefix("!") ? named(text.dropFirst(), .isAbsent) : named(text[...], .exists)
    }

    private static func named(_ name: Substring, _ condition: Condition) -> (String, Condition)? {
        let name = trimmed(name)
        return name.isEmpty || name.contains { " ()!=,".contains($0) } ? nil : (name, condition)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
