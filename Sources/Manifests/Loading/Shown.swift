import YAML

/// What was found, for a message: short, on one line, in quotes if it was quoted.
func shown(_ node: Node) -> String {
    switch node.content {
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .scalar(let scalar):
        if node.isNull {
            "null"
        } else {
            scalar.style == .plain ? "`\(shortened(scalar.text))`" : "\"\(shortened(scalar.text))\""
        }
    }
}

/// At most 40 characters, control characters as their code points.
func shortened(_ text: String) -> String {
    var result = ""
    var count = 0
    for scalar in text.unicodeScalars {
        if count == 40 { return result + "…" }
        count += 1
        if isControl(scalar) {
            result += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
            result.unicodeScalars.append(scalar)
        }
    }
    return result
}

func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
}

/// `a`, `a or b`, `a, b or c`.
func oneOf(_ words: [String]) -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "nothing" }
    return words.dropLast().joined(separator: ", ") + " or " + last
}

extension Node {
    /// A plain `null`, `~` or nothing: the same as leaving the field out. (Write "null" in quotes for the text.)
    var isNull: Bool {
        guard case .scalar(let scalar) = content else { return false }
        if let tag = scalar.tag { return tag == .null }
        guard scalar.style == .plain else { return false }
        return switch scalar.text {
        case "", "~", "null", "Null", "NULL": true
        default: false
        }
    }
}
