import Fleet
import FleetStore
import Planning
import Synchronization

/// Finds nodes whose heartbeats stopped or came back: neither is an event of the feed, which leaves heartbeats out.
final class HealthWatch: Sendable {
    let register: HealthRegister
    private let store: any Store
    private let lanes: Lanes
    private let clock: any EngineClock
    /// Nodes that are known to be silent: only these are asked whether they beat again.
    private let silent = Mutex(Set<ResourceKey>())
    private let judged = Mutex(Judged())

    private struct Judged {
        /// Heartbeats before this instant were looked at; at first none was.
        var until = Timestamp(milliseconds: 0)
        /// Of those, the nodes that are not lost yet.
        var dues = HeartbeatDues()
    }

    init(_ store: any Store, _ lanes: Lanes, _ clock: any EngineClock) {
        self.store = store
        self.lanes = lanes
        self.clock = clock
        register = HealthRegister()
    }

    func watch(_ keys: some Sequence<ResourceKey>) { silent.withLock { $0.formUnion(keys) } }

    func forget(_ keys: some Sequence<ResourceKey>) { silent.withLock { $0.subtract(keys) } }

    /// Takes up what followed from a batch.
    func follow(_ followUps: FollowUps) {
        watch(followUps.silent)
        forget(followUps.heard)
        register.settle(followUps.silent + followUps.heard)
        for (poolID, isOpen) in followUps.breakers { register.note(breakerOf: poolID, isOpen: isOpen) }
    }

    /// Lays on the lanes those that are lost since the last look, the known silent ones that beat again, and those of
    /// which their agents told something else. Cheap beside any number of nodes that beat: the index gives those who
    /// missed three of the shortest intervals since the last look; who has a longer one waits in memory.
    func look() async throws {
        let news = try await register.refresh(from: store)
        for key in news.changed { lanes.add(key, pool: nil, .resync) }
        let now = clock.now()
        register.expire(now)
        let cutoff = HeartbeatRule.shortestCutoff(at: now)
        var judged = judged.withLock(\.self)
        if news.ingestMoved { judged.until = Timestamp(milliseconds: 0) }
        let lost = try await lost(&judged, cutoff, now)
        let known = silent.withLock(\.self)
        let back = known.isEmpty ? [] : try await store.nodes(known.sorted(), beatingSince: cutoff)
        // They stay known until what is written of them says otherwise: a lane may be slow.
        try await lay(Set(lost).union(back).sorted(), now)
        let next = judged
        self.judged.withLock { $0 = next }
    }

    private func lost(_ judged: inout Judged, _ cutoff: Timestamp, _ now: Timestamp) async throws -> [ResourceKey] {
        var lost: [ResourceKey] = []
        // The server's clock may have been set back.
        let from = min(judged.until, cutoff)
        let aged = from < cutoff ? try await store.heartbeats(from: from, until: cutoff) : []
        for (id, until) in register.freshUntil(aged) {
            if until < now {
                judged.dues.remove(id)
                lost.append(ResourceKey(.node, id))
            } else {
                judged.dues.put(id, due: until)
            }
        }
        judged.until = cutoff
        let due = judged.dues.due(at: now).map { ResourceKey(.node, $0) }
        guard !due.isEmpty else { return lost }
        // Who beat since then comes again when that heartbeat ages.
        let beaten = Set(try await store.nodes(due, beatingSince: cutoff))
        for key in due { judged.dues.remove(key.id) }
        return lost + due.filter { !beaten.contains($0) }
    }

    /// Plans them in memory first: where many of one pool turn at once, the pool is to know before any of them is written.
    private func lay(_ keys: [ResourceKey], _ now: Timestamp) async throws {
        guard !keys.isEmpty else { return }
        var view = try await store.read(keys)
        register.fill(&view)
        var turns = Turns()
        var room = PoolRoom()
        for key in keys { turns.add(Planner.plan(key, in: view, now: now, room: &room), in: view) }
        if !turns.byPool.isEmpty {
            let pools = turns.byPool.keys.sorted().map { ResourceKey(.nodePool, $0) }
            let tallies = try await store.read(pools).tallies
            for poolID in register.note(turns.byPool, tallies, now: now) {
                lanes.add(ResourceKey(.nodePool, poolID), pool: poolID, .change)
            }
        }
        for key in keys { lanes.add(key, pool: LaneMap.poolID(of: key, in: view), .resync) }
    }
}

/// What the nodes of each pool are about to become.
struct Turns: Sendable {
    private(set) var byPool: [String: [String: HealthTurn]] = [:]

    mutating func add(_ plan: Plan, in view: FleetView) {
        guard let turn = plan.turn, let poolID = view.observed[plan.change.key]?.poolID else { return }
        byPool[poolID, default: [:]][plan.change.key.id] = turn
    }

    mutating func merge(_ other: Turns) {
        byPool.merge(other.byPool) { mine, theirs in mine.merging(theirs) { _, theirs in theirs } }
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
