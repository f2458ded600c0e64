import Mustache

/// What keeps texts texts in a page. Mustache's own way looks at characters, and takes a quote with an accent after it
/// for no quote.
struct HTMLText: MustacheContentType {
    /// Registers itself for templates that begin with `pragma`.
    static let pragma: String = {
        MustacheContentTypes.register(HTMLText(), named: "REEVE")
        return "{{% CONTENT_TYPE:REEVE }}"
    }()

    func escapeText(_ text: String) -> String { HTMLText.escape(text) }

    /// Safe between tags and in quoted attributes. What steers instead of being shown is spelled out: controls, and marks
    /// that turn the direction of what follows.
    static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || special.contains($0) || $0 >= 0x7F }) else { return text }
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result += " "
            case _ where scalar.properties.generalCategory == .control || turns.contains(scalar.value):
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static let special = Set("<>&\"'".utf8)
    /// Embeddings, overrides and isolates of the bidirectional algorithm.
    private static let turns = Set(
        [0x200E, 0x200F, 0x061C] + Array(0x202A...0x202E) + Array(0x2066...0x2069) as [UInt32])
}
