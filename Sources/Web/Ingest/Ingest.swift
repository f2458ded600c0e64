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
        /// After this the requests of a flush are told that MongoDB is away, and new ones at once, until it ends.
        package var patience: Duration

        package init(
            sampleSeconds: Int64 = 60, maximumWaiting: Int = 20_000, maximumBytes: Int = 128 << 20,
            patience: Duration = .seconds(3)
        ) {
            self.sampleSeconds = sampleSeconds
            self.maximumWaiting = maximumWaiting
            self.maximumBytes = maximumBytes
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

    /// What becomes of a request.
    enum Outcome: Hashable, Sendable {
        case taken(Acknowledgement)
        case noNode
        case full
        /// Too many reports of this node.
        case limited(seconds: Int64)
        /// MongoDB is away, or the daemon stops.
        case unavailable
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
    }

    private struct Waiting: Sendable {
        var number: Int
        var submission: Submission
    }

    /// The heartbeats of a lapse this long end a service without a gap.
    package static let lapseSeconds: Int64 = 15
    private static let flushSpacing = Duration.milliseconds(100)
    private static let flushSize = 4_000

    /// Changes at a restart, so that an agent knows when to send again what was not durable.
    nonisolated let life: String
    nonisolated let parts: Parts
    nonisolated let settings: Settings
    nonisolated let metrics = IngestMetrics()
    nonisolated let tokens: TokenDoor
    private let logger: Logger
    private let clock = ContinuousClock()

    private var nodes: [String: NodeAccumulator] = [:]
    /// What the store held when this life began, of nodes that have not reported since.
    private var factsAtStart: [String: AgentFacts]?
    private var allowances: [String: ReportAllowance] = [:]
    private var waiting: [Waiting] = []
    private var continuations: [Int: CheckedContinuation<Outcome, Never>] = [:]
    private var reportsHeld = 0
    private var bytesHeld = 0
    private var nextNumber = 0
    private var flusher: Task<Void, Never>?
    private var lastFlush: ContinuousClock.Instant?
    /// A flush has been under way for longer than its requests wait.
    private var isStuck = false
    private var sweepIsDue = false
    private var isStopping = false

    package init(_ parts: Parts, settings: Settings = Settings(), logger: Logger) {
        self.parts = parts
        self.settings = settings
        self.logger = logger
        life = String(UInt64.random(in: .min ... .max), radix: 36)
        tokens = TokenDoor(store: parts.store, now: parts.now(), logger: logger)
    }

    // MARK: At the door.

    /// Holds room for a body that is about to be read; false when there is none.
    func hold(bytes: Int) -> Bool {
        guard !isStopping, bytesHeld + bytes <= settings.maximumBytes else { return false }
        bytesHeld += bytes
        return true
    }

    func release(bytes: Int) { bytesHeld -= bytes }

    /// Whether so many reports wait for an answer.
    func isHolding(reports: Int) -> Bool { reportsHeld == reports }

    /// Returns when what the reports brought is durable, or can't be made so now.
    func submit(_ submission: Submission) async -> Outcome {
        guard !isStuck, !isStopping else { return .unavailable }
        let count = submission.reports.count
        guard reportsHeld + count <= settings.maximumWaiting else { return .full }
        if let refusal = allowances[submission.nodeID, default: ReportAllowance()].take(count, at: parts.now()) {
            return .limited(seconds: refusal.seconds)
        }
        reportsHeld += count
        metrics.wait(reportsHeld)
        let number = nextNumber
        nextNumber += 1
        return await withCheckedContinuation { continuation in
            continuations[number] = continuation
            waiting.append(Waiting(number: number, submission: submission))
            startFlushing()
        }
    }

    private func answer(_ waiting: Waiting, _ outcome: Outcome) {
        guard let continuation = continuations.removeValue(forKey: waiting.number) else { return }
        reportsHeld -= waiting.submission.reports.count
        metrics.wait(reportsHeld)
        continuation.resume(returning: outcome)
    }

    // MARK: Flushing.

    private func startFlushing() {
        if flusher == nil { flusher = Task { await flushAll() } }
    }

    private func flushAll() async {
        while !waiting.isEmpty || sweepIsDue {
            if let lastFlush, !isStopping { try? await clock.sleep(until: lastFlush + Self.flushSpacing) }
            let began = clock.now
            lastFlush = began
            let batch = Array(waiting.prefix(Self.flushSize))
            waiting.removeFirst(batch.count)
            let sweeps = sweepIsDue
            sweepIsDue = false
            await watched(batch) {
                if !batch.isEmpty { await self.flush(batch) }
                if sweeps { await self.closeSilent() }
            }
            if !batch.isEmpty { metrics.flushed(in: began.duration(to: clock.now)) }
        }
        flusher = nil
    }

    /// Answers the batch when `work` takes too long; a call of the driver can't be cut short, so that it goes on.
    private func watched(_ batch: [Waiting], _ work: @Sendable () async -> Void) async {
        let watch = Task { [clock, patience = settings.patience] in
            try await clock.sleep(for: patience)
            self.loseHeart(batch)
        }
        await work()
        watch.cancel()
        isStuck = false
    }

    private func loseHeart(_ batch: [Waiting]) {
        guard !Task.isCancelled else { return }
        isStuck = true
        logger.warning("MongoDB does not answer: reports are refused until it does")
        for one in batch + waiting { answer(one, .unavailable) }
        waiting = []
    }

    /// Writes a batch; one that is refused for what it holds is tried again in halves, so that nobody suffers for another.
    private func flush(_ batch: [Waiting]) async {
        do {
            try await write(batch)
        } catch {
            if batch.count > 1, Ingest.isAboutContent(error) {
                await flush(Array(batch[..<(batch.count / 2)]))
                await flush(Array(batch[(batch.count / 2)...]))
                return
            }
            if !Task.isCancelled { logger.warning("reports could not be written", metadata: ["why": "\(error)"]) }
            for one in batch { answer(one, .unavailable) }
        }
    }

    private static func isAboutContent(_ error: any Error) -> Bool {
        switch error as? StoreError {
        case .failed, .malformed: true
        default: false
        }
    }

    private func write(_ batch: [Waiting]) async throws {
        let store = parts.store
        let ids = Array(Set(batch.map(\.submission.nodeID)))
        let strangers = ids.filter { nodes[$0] == nil }
        if factsAtStart == nil {
            let facts = try await store.agentFacts(since: nil).facts
            factsAtStart = Dictionary(facts.map { ($0.nodeID, $0) }, uniquingKeysWith: { $1 })
        }
        async let readStandings = store.standings(ids)
        async let readStored = strangers.isEmpty ? [:] : store.lastStored(strangers)
        let (standings, stored) = try await (readStandings, readStored)

        let now = parts.now()
        var changed: [String: NodeAccumulator] = [:]
        var taken: [(waiting: Waiting, accepted: Int)] = []
        var samples: [ResourceSample] = []
        for one in batch {
            let id = one.submission.nodeID
            guard standings[id] != nil else {
                answer(one, .noNode)
                continue
            }
            var node =
                changed[id] ?? nodes[id]
                ?? NodeAccumulator(
                    nodeID: id, lastStored: stored[id], facts: factsAtStart?[id], now: now,
                    sampleSeconds: settings.sampleSeconds)
            let result = node.take(
                one.submission.reports, drained: one.submission.drained, now: now,
                sampleSeconds: settings.sampleSeconds)
            changed[id] = node
            samples += result.samples
            taken.append((one, result.accepted))
        }
        guard !changed.isEmpty else { return }
        var facts: [AgentFacts] = []
        for id in changed.keys {
            if let fact = changed[id]?.factsToWrite() { facts.append(fact) }
        }

        try await put(samples, facts, beating: Array(changed.keys))
        nodes.merge(changed) { $1 }
        for id in changed.keys { factsAtStart?[id] = nil }
        metrics.store(samples.count)
        for (one, accepted) in taken {
            guard let node = changed[one.submission.nodeID], let standing = standings[node.nodeID] else { continue }
            metrics.count(.accepted, accepted)
            metrics.count(.duplicate, one.submission.reports.count - accepted)
            answer(
                one,
                .taken(
                    Acknowledgement(
                        accepted: accepted, durableUntil: node.durableUntil, standing: standing,
                        intervalSeconds: node.interval.seconds)))
        }
    }

    private func put(_ samples: [ResourceSample], _ facts: [AgentFacts], beating ids: [String]) async throws {
        let store = parts.store
        async let beat: Void = store.beat(ids)
        async let insert: Void = samples.isEmpty ? () : store.insert(samples)
        async let learn: Void = facts.isEmpty ? () : store.put(facts)
        _ = try await (beat, insert, learn)
    }

    /// Stores what silent nodes left, and forgets nodes that were not heard of for a day.
    private func closeSilent() async {
        let now = parts.now()
        let silence = max(2 * settings.sampleSeconds, 2 * LearnedInterval.bounds.upperBound)
        let silent = nodes.values.filter { $0.lastHeard.advanced(seconds: isStopping ? 0 : silence) <= now }
        var closed: [NodeAccumulator] = []
        var samples: [ResourceSample] = []
        for var node in silent where node.hasOpenSample {
            if let sample = node.close() { samples.append(sample) }
            closed.append(node)
        }
        do {
            if !samples.isEmpty { try await parts.store.insert(samples) }
            for node in closed { nodes[node.nodeID] = node }
            metrics.store(samples.count)
        } catch {
            logger.warning("the last samples of silent nodes could not be written", metadata: ["why": "\(error)"])
        }
        for node in silent where node.lastHeard.advanced(seconds: 86_400) < now && !node.hasOpenSample {
            nodes[node.nodeID] = nil
            allowances[node.nodeID] = nil
        }
    }

    // MARK: Its life.

    /// Works until `finish` was called, and what was taken is written.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.every(.seconds(5)) { await self.keepServing() } }
            group.addTask {
                await self.every(TokenDoor.revocationDelay) { await self.tokens.forgetRevoked(now: self.parts.now()) }
            }
            group.addTask { await self.every(.seconds(60)) { await self.sweep() } }
            await untilStopping()
            group.cancelAll()
        }
        sweepIsDue = true
        startFlushing()
        await flusher?.value
    }

    private var stopping: CheckedContinuation<Void, Never>?

    private func untilStopping() async {
        guard !isStopping else { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if isStopping || Task.isCancelled { continuation.resume() } else { stopping = continuation }
            }
        } onCancel: {
            Task { await self.finish() }
        }
    }

    /// To be called when no request is under way any longer: nothing is taken after it.
    package func finish() {
        isStopping = true
        stopping?.resume()
        stopping = nil
    }

    private func sweep() {
        sweepIsDue = true
        startFlushing()
    }

    /// Says that some ingest serves, and reads the clock again.
    private func keepServing() async {
        do {
            try await parts.store.ingestServes(parts.instance, lapse: Ingest.lapseSeconds)
            try await parts.synchronise()
        } catch {
            logger.debug("the ingest could not say that it serves", metadata: ["why": "\(error)"])
        }
    }

    private nonisolated func every(_ period: Duration, _ work: @Sendable () async -> Void) async {
        while !Task.isCancelled {
            await work()
            try? await ContinuousClock().sleep(for: period)
        }
    }
}
