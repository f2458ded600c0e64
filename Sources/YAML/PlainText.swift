/// Which texts can stand without quotes, and what they are taken for.
enum PlainText {
    /// Breaks a line for libyaml (YAML 1.1).
    static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    /// May stand in a file as it is (YAML 1.1, c-printable).
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFFFD, 0x10000...: true
        default: false
        }
    }

    /// Whether libyaml reads this back as one plain scalar, in a block collection and, if it has breaks, indented.
    /// True for every plain scalar that libyaml returns, but for `-` and those that end in a colon (`[-]`, `{a:: b}`).
    static func isPossible(_ text: String) -> Bool {
        if text.isEmpty { return true }
        guard startsWell(text) else { return false }
        var atLineStart = true
        var afterBlank = false
        var afterColon = false
        for scalar in text.unicodeScalars {
            let isBlank = scalar == " " || scalar == "\t"
            let breaksLine = isBreak(scalar)
            if afterColon && (isBlank || breaksLine) { return false }
            if breaksLine {
                // CR and NEL read back as LF.
                if afterBlank || scalar == "\r" || scalar == "\u{85}" { return false }
                atLineStart = true
            } else if !isPrintable(scalar) {
                return false
            } else {
                if atLineStart && isBlank { return false }
                if scalar == "#" && (atLineStart || afterBlank) { return false }
                atLineStart = false
            }
            afterBlank = isBlank
            afterColon = scalar == ":"
        }
        return !afterBlank && !afterColon && !atLineStart
    }

    /// Whether the first character begins a plain scalar and not something else.
    private static func startsWell(_ text: String) -> Bool {
        var scalars = text.unicodeScalars.makeIterator()
        guard let first = scalars.next(), !isBreak(first) else { return false }
        switch first {
        case "-", "?", ":":
            guard let second = scalars.next() else { return false }
            return second != " " && second != "\t" && !isBreak(second)
        case ",", "[", "]", "{", "}", "#", "&", "*", "!", "|", ">", "'", "\"", "%", "@", "`": return false
        default: return true
        }
    }

    /// Whether every reader, of YAML 1.1 or 1.2, takes this for a string when it stands plain on one line.
    static func readsAsString(_ text: String) -> Bool {
        guard isPossible(text), let first = text.unicodeScalars.first else { return false }
        if text.unicodeScalars.contains(where: { isBreak($0) || $0 == "\u{FEFF}" }) { return false }
        // Numbers, dates, times, versions, `.inf`, `~`, `=`, `<<`: anything that begins like one of them.
        switch first {
        case "0"..."9", "+", "-", ".", "~", "=", "<": return false
        default: return !words.contains(text.lowercased())
        }
    }

    private static let words: Set<String> = [
        "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity",
    ]
}
