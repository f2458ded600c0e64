import Crypto
internal import Fleet
internal import FleetStore
internal import Logging

/// Who may report for which node: by the digest of the token, and from memory where it can.
///
/// Tokens that are unknown here are looked up together, one query at a time, at most ten a second of at most 500 digests,
/// so that whoever tries tokens does not load MongoDB; revoked ones are forgotten within `revocationDelay`.
actor TokenDoor {
    enum Answer: Hashable, Sendable {
        case node(String)
        case unknown
        /// MongoDB is away, or too many wait for an answer.
        case unavailable
    }

    static let revocationDelay = Duration.seconds(2)
    private static let lookupSize = 500
    private static let lookupSpacing = Duration.milliseconds(100)
    private static let maximumWaiting = 20_000
    private static let maximumRefused = 4_096
    private static let refusedFor = Duration.seconds(5)
    /// Longer than a transaction of MongoDB lives by default.
    private static let overlapSeconds: Int64 = 90

    private let store: any ReportStore
    private let logger: Logger
    private let clock = ContinuousClock()
    /// Good ones alone.
    private var nodes: [[UInt8]: String] = [:]
    private var refused: [[UInt8]: ContinuousClock.Instant] = [:]
    private var waiting: [[UInt8]: [CheckedContinuation<Answer, Never>]] = [:]
    private var waitingCount = 0
    private var lookup: Task<Void, Never>?
    private var lastLookup: ContinuousClock.Instant?
    /// Revocations up to here are known, by the server's clock.
    private var revokedUntil: Timestamp
    /// What the last answer held: the next one repeats some of it.
    private var forgotten: Set<[UInt8]> = []

    init(store: any ReportStore, now: Timestamp, logger: Logger) {
        self.store = store
        self.logger = logger
        revokedUntil = now
    }

    /// The node for which this token reports.
    func node(of token: some StringProtocol) async -> Answer {
        let digest = Array(SHA256.hash(data: Array(token.utf8)))
        if let node = nodes[digest] { return .node(node) }
        if let until = refused[digest], clock.now < until { return .unknown }
        guard waitingCount < Self.maximumWaiting else { return .unavailable }
        waitingCount += 1
        return await withCheckedContinuation { continuation in
            waiting[digest, default: []].append(continuation)
            if lookup == nil { lookup = Task { await lookUp() } }
        }
    }

    private func lookUp() async {
        while !waiting.isEmpty {
            if let lastLookup { try? await clock.sleep(until: lastLookup + Self.lookupSpacing) }
            lastLookup = clock.now
            let digests = Array(waiting.keys.prefix(Self.lookupSize))
            do {
                let found = try await store.tokens(digests)
                let good = Dictionary(
                    found.filter { $0.revokedAt == nil }.map { ($0.digest, $0.nodeID) }, uniquingKeysWith: { $1 })
                for digest in digests { settle(digest, good[digest].map(Answer.node) ?? .unknown) }
            } catch {
                for digest in digests { answer(digest, .unavailable) }
            }
        }
        lookup = nil
    }

    private func settle(_ digest: [UInt8], _ result: Answer) {
        if case .node(let node) = result {
            nodes[digest] = node
        } else {
            if refused.count >= Self.maximumRefused {
                let now = clock.now
                refused = refused.filter { $0.value > now }
                if refused.count >= Self.maximumRefused { refused = [:] }
            }
            refused[digest] = clock.now + Self.refusedFor
        }
        answer(digest, result)
    }

    private func answer(_ digest: [UInt8], _ result: Answer) {
        for continuation in waiting.removeValue(forKey: digest) ?? [] {
            waitingCount -= 1
            continuation.resume(returning: result)
        }
    }

    /// Forgets what was revoked; asked again from before the last time, because a revocation that was written then, in a
    /// transaction, may have become visible since.
    ///
    /// Returns the nodes that they were for, also of tokens that were not known here.
    func forgetRevoked(now: Timestamp) async -> [String] {
        do {
            let revoked = try await store.tokensRevoked(since: revokedUntil.advanced(seconds: -Self.overlapSeconds))
            revokedUntil = now
            let news = revoked.filter { !forgotten.contains($0.digest) }
            for token in revoked { nodes[token.digest] = nil }
            forgotten = Set(revoked.map(\.digest))
            return news.map(\.nodeID)
        } catch {
            logger.debug("revoked tokens could not be read", metadata: ["why": "\(error)"])
            return []
        }
    }
}
