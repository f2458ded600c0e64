/// Takes secrets out of texts that people will see.
package struct Redaction: Sendable {
    private let secrets: [String]

    package init(secrets: [String] = []) {
        self.secrets = secrets.filter { !$0.isEmpty }
    }

    /// `text` with every known secret, and whatever stands where a URI has its user and password, replaced by `***`.
    package func callAsFunction(_ text: String) -> String {
        secrets.reduce(Self.withoutUserInfo(text)) { text, secret in
            Self.replacing(secret, in: text)
        }
    }

    private static func replacing(_ secret: String, in text: String) -> String {
        guard text.utf8.count >= secret.utf8.count else { return text }
        var result: [UInt8] = []
        let bytes = Array(text.utf8)
        let pattern = Array(secret.utf8)
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: pattern) {
                result += "***".utf8
                index += pattern.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// `mongodb://user:password@host` becomes `mongodb://***@host`. The last `@` of the word counts: a password whose
    /// own `@` was not escaped must not be shown either.
    private static func withoutUserInfo(_ text: String) -> String {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        let separator = Array("://".utf8)
        while let start = rest.indices.first(where: { rest[$0...].starts(with: separator) }) {
            let afterScheme = start + separator.count
            result += rest[..<afterScheme]
            let end = rest[afterScheme...].firstIndex { $0 == UInt8(ascii: " ") || $0 == 0x0A } ?? rest.endIndex
            var word = rest[afterScheme..<end]
            if let at = word.lastIndex(of: UInt8(ascii: "@")) {
                result += "***".utf8
                word = word[at...]
            }
            result += word
            rest = rest[end...]
        }
        return String(decoding: result + rest, as: UTF8.self)
    }
}
