import Foundation
import Logging
import Synchronization

/// One JSON object a line on standard error, for machines that read logs.
struct JSONLogHandler: LogHandler {
    let label: String
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields: [(String, String)] = [
            ("time", Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))),
            ("level", event.level.rawValue), ("message", event.message.description),
        ]
        let more = metadata.merging(event.metadata ?? [:]) { _, given in given }
        fields += more.sorted { $0.key < $1.key }.map { ($0.key, $0.value.description) }
        let line = fields.map { JSONLogHandler.quoted($0) + ":" + JSONLogHandler.quoted($1) }.joined(separator: ",")
        FileHandle.standardError.write(Data("{\(line)}\n".utf8))
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20: result += "\\u" + String(scalar.value + 0x10000, radix: 16).dropFirst()
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
