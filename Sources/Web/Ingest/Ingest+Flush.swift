internal import Fleet
internal import FleetStore
internal import Logging

/// How what waits is written: in batches, each of which harms nobody but those whose own reports are refused.
extension Ingest {
    private static let flushSpacing = Duration.milliseconds(100)
    private static let flushSize = 4_000
    /// Of one flush. A few bad samples are found with fewer; a server that refuses everything is not asked for each.
    private static let refusedWrites = 100

    /// What is warned of, each at most once a minute.
    enum Complaint: Hashable, Sendable {
        case stuck, unavailable, refused, silent
    }

    func startFlushing() {
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
            if !batch.isEmpty { metrics.recordFlush(took: began.duration(to: clock.now)) }
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
        complain(.stuck, "MongoDB does not answer: reports are refused until it does")
        for one in batch + waiting { answer(one, .failure(.unavailable)) }
        waiting = []
    }

    func complain(_ complaint: Complaint, _ text: Logger.Message, _ error: (any Error)? = nil) {
        guard complaints.mayTell(complaint, now: clock.now) else { return }
        logger.warning(text, metadata: error.map { ["why": "\($0)"] })
    }

    private func flush(_ batch: [Waiting]) async {
        var left = Self.refusedWrites
        await flush(batch, refusedWritesLeft: &left)
    }

    /// Writes a batch; one that is refused for what it holds is tried again in halves, so that nobody suffers for another.
    private func flush(_ batch: [Waiting], refusedWritesLeft left: inout Int) async {
        do {
            try await write(batch)
        } catch {
            let isRefused = ContentRefusal(error)
            guard let isRefused, left > 0 else {
                complain(.unavailable, "reports could not be written", error)
                for one in batch { answer(one, .failure(.unavailable)) }
                return
            }
            left -= 1
            guard batch.count == 1 else {
                await flush(Array(batch[..<(batch.count / 2)]), refusedWritesLeft: &left)
                await flush(Array(batch[(batch.count / 2)...]), refusedWritesLeft: &left)
                return
            }
            refuse(batch[0], isRefused, error)
        }
    }

    /// What MongoDB will not take whenever it comes, its sender has to give up; and what is open of its node may hold the
    /// cause, which would come back with every sample.
    private func refuse(_ one: Waiting, _ refusal: ContentRefusal, _ error: any Error) {
        complain(.refused, "MongoDB refuses the sample of \(one.submission.nodeID)", error)
        nodes[one.submission.nodeID]?.dropOpenSample()
        answer(
            one, .failure(refusal == .certain ? .invalid("MongoDB refuses what the report holds", []) : .unavailable))
    }

    private func write(_ batch: [Waiting]) async throws {
        let (standings, stored) = try await look(batch)
        let now = parts.now()
        var changed: [String: NodeAccumulator] = [:]
        var taken: [(waiting: Waiting, accepted: Int)] = []
        var samples: [ResourceSample] = []
        for one in batch {
            let id = one.submission.nodeID
            guard standings[id] != nil else {
                answer(one, .failure(.noNode))
                continue
            }
            var node =
                changed[id] ?? nodes[id]
                ?? NodeAccumulator(
                    nodeID: id, lastStored: stored[id], facts: storedFacts?[id], now: now,
                    sampleSeconds: settings.sampleSeconds)
            if one.isOfAnotherLife {
                node.startOver(lastStored: stored[id], now: now, sampleSeconds: settings.sampleSeconds)
            }
            let result = node.take(
                one.isOfAnotherLife ? [] : one.submission.reports, drained: one.submission.drained, now: now,
                sampleSeconds: settings.sampleSeconds)
            changed[id] = node
            samples += result.samples
            taken.append((one, result.accepted))
        }
        guard !changed.isEmpty else { return }
        let rewritten = revoked.intersection(changed.keys)
        for id in rewritten { changed[id]?.forgetWritten() }
        let facts = changed.keys.compactMap { changed[$0]?.factsToWrite(now: now) }
        try await write(samples, facts, beating: Array(changed.keys))
        nodes.merge(changed) { $1 }
        revoked.subtract(rewritten)
        for id in changed.keys { storedFacts?[id] = nil }
        metrics.countStored(samples.count)
        for (one, accepted) in taken {
            guard let node = changed[one.submission.nodeID], let standing = standings[node.nodeID] else { continue }
            acknowledge(one, accepted, node, standing)
        }
    }

    /// How the nodes of a batch stand, and what is stored of those that this life doesn't know well enough.
    private func look(
        _ batch: [Waiting]
    ) async throws -> (standings: [String: NodeStanding], stored: [String: Timestamp]) {
        let store = parts.store
        if storedFacts == nil {
            let facts = try await store.agentFacts(since: nil).facts
            storedFacts = Dictionary(facts.map { ($0.nodeID, $0) }, uniquingKeysWith: { $1 })
        }
        let ids = Array(Set(batch.map(\.submission.nodeID)))
        let strangers = Set(
            batch.filter { $0.isOfAnotherLife || nodes[$0.submission.nodeID] == nil }.map(\.submission.nodeID))
        async let standings = store.standings(ids)
        async let stored = strangers.isEmpty ? [:] : store.lastStored(Array(strangers))
        return try await (standings, stored)
    }

    private func acknowledge(_ one: Waiting, _ accepted: Int, _ node: NodeAccumulator, _ standing: NodeStanding) {
        metrics.results.count(.accepted, accepted)
        if !one.isOfAnotherLife { metrics.results.count(.duplicate, one.submission.reports.count - accepted) }
        answer(
            one,
            .success(
                Acknowledgement(
                    accepted: accepted, durableUntil: node.durableUntil, standing: standing,
                    intervalSeconds: node.interval.seconds)))
    }

    private func write(_ samples: [ResourceSample], _ facts: [AgentFacts], beating ids: [String]) async throws {
        let store = parts.store
        async let beat: Void = store.beat(ids)
        async let insert: Void = samples.isEmpty ? () : store.insert(samples)
        async let learn: Void = facts.isEmpty ? () : store.put(facts)
        _ = try await (beat, insert, learn)
    }
}

/// That MongoDB refused a write for what it holds, and not for a state of its own such as a full disk.
private enum ContentRefusal {
    case certain
    /// Samples that stood there already hide what else was wrong.
    case possible

    init?(_ error: any Error) {
        switch error as? StoreError {
        case .malformed?, .failed(code: 121, _)?, .failed(code: 10_334, _)?, .failed(code: 17_419, _)?,
            .failed(code: 17_420, _)?:
            // A validator's refusal; documents that are too large, or become so.
            self = .certain
        case .failed(code: 11_000, _)?: self = .possible
        default: return nil
        }
    }
}
