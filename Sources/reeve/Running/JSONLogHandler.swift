import Fleet
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
        let line = fields.map { $0.jsonQuoted + ":" + $1.jsonQuoted }.joined(separator: ",")
        FileHandle.standardError.write(Data("{\(line)}\n".utf8))
    }
}
