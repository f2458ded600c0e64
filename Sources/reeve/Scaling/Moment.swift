import ArgumentParser
import Fleet

/// An instant as people name it: `7d` ago, or an RFC 3339 time.
enum Moment: ExpressibleByArgument {
    case ago(TimeSpan)
    case at(Timestamp)

    init?(argument: String) {
        if let time = Timestamp(rfc3339: argument) {
            self = .at(time)
        } else if let span = TimeSpan(argument: argument) {
            self = .ago(span)
        } else {
            return nil
        }
    }

    func timestamp(now: Timestamp) -> Timestamp {
        switch self {
        case .ago(let span): Timestamp(milliseconds: now.milliseconds - span.duration.wholeMilliseconds)
        case .at(let time): time
        }
    }
}
