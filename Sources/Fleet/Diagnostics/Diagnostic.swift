/// Something wrong in a manifest, with its place; collected, never thrown one by one.
package struct Diagnostic: Hashable, Sendable {
    package enum Severity: String, Hashable, Sendable { case error, warning }

    package var severity: Severity
    package var source: SourceLocation?
    /// 0-based position of the document in its file.
    package var document: Int?
    /// The field's path in the manifest, such as `spec.hardware_info.cpu.cores`; empty for the document as a whole.
    package var path: String
    package var message: String
    /// The broken rule's stable name in kebab case, such as `unknown-field`.
    package var rule: String

    package init(
        _ severity: Severity = .error, at source: SourceLocation? = nil, document: Int? = nil, path: String = "",
        _ message: String, rule: String
    ) {
        self.severity = severity
        self.source = source
        self.document = document
        self.path = path
        self.message = message
        self.rule = rule
    }
}

extension Diagnostic: CustomStringConvertible {
    /// `FILE:LINE:COLUMN: error: PATH: MESSAGE [RULE]`
    package var description: String {
        let place = source.map { "\($0): " } ?? ""
        return place + "\(severity.rawValue): " + (path.isEmpty ? "" : path + ": ") + message + " [\(rule)]"
    }
}

/// A place in a file; line and column count from 1.
package struct SourceLocation: Hashable, Sendable {
    package var file: String
    package var line: Int
    package var column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }
}

extension SourceLocation: CustomStringConvertible {
    package var description: String { "\(file):\(line):\(column)" }
}
