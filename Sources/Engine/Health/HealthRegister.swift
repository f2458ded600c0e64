import Fleet
import FleetStore
import Planning
import Synchronization

/// What the leader knows of the nodes' health beside what it reads with each batch: what their agents told, since when
/// an ingest serves, which nodes were lost or came back together, and which breakers are open.
final class HealthRegister: Sendable {
    private struct State {
        var facts: [String: AgentFacts] = [:]
        /// The server's clock at the last reading; nil before the first, which reads all of them.
        var readAt: Timestamp?
        var ingestSince: Timestamp?
        var crowds = Crowds()
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
        let ingestSince = try await store.ingestSince()
        return state.withLock { state in
            var news = News(ingestMoved: state.ingestSince != ingestSince)
            for fact in facts where state.facts[fact.nodeID] != fact {
                state.facts[fact.nodeID] = fact
                news.changed.append(ResourceKey(.node, fact.nodeID))
            }
            state.readAt = now
            state.ingestSince = ingestSince
            return news
        }
    }

    /// Adds to what was read what decisions take from here.
    func fill(_ view: inout FleetView) {
        state.withLock { state in
            view.agents = state.facts
            view.ingestSince = state.ingestSince
            view.crowds = state.crowds.all
            view.openBreakers = state.openBreakers
        }
    }

    /// The last instant at which a node that last beat then does not count as lost.
    func freshUntil(_ heartbeats: [NodeHeartbeat]) -> [(id: String, until: Timestamp)] {
        state.withLock { state in
            heartbeats.map { heartbeat in
                let rule = HeartbeatRule(state.facts[heartbeat.nodeID], ingestSince: state.ingestSince)
                return (heartbeat.nodeID, rule.freshUntil(heartbeat.at, wasLost: false))
            }
        }
    }

    /// Notes what the nodes of some pools are about to become; returns the pools in which it is a crowd.
    func note(
        _ turns: [String: [String: HealthTurn]], _ tallies: [String: NodeCounts], now: Timestamp
    ) -> [String] {
        state.withLock { state in
            turns.keys.sorted().filter { poolID in
                let counts = tallies[poolID] ?? NodeCounts()
                return state.crowds.note(
                    turns[poolID] ?? [:], inPool: poolID, of: counts.active + counts.error, now: now)
            }
        }
    }

    /// These nodes' statuses are written.
    func settle(_ keys: [ResourceKey]) {
        guard !keys.isEmpty else { return }
        state.withLock { $0.crowds.settle(keys.lazy.map(\.id)) }
    }

    func expire(_ now: Timestamp) { state.withLock { $0.crowds.expire(now) } }

    /// What a pool's status says of its breaker.
    func note(breakerOf poolID: String, isOpen: Bool) {
        state.withLock { state in
            if isOpen { state.openBreakers.insert(poolID) } else { state.openBreakers.remove(poolID) }
        }
    }
}
