import Testing

/// A text, and the findings (`PATH RULE`) that it must have, in order.
struct TextCase: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let findings: [String]

    init(_ name: String, _ text: String, _ findings: [String] = []) {
        self.name = name
        self.text = text
        self.findings = findings
    }

    var rules: [String] { findings.compactMap { $0.split(separator: " ").last.map(String.init) } }
    var testDescription: String { name }
}
