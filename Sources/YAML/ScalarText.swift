/// How a scalar is written.
struct ScalarText {
    private let tag: String
    private let text: String
    private let form: Form

    private enum Form { case plain, singleQuoted, doubleQuoted, literal }

    init(_ scalar: Node.Scalar) {
        text = scalar.text
        // A string says so by its quotes.
        let explicit = scalar.tag == .string ? nil : scalar.tag
        tag = explicit.map(\.shorthand) ?? ""
        form = Self.form(of: scalar)
    }

    private static func form(of scalar: Node.Scalar) -> Form {
        switch scalar.style {
        case .plain where scalar.tag != .string:
            return PlainText.isPossible(scalar.text) ? .plain : .doubleQuoted
        case .literal where canBeLiteral(scalar.text), .folded where canBeLiteral(scalar.text): return .literal
        case .singleQuoted where canBeSingleQuoted(scalar.text): return .singleQuoted
        default: return .doubleQuoted
        }
    }

    /// Behind `:`, `-`, `?` or `---`: with the blank before it and the break after it. Its further lines, if any,
    /// are indented by this much.
    func value(indent: Int) -> String {
        let padding = String(repeating: " ", count: indent)
        var result = tag.isEmpty ? "" : " " + tag
        switch form {
        case .plain: if !text.isEmpty { result += " " + Self.plain(text, padding: padding) }
        case .singleQuoted: result += " " + Self.singleQuoted(text)
        case .doubleQuoted: result += " " + Self.doubleQuoted(text)
        case .literal: return result + " " + Self.literal(text, padding: padding)
        }
        return result + "\n"
    }

    /// In front of `:` on one line; nil if it must be marked with `?`.
    ///
    /// libyaml takes no more than 1,024 characters for such a key; and an empty one would not be seen, or be taken for
    /// a part of the tag.
    var simpleKey: String? {
        if form == .plain && (text.isEmpty || text.unicodeScalars.contains(where: PlainText.isBreak)) { return nil }
        // A plain one would merge, or at the start of a line mark a document or lose its byte-order mark.
        let mustBeQuoted =
            tag.isEmpty
            && (text == "<<" || text.hasPrefix("---") || text.hasPrefix("...")
                || text.unicodeScalars.first == "\u{FEFF}")
        let written =
            switch form {
            case .plain where !mustBeQuoted: text
            case .singleQuoted: Self.singleQuoted(text)
            default: Self.doubleQuoted(text)
            }
        guard written.utf8.count <= 512 else { return nil }
        return tag.isEmpty ? written : tag + " " + written
    }

    // MARK: Forms

    /// A line break in a plain scalar is a space, two are a break, and so on.
    private static func plain(_ text: String, padding: String) -> String {
        guard text.unicodeScalars.contains(where: PlainText.isBreak) else { return text }
        var result = ""
        var afterBreak = false
        for scalar in text.unicodeScalars {
            let breaksLine = PlainText.isBreak(scalar)
            if breaksLine && !afterBreak && scalar == "\n" { result += "\n" }
            if !breaksLine && afterBreak { result += padding }
            result.unicodeScalars.append(scalar)
            afterBreak = breaksLine
        }
        return result
    }

    private static func canBeSingleQuoted(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy {
            PlainText.isPrintable($0) && !PlainText.isBreak($0) && $0 != "\u{FEFF}"
        }
    }

    private static func singleQuoted(_ text: String) -> String {
        var result = "'"
        for scalar in text.unicodeScalars {
            if scalar == "'" { result += "'" }
            result.unicodeScalars.append(scalar)
        }
        return result + "'"
    }

    /// Only texts of several lines, whose indentation can be seen from the first and which end in one break or none.
    private static func canBeLiteral(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, first != " ", first != "\t", first != "\n" else { return false }
        guard text.utf8.contains(UInt8(ascii: "\n")), !text.utf8.reversed().starts(with: "\n\n".utf8) else {
            return false
        }
        return text.unicodeScalars.allSatisfy {
            PlainText.isPrintable($0) && ($0 == "\n" || !PlainText.isBreak($0)) && $0 != "\u{FEFF}"
        }
    }

    private static func literal(_ text: String, padding: String) -> String {
        let endsInBreak = text.utf8.last == UInt8(ascii: "\n")
        var result = endsInBreak ? "|\n" : "|-\n"
        // By scalars: for `Character`, CR LF would be one.
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        if endsInBreak { lines.removeLast() }
        for line in lines {
            if !line.isEmpty { result += padding + String(line) }
            result += "\n"
        }
        return result
    }

    private static func doubleQuoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case "\0": result += "\\0"
            case "\u{85}": result += "\\N"
            case "\u{2028}": result += "\\L"
            case "\u{2029}": result += "\\P"
            case "\u{FEFF}": result += "\\uFEFF"
            default:
                if PlainText.isPrintable(scalar) {
                    result.unicodeScalars.append(scalar)
                } else {
                    result += escape(scalar)
                }
            }
        }
        return result + "\""
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let width = scalar.value < 0x100 ? 2 : 4
        return (width == 2 ? "\\x" : "\\u") + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
