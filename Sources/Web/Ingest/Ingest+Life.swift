internal import Fleet
internal import FleetStore
internal import Logging

/// What the ingest does beside taking reports, from its start to its end.
extension Ingest {
    /// The heartbeats of a lapse this long end a service without a gap.
    package static let lapseSeconds: Int64 = 15
    private static let forgottenAfterSeconds: Int64 = 86_400

    /// Works until `finish` was called, and what was taken is written.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.every(.seconds(5)) { await self.keepServing() } }
            group.addTask {
                await self.every(TokenDoor.revocationDelay) { await self.forgetRevoked() }
            }
            group.addTask { await self.every(.seconds(60)) { await self.sweep() } }
            await untilStopping()
            group.cancelAll()
        }
        sweepIsDue = true
        startFlushing()
        await flusher?.value
    }

    /// With a node that is removed its tokens are revoked and its facts go: one that is declared under its id later tells
    /// its own.
    private func forgetRevoked() async {
        for id in await tokens.forgetRevoked(now: parts.now()) {
            if nodes[id] != nil { revoked.insert(id) }
            storedFacts?[id] = nil
        }
    }

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

    /// Stores what silent nodes left, and forgets nodes that were not heard of for a day.
    func closeSilent() async {
        let now = parts.now()
        let silence = max(2 * settings.sampleSeconds, 2 * LearnedInterval.bounds.upperBound)
        let silent = nodes.values.filter { $0.lastHeard.advanced(seconds: isStopping ? 0 : silence) <= now }
        do {
            try await close(silent.filter(\.hasOpenSample), now: now)
        } catch {
            complain(.silent, "the last samples of silent nodes could not be written", error)
        }
        for (id, node) in nodes where node.lastHeard.advanced(seconds: Self.forgottenAfterSeconds) < now {
            guard !node.hasOpenSample else { continue }
            if revoked.remove(id) == nil { storedFacts?[id] = node.written }
            nodes[id] = nil
        }
        forgetAllowances(now: now)
    }

    private func close(_ open: [NodeAccumulator], now: Timestamp) async throws {
        guard !open.isEmpty else { return }
        let stored = try await parts.store.lastStored(open.map(\.nodeID))
        var samples: [ResourceSample] = []
        var closed: [NodeAccumulator] = []
        for var node in open {
            // Somebody stored later than this ingest: the node went there with what is open here, and sent it again.
            if node.isOvertaken(by: stored[node.nodeID], now: now) {
                node.dropOpenSample()
            } else if let sample = node.close() {
                samples.append(sample)
            }
            closed.append(node)
        }
        if !samples.isEmpty { try await parts.store.insert(samples) }
        for node in closed { nodes[node.nodeID] = node }
        metrics.countStored(samples.count)
    }

    /// Says that some ingest serves, and reads the clock again.
    private func keepServing() async {
        do {
            try await parts.store.ingestServes(parts.instance, lapse: Self.lapseSeconds)
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
