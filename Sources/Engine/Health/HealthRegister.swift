import Fleet
import FleetStore
import Planning
import Synchronization

/// What the leader knows of the nodes' health beside what it reads with each batch: what their agents told, whether an
/// ingest serves, which nodes were lost or came back together, and which breakers are open.
final class HealthRegister: Sendable {
    private struct State {
        var facts: [String: AgentFacts] = [:]
        /// The server's clock at the last reading; nil before the first, which reads all of them.
        var readAt: Timestamp?
        var ingest = IngestService.none
        var crowds = Crowds()
        /// The crowd of whom no pool tells, as it was last told.
        var toldSince: Timestamp?
        var openBreakers: Set<String> = []
    }

    /// What was written just before a reading and seen only after it is read again: seconds.
    private static let overlap: Int64 = 10

    private let state = Mutex(State())

    /// What a reading came to.
    struct News {
        /// Nodes of which something else is known now.
        var changed: [ResourceKey] = []
        /// Ages count from another instant now.
        var ingestMoved = false
    }

    /// Reads what changed since the last reading; the first time everything.
    func refresh(from store: any Store) async throws -> News {
        let since = state.withLock(\.readAt)?.advanced(seconds: -HealthRegister.overlap)
        let (facts, now) = try await store.agentFacts(since: since)
        let ingest = try await store.ingestService()
        return state.withLock { state in
            var news = News(ingestMoved: state.ingest != ingest)
            for fact in facts where state.facts[fact.nodeID] != fact {
                state.facts[fact.nodeID] = fact
                news.changed.append(ResourceKey(.node, fact.nodeID))
            }
            state.readAt = now
            state.ingest = ingest
            return news
        }
    }

    /// What was told of them was of machines that are gone.
    func forget(_ nodes: [ResourceKey]) {
        guard !nodes.isEmpty else { return }
        state.withLock { state in
            for key in nodes { state.facts[key.id] = nil }
        }
    }

    /// Adds to what was read what decisions take from here.
    func fill(_ view: inout FleetView) {
        state.withLock { state in
            view.agents = state.facts
            view.ingest = state.ingest
            view.crowds = state.crowds.all
            view.openBreakers = state.openBreakers
        }
    }

    /// The last instant at which a node that last beat then does not count as lost; nil while nobody can report.
    func freshUntil(_ heartbeats: [NodeHeartbeat]) -> [(node: NodeHeartbeat, until: Timestamp?)] {
        state.withLock { state in
            heartbeats.map { heartbeat in
                let rule = HeartbeatRule(state.facts[heartbeat.nodeID], state.ingest)
                return (heartbeat, rule.freshUntil(heartbeat.at, wasLost: false))
            }
        }
    }

    // MARK: Crowds

    /// Notes what nodes are about to become, by the pool that would tell of them; returns the pools in which it is a
    /// crowd. A pool without a tally counts as a large one.
    func note(
        _ turns: [String: [String: HealthTurn]], _ tallies: [String: NodeCounts], now: Timestamp
    ) -> [String] {
        state.withLock { state in
            turns.keys.sorted().filter { poolID in
                // How many there are of whom no pool tells, nobody counts.
                let inUse = tallies[poolID]?.inUse ?? Int64.max
                let isCrowd = state.crowds.note(turns[poolID] ?? [:], inPool: poolID, of: inUse, now: now)
                return isCrowd && poolID != Crowds.unspoken
            }
        }
    }

    /// These nodes' statuses say whether they report. Returns the pools that are to look at their health again.
    func settle(lost: [ResourceKey], back: [ResourceKey]) -> [String] {
        guard !lost.isEmpty || !back.isEmpty else { return [] }
        return state.withLock { $0.crowds.settle(lost: lost.lazy.map(\.id), back: back.lazy.map(\.id)) }
            .filter { $0 != Crowds.unspoken }
    }

    /// Likewise.
    func expire(_ now: Timestamp) -> [String] {
        state.withLock { $0.crowds.expire(now) }.filter { $0 != Crowds.unspoken }
    }

    /// The crowd of whom no pool tells, once, when it has gathered.
    func takeUnspoken(_ now: Timestamp) -> NodeCrowd? {
        state.withLock { state in
            guard let crowd = state.crowds.all[Crowds.unspoken], state.toldSince != crowd.since,
                crowd.since.advanced(seconds: Crowds.gathering) <= now
            else { return nil }
            state.toldSince = crowd.since
            return crowd.lost + crowd.back > 0 ? crowd : nil
        }
    }

    /// What a pool's status says of its breaker.
    func note(breakerOf poolID: String, isOpen: Bool) {
        state.withLock { state in
            if isOpen { state.openBreakers.insert(poolID) } else { state.openBreakers.remove(poolID) }
        }
    }
}
