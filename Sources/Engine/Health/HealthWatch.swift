import Fleet
import FleetStore
import Planning
import Synchronization

/// Finds nodes whose heartbeats stopped or came back: neither is an event of the feed, which leaves heartbeats out.
final class HealthWatch: Sendable {
    private let store: any Store
    private let lanes: Lanes
    private let clock: any EngineClock
    /// Nodes that are known to be silent: only these are asked whether they beat again.
    private let silent = Mutex(Set<ResourceKey>())
    /// Heartbeats before this instant have been judged.
    private let judged: Mutex<Timestamp>

    init(_ store: any Store, _ lanes: Lanes, _ clock: any EngineClock) {
        self.store = store
        self.lanes = lanes
        self.clock = clock
        judged = Mutex(Planner.heartbeatCutoff(at: clock.now()))
    }

    func watch(_ keys: some Sequence<ResourceKey>) { silent.withLock { $0.formUnion(keys) } }

    func forget(_ keys: some Sequence<ResourceKey>) { silent.withLock { $0.subtract(keys) } }

    /// Lays on the lanes those whose last heartbeat crossed the cutoff since the last look, and the known silent ones
    /// that beat again. Cheap beside any number of nodes that beat.
    func look() async throws {
        let cutoff = Planner.heartbeatCutoff(at: clock.now())
        // The server's clock may have been set back.
        let from = judged.withLock { min($0, cutoff) }
        if from < cutoff {
            let lost = try await store.nodes(beatingFrom: from, until: cutoff)
            add(lost)
            watch(lost)
            judged.withLock { $0 = cutoff }
        }
        let known = silent.withLock { $0 }
        guard !known.isEmpty else { return }
        // They stay known until what is written of them says otherwise: a lane may be slow, and find them lost again.
        add(try await store.nodes(known.sorted(), beatingSince: cutoff))
    }

    /// Its worker finds the lane by the node's pool.
    private func add(_ keys: [ResourceKey]) {
        for key in keys { lanes.add(key, pool: nil, .resync) }
    }
}

extension ResourceStatus {
    /// The node never reported, or stopped; not one that its declaration holds so.
    var isSilent: Bool {
        guard key.kind == .node, state == .error || state == .inactive else { return false }
        let reason = self[.ready]?.reason
        return reason != "DeclaredInactive" && reason != "Quarantined"
    }
}
