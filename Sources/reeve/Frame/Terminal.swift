import Fleet
import Foundation

/// Where a command's results and remarks go. Results go to standard output, all else to standard error.
struct Terminal {
    enum Style: String {
        case green = "\u{1B}[32m"
        case yellow = "\u{1B}[33m"
        case red = "\u{1B}[31m"
        case bold = "\u{1B}[1m"
    }

    let format: OutputFormat
    let verbose: Bool
    /// Colours are for people: only on a terminal that can show them, and only if nobody asked for none.
    let isColored: Bool
    /// Whether somebody looks at the results as they come.
    let isInteractive: Bool
    /// Whether a line that is written over and over can be shown beside the results.
    let showsProgress: Bool

    init(format: OutputFormat, noColor: Bool, verbose: Bool) {
        self.format = format
        self.verbose = verbose
        let environment = ProcessInfo.processInfo.environment
        isInteractive = isatty(STDOUT_FILENO) == 1
        showsProgress =
            isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb" && format != .json && format != .yaml
        isColored =
            isInteractive && !noColor && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    /// Whether results are for programs: then everything that is printed is one document.
    var isStructured: Bool { format == .json || format == .yaml }

    func line(_ text: String, _ style: Style? = nil) {
        Terminal.standardOutput(styled(text, style) + "\n")
    }

    /// A remark on standard error.
    func note(_ text: String) { Terminal.standardError(text) }

    /// A remark that only `--verbose` shows.
    func detail(_ text: @autoclosure () -> String) {
        if verbose { Terminal.standardError(text()) }
    }

    /// `-o json` and `-o yaml`: the value as one document.
    func value(_ value: FieldValue) {
        Terminal.standardOutput(format == .yaml ? value.yamlText : value.jsonText + "\n")
    }

    /// `widths`: what the columns have at least.
    func table(_ table: Table, headers: Bool = true, widths: [Int]? = nil) {
        Terminal.standardOutput(table.text(headers: headers, widths: widths) { styled($0, $1) })
    }

    /// Diagnostics on standard error as `FILE:LINE:COLUMN: error: PATH: MESSAGE [RULE]`.
    func report(_ diagnostics: [Diagnostic]) {
        guard !diagnostics.isEmpty else { return }
        Terminal.standardError(diagnostics.map(\.description.printable).joined(separator: "\n"))
    }

    func styled(_ text: String, _ style: Style?) -> String {
        guard isColored, let style else { return text }
        return style.rawValue + text + "\u{1B}[0m"
    }

    static func standardOutput(_ text: String) { write(text, to: STDOUT_FILENO) }
    static func standardError(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno != EINTR { return }
            rest = rest.dropFirst(max(count, 0))
        }
    }
}

extension String {
    /// The text with control characters spelled out: what stands in a database must not steer a terminal.
    var printable: String {
        guard utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 }) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            if scalar == "\n" {
                result += "\\n"
            } else if scalar.properties.generalCategory == .control {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
