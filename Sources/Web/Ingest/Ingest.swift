package import Fleet
package import FleetStore
package import Logging

/// Takes the reports of all nodes and writes them together: one heartbeat command and one insert for all that came
/// meanwhile. A report is acknowledged when what it brought is durable.
///
/// A flush starts when the former has ended, and at most ten times a second. What waits is bounded; beyond it, and while
/// MongoDB is away, reports are refused and stay with their senders.
package actor Ingest {
    package struct Settings: Sendable {
        /// A sample of a node is stored once in this many seconds.
        package var sampleSeconds: Int64
        /// Reports that may wait for a flush.
        package var maximumWaiting: Int
        /// Bytes of bodies that may be held at once.
        package var maximumBytes: Int
        /// Of these, a node's share: a token is no trust, and must not close the ingest for others.
        package var maximumBytesOfNode: Int
        /// After this the requests of a flush are told that MongoDB is away, and new ones at once, until it ends.
        package var patience: Duration

        package init(
            sampleSeconds: Int64 = 60, maximumWaiting: Int = 20_000, maximumBytes: Int = 128 << 20,
            maximumBytesOfNode: Int = 2 << 20, patience: Duration = .seconds(3)
        ) {
            self.sampleSeconds = sampleSeconds
            self.maximumWaiting = maximumWaiting
            self.maximumBytes = maximumBytes
            self.maximumBytesOfNode = maximumBytesOfNode
            self.patience = patience
        }
    }

    package struct Parts: Sendable {
        /// The daemon's name.
        package var instance: String
        package var store: any ReportStore
        /// The server's clock, as well as it is known.
        package var now: @Sendable () -> Timestamp
        /// Reads the server's clock again.
        package var synchronise: @Sendable () async throws -> Void

        package init(
            instance: String, store: any ReportStore, now: @escaping @Sendable () -> Timestamp,
            synchronise: @escaping @Sendable () async throws -> Void
        ) {
            self.instance = instance
            self.store = store
            self.now = now
            self.synchronise = synchronise
        }
    }

    struct Acknowledgement: Hashable, Sendable {
        var accepted: Int
        var durableUntil: Timestamp?
        var standing: NodeStanding
        var intervalSeconds: Int64
    }

    struct Submission: Sendable {
        var nodeID: String
        var reports: [ResourceSample]
        var drained: Timestamp?
        /// The life of the ingest that the sender reckons with, if it names one.
        var life: String?
    }

    /// What becomes of a request.
    typealias Outcome = Result<Acknowledgement, Refusal>

    struct Waiting: Sendable {
        var number: Int
        var submission: Submission
        /// Its sender reckons with another ingest: this one's life is told, and nothing taken.
        var isOfAnotherLife: Bool
        /// Of the reports that may wait: a request without any waits, too.
        var weight: Int
    }

    /// Changes at a restart, so that an agent knows when to send again what was not durable.
    nonisolated let life: String
    nonisolated let parts: Parts
    nonisolated let settings: Settings
    nonisolated let metrics = IngestMetrics()
    nonisolated let tokens: TokenDoor
    let logger: Logger
    let clock = ContinuousClock()

    // At the door.
    private var allowances: [String: ReportAllowance] = [:]
    private(set) var bytesHeld = 0
    private var bytesHeldOf: [String: Int] = [:]
    private var continuations: [Int: CheckedContinuation<Outcome, Never>] = [:]
    private var nextNumber = 0
    private(set) var reportsHeld = 0

    // What is flushed; see `Ingest+Flush`.
    var waiting: [Waiting] = []
    var nodes: [String: NodeAccumulator] = [:]
    /// What the store holds of nodes that are not in `nodes`; nil until it was read.
    var storedFacts: [String: AgentFacts]?
    /// Nodes of which a token was revoked: their facts may have gone with them.
    var revoked: Set<String> = []
    var flusher: Task<Void, Never>?
    var lastFlush: ContinuousClock.Instant?
    /// A flush has been under way for longer than its requests wait.
    var isStuck = false
    var complaints = OncePerMinute<Complaint>()

    // Its life; see `Ingest+Life`.
    var sweepIsDue = false
    var isStopping = false
    var stopping: CheckedContinuation<Void, Never>?

    package init(_ parts: Parts, settings: Settings = Settings(), logger: Logger) {
        self.parts = parts
        self.settings = settings
        self.logger = logger
        life = String(UInt64.random(in: .min ... .max), radix: 36)
        tokens = TokenDoor(store: parts.store, now: parts.now(), logger: logger)
    }

    // MARK: At the door.

    /// Lets a node's request in, before anything of its body is read: it costs one report, whatever becomes of it.
    func admit(_ nodeID: String) throws(Refusal) {
        guard !isStuck, !isStopping else { throw .unavailable }
        try charge(1, to: nodeID)
    }

    private func charge(_ count: Int, to nodeID: String) throws(Refusal) {
        if let refusal = allowances[nodeID, default: ReportAllowance()].take(count, at: parts.now()) {
            throw .limited(seconds: refusal.seconds)
        }
    }

    /// An allowance that is whole again is the one of a node that was never heard of.
    func forgetAllowances(now: Timestamp) { allowances = allowances.filter { !$0.value.isWhole(at: now) } }

    /// Holds room for a part of a body that has come.
    func hold(bytes: Int, of nodeID: String) throws(Refusal) {
        let share = bytesHeldOf[nodeID, default: 0] + bytes
        guard share <= settings.maximumBytesOfNode else { throw .limited(seconds: 1) }
        guard bytesHeld + bytes <= settings.maximumBytes else { throw .full }
        bytesHeld += bytes
        bytesHeldOf[nodeID] = share
    }

    func release(bytes: Int, of nodeID: String) {
        bytesHeld -= bytes
        let rest = bytesHeldOf[nodeID, default: 0] - bytes
        bytesHeldOf[nodeID] = rest > 0 ? rest : nil
    }

    /// Returns when what the reports of a request that was let in brought is durable; throws if that can't be so now.
    func submit(_ submission: Submission) async throws(Refusal) -> Acknowledgement {
        guard !isStuck, !isStopping else { throw .unavailable }
        let weight = max(1, submission.reports.count)
        guard reportsHeld + weight <= settings.maximumWaiting else { throw .full }
        try charge(weight - 1, to: submission.nodeID)
        reportsHeld += weight
        metrics.recordWaiting(reportsHeld)
        let one = Waiting(
            number: nextNumber, submission: submission,
            isOfAnotherLife: submission.life.map { $0 != life } ?? false, weight: weight)
        nextNumber += 1
        let outcome: Outcome = await withCheckedContinuation { continuation in
            continuations[one.number] = continuation
            waiting.append(one)
            startFlushing()
        }
        return try outcome.get()
    }

    func answer(_ waiting: Waiting, _ outcome: Outcome) {
        guard let continuation = continuations.removeValue(forKey: waiting.number) else { return }
        reportsHeld -= waiting.weight
        metrics.recordWaiting(reportsHeld)
        continuation.resume(returning: outcome)
    }
}
