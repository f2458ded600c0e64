/// One Swift file.
struct SwiftSource {
    let path: String
    let text: String
    /// The text without comments and the contents of string literals; lines keep their numbers.
    let code: String

    init(path: String, text: String) {
        self.path = path
        self.text = text
        code = CodeText.stripped(text)
    }

    /// `Sources/YAML/Node.swift` belongs to `YAML`.
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

    /// The modules that it imports, whole or in part.
    var imports: [String] {
        let line =
            #/
            (?m)^\s*
            (?:@\w+(?:\([^\)]*\))?\s+)*
            (?:\w+\s+)?
            import\s+
            (?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?
            (\w+)
            /#
        return code.matches(of: line.simple).map { String($0.1) }
    }

    /// `PATH:LINE: MATCH` for every place in the code where the pattern stands.
    func places(of pattern: Regex<Substring>) -> [String] {
        let pattern = pattern.simple
        guard code.contains(pattern) else { return [] }
        return code.split(separator: "\n", omittingEmptySubsequences: false).enumerated().flatMap { number, line in
            line.matches(of: pattern).map { "\(path):\(number + 1): \($0.output)" }
        }
    }
}

extension Regex {
    /// A word ends where letters, digits and `_` end: by default, `a.b` is one word.
    var simple: Regex<Output> { wordBoundaryKind(.simple).matchingSemantics(.unicodeScalar) }
}
