extension String {
    /// The text as a JSON string, with its quotes. One line, also where a reader takes U+2028 for the end of one.
    package var jsonQuoted: String {
        var result = ""
        result.appendJSON(self)
        return result
    }

    /// Appends a text as a JSON string, with its quotes.
    package mutating func appendJSON(_ text: String) {
        append("\"")
        defer { append("\"") }
        // Nearly all texts need no escapes; of a large fleet there are millions.
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) { return append(text) }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case "\t": append("\\t")
            case "\r": append("\\r")
            case "\u{0}"..."\u{1F}", "\u{7F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
            default: unicodeScalars.append(scalar)
            }
        }
    }
}
