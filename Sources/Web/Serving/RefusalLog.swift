internal import Logging
import Synchronization

/// Tells the log of refused requests, once a minute for each source and reason: who sends garbage must not fill a disk.
/// What was sent is never told, and a token least of all.
final class RefusalLog: Sendable {
    private struct Entry: Hashable {
        var source: String
        var reason: String
    }

    /// More sources than these at once are told of as they come, once all are forgotten.
    private static let maximumEntries = 2_000

    private let logger: Logger
    private let told = Mutex<[Entry: ContinuousClock.Instant]>([:])

    init(_ logger: Logger) { self.logger = logger }

    /// - Parameters:
    ///   - source: an address without its port.
    ///   - reason: one of a few fixed words.
    func refused(_ reason: String, source: String, now: ContinuousClock.Instant = .now) {
        let entry = Entry(source: source, reason: reason)
        let isNew = told.withLock { told in
            if let last = told[entry], last.duration(to: now) < .seconds(60) { return false }
            if told.count >= Self.maximumEntries {
                told = told.filter { $0.value.duration(to: now) < .seconds(60) }
                guard told.count < Self.maximumEntries else { return false }
            }
            told[entry] = now
            return true
        }
        guard isNew else { return }
        logger.warning("a request was refused", metadata: ["why": "\(reason)", "source": "\(source)"])
    }
}
