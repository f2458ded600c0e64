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
    /// How many of the reports were not taken before.
    package var accepted: Int
    /// The server's clock.
    package var time: Timestamp
    /// What was sent up to then is stored.
    package var durableUntil: Timestamp?
    /// The life of the ingest that answered: another one knows nothing of what this one took and hasn't stored.
    package var ingest: String
    package var status: NodeState?
    package var drainingSince: Timestamp?

    package init(
        accepted: Int, time: Timestamp, durableUntil: Timestamp?, ingest: String, status: NodeState?,
        drainingSince: Timestamp? = nil
    ) {
        self.accepted = accepted
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
        accepted = wire.accepted
        self.time = time
        ingest = wire.ingest
        durableUntil = wire.durableUntil.flatMap { Timestamp(rfc3339: $0) }
        status = wire.status.flatMap { NodeState(rawValue: $0) }
        drainingSince = wire.drainingSince.flatMap { Timestamp(rfc3339: $0) }
    }

    private struct Wire: Decodable {
        var accepted: Int
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
    /// The clock by which the server judged the reports' instants; nil when that is not why.
    package var time: Timestamp?

    package init(status: Int, reason: String, retryAfter: Duration? = nil, time: Timestamp? = nil) {
        self.status = status
        self.reason = reason
        self.retryAfter = retryAfter
        self.time = time
    }

    /// - Parameter body: problem+json (RFC 9457), or whatever stands between the agent and the server answers.
    package init(status: Int, retryAfter: String?, body: [UInt8]) {
        self.status = status
        let problem = try? JSONDecoder().decode(Problem.self, from: Data(body))
        var parts = [problem?.detail ?? problem?.title].compactMap(\.self)
        parts += (problem?.errors ?? []).prefix(3).map { "\($0.pointer ?? ""): \($0.detail ?? "")" }
        reason = Refusal.oneLine(parts.joined(separator: "; "))
        self.retryAfter = retryAfter.flatMap { Int64($0.trimmed) }.map { .seconds(min(max($0, 0), 3600)) }
        // Not of the header `Date`, which is the wall clock of whatever answered.
        time = problem?.time.flatMap { Timestamp(rfc3339: $0) }
    }

    private struct Problem: Decodable {
        struct Fault: Decodable {
            var pointer: String?
            var detail: String?
        }
        var title: String?
        var detail: String?
        var time: String?
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
}
