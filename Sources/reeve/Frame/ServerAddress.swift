import Foundation

/// Where the fleet's MongoDB stands, and who said so.
struct ServerAddress {
    enum Origin {
        /// `--uri`, `--uri-file` or `REEVE_MONGODB_URI`.
        case configured
        /// Nothing was configured: the private MongoDB of this directory.
        case local
    }

    var origin: Origin
    /// May hold a password: never printed.
    var uri: String
    var database: String

    /// Where `reeve local` keeps its data, below the working directory.
    static let localDirectory = ".reeve"

    /// What the options and the environment say; nil for the URI when they say nothing.
    static func configuredURI(
        _ options: GlobalOptions, environment: [String: String]
    ) throws(CommandFailure) -> String? {
        if let uri = options.uri { return uri }
        if let path = options.uriFile {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw CommandFailure(.usage, "the file \(path) of --uri-file can't be read")
            }
            let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard !text.isEmpty else { throw CommandFailure(.usage, "the file \(path) of --uri-file is empty") }
            return text
        }
        return environment["REEVE_MONGODB_URI"].flatMap { $0.isEmpty ? nil : $0 }
    }

    static func database(_ options: GlobalOptions, environment: [String: String]) -> String {
        options.database ?? environment["REEVE_DATABASE"].flatMap { $0.isEmpty ? nil : $0 } ?? "reeve"
    }

    /// What MongoDB has against the name of a database; nil when nothing.
    static func fault(ofDatabase name: String) -> String? {
        if name.isEmpty { return "is empty" }
        if name.utf8.count > 63 { return "has \(name.utf8.count) bytes; MongoDB takes 63" }
        let wrong = name.first { "/\\. \"$*<>:|?\0".contains($0) }
        return wrong.map { "holds `\("\($0)".printable)`, which MongoDB does not take" }
    }

    /// Whether a URI names a password, or an option that carries one.
    static func holdsSecret(_ uri: String) -> Bool {
        let rest = uri.firstRange(of: "://").map { uri[$0.upperBound...] } ?? uri[...]
        if let at = rest.lastIndex(of: "@"), rest[..<at].contains(":") { return true }
        let lowercased = rest.lowercased()
        return ["keyfilepassword=", "certificatekeypassword=", "aws_session_token", "password="]
            .contains { lowercased.contains($0) }
    }
}
