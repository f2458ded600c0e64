internal import Logging
import Synchronization

/// Tells the log of refused requests, once a minute for each source, node and reason: who sends garbage must not fill a
/// disk. What was sent is never told, and a token least of all.
final class RefusalLog: Sendable {
    fileprivate struct Entry: Hashable {
        var reason: String
        var source: String?
        var node: String?
    }

    fileprivate struct State {
        var told = OncePerMinute<Entry>()
        var cleaned: ContinuousClock.Instant?
        /// Not told of one by one, since they were last told of together.
        var untold = 0
        var summary = OncePerMinute<Bool>()
    }

    /// More at once are told of together.
    private static let maximumEntries = 2_000

    private let logger: Logger
    private let state = Mutex(State())

    init(_ logger: Logger) { self.logger = logger }

    /// - Parameters:
    ///   - reason: one of a few fixed words.
    ///   - source: an address without its port; nil where it doesn't matter who asks.
    ///   - node: whose token it is; nil while that is not known.
    func refused(
        _ reason: String, source: String? = nil, node: String? = nil, now: ContinuousClock.Instant = .now
    ) {
        let entry = Entry(reason: reason, source: source, node: node)
        switch state.withLock({ $0.refused(entry, limit: Self.maximumEntries, now: now) }) {
        case .nothing: return
        case .one:
            var metadata: Logger.Metadata = ["why": "\(reason)"]
            metadata["source"] = source.map { "\($0)" }
            metadata["node"] = node.map { "\($0)" }
            logger.warning("a request was refused", metadata: metadata)
        case .many(let count):
            logger.warning("requests of many more sources were refused", metadata: ["count": "\(count)"])
        }
    }

    fileprivate enum Telling {
        case nothing, one
        case many(Int)
    }
}

extension RefusalLog.State {
    fileprivate mutating func refused(
        _ entry: RefusalLog.Entry, limit: Int, now: ContinuousClock.Instant
    ) -> RefusalLog.Telling {
        guard !told.isFresh(entry, now: now) else { return .nothing }
        if told.count >= limit, cleaned.map({ $0.duration(to: now) > .seconds(1) }) ?? true {
            // Not for each: who fills the table must not make it dear.
            cleaned = now
            told.forgetOld(now: now)
        }
        if told.count < limit { return told.mayTell(entry, now: now) ? .one : .nothing }
        untold += 1
        guard summary.mayTell(true, now: now) else { return .nothing }
        defer { untold = 0 }
        return .many(untold)
    }
}
