package import Fleet
import Foundation

/// What became of a request.
package enum Answer: Hashable, Sendable {
    case taken(Receipt)
    case refused(Refusal)
    /// There was none, or it made no sense: why.
    case none(String)
}

/// The server has taken reports.
package struct Receipt: Hashable, Sendable {
    /// The server's clock.
    package var time: Timestamp
    /// What was sent up to then is stored.
    package var durableUntil: Timestamp?
    /// The life of the ingest that answered: another one knows nothing of what this one took and hasn't stored.
    package var ingest: String
    package var status: NodeState?
    package var drainingSince: Timestamp?

    package init(
        time: Timestamp, durableUntil: Timestamp?, ingest: String, status: NodeState?, drainingSince: Timestamp? = nil
    ) {
        self.time = time
        self.durableUntil = durableUntil
        self.ingest = ingest
        self.status = status
        self.drainingSince = drainingSince
    }

    /// Nil if the text is no answer of an ingest. A status of a later version is none.
    package init?(json: [UInt8]) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let wire = try? decoder.decode(Wire.self, from: Data(json)),
            let time = Timestamp(rfc3339: wire.time)
        else { return nil }
        self.time = time
        ingest = wire.ingest
        durableUntil = wire.durableUntil.flatMap { Timestamp(rfc3339: $0) }
        status = wire.status.flatMap { NodeState(rawValue: $0) }
        drainingSince = wire.drainingSince.flatMap { Timestamp(rfc3339: $0) }
    }

    private struct Wire: Decodable {
        var time: String
        var ingest: String
        var durableUntil: String?
        var status: String?
        var drainingSince: String?
    }
}

/// The server has refused a request.
package struct Refusal: Hashable, Sendable {
    package var status: Int
    /// In the server's words, short and in one line; they are written into a log.
    package var reason: String
    package var retryAfter: Duration?
    /// The server's clock, to the second.
    package var time: Timestamp?

    package init(status: Int, reason: String, retryAfter: Duration? = nil, time: Timestamp? = nil) {
        self.status = status
        self.reason = reason
        self.retryAfter = retryAfter
        self.time = time
    }

    /// - Parameter body: problem+json (RFC 9457), or whatever stands between the agent and the server answers.
    package init(status: Int, retryAfter: String?, date: String?, body: [UInt8]) {
        self.status = status
        let problem = try? JSONDecoder().decode(Problem.self, from: Data(body))
        var parts = [problem?.detail ?? problem?.title].compactMap(\.self)
        parts += (problem?.errors ?? []).prefix(3).map { "\($0.pointer ?? ""): \($0.detail ?? "")" }
        reason = Refusal.oneLine(parts.joined(separator: "; "))
        self.retryAfter = retryAfter.flatMap { Int64($0.trimmed) }.map { .seconds(min(max($0, 0), 3600)) }
        time = date.flatMap(Refusal.timestamp(httpDate:))
    }

    private struct Problem: Decodable {
        struct Fault: Decodable {
            var pointer: String?
            var detail: String?
        }
        var title: String?
        var detail: String?
        var errors: [Fault]?
    }

    private static func oneLine(_ text: String) -> String {
        let shown = String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(300).map { scalar in
                    scalar.properties.generalCategory == .control ? " " : scalar
                }))
        return shown
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110).
    package static func timestamp(httpDate text: String) -> Timestamp? {
        let words = text.words
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        let number = month + 1
        return Timestamp(rfc3339: "\(words[3])-\(number < 10 ? "0" : "")\(number)-\(words[1])T\(words[4])Z")
    }
}
