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
    private let tell: @Sendable (Event.Severity, _ reason: String, _ message: String) -> Void
    /// Nodes that are known to be silent: only these are asked whether they beat again.
    private let silent = Mutex(Set<ResourceKey>())
    private let judged = Mutex(Judged())

    private struct Judged {
        /// Heartbeats before this instant were looked at; at first none was.
        var until = Timestamp(milliseconds: 0)
        /// Of those, the nodes that are not lost yet.
        var dues = HeartbeatDues()
    }

    /// - Parameter tell: takes what is to be an event of the daemon itself.
    init(
        _ store: any Store, _ lanes: Lanes, _ clock: any EngineClock,
        tell: @escaping @Sendable (Event.Severity, _ reason: String, _ message: String) -> Void
    ) {
        self.store = store
        self.lanes = lanes
        self.clock = clock
        self.tell = tell
        register = HealthRegister()
    }

    func watch(_ keys: some Sequence<ResourceKey>) { silent.withLock { $0.formUnion(keys) } }

    func forget(_ keys: some Sequence<ResourceKey>) { silent.withLock { $0.subtract(keys) } }

    /// Takes up what followed from a batch.
    func follow(_ followUps: FollowUps) {
        watch(followUps.silent)
        forget(followUps.heard)
        register.forget(followUps.gone)
        add(pools: register.settle(lost: followUps.silent, back: followUps.heard), .resync)
        for (poolID, isOpen) in followUps.breakers { register.note(breakerOf: poolID, isOpen: isOpen) }
    }

    private func add(pools: [String], _ urgency: Urgency) {
        for poolID in pools { lanes.add(ResourceKey(.nodePool, poolID), pool: poolID, urgency) }
    }

    /// Lays on the lanes those that are lost since the last look, the known silent ones that beat again, and those of
    /// which their agents told something else. Cheap beside any number of nodes that beat: the index gives those who
    /// missed three of the shortest intervals since the last look; who has a longer one waits in memory.
    func look() async throws {
        let news = try await register.refresh(from: store)
        // At once, because it is said once: what throws below leaves the whole of it to the next look.
        if news.ingestMoved { judged.withLock { $0.until = Timestamp(milliseconds: 0) } }
        for key in news.changed { lanes.add(key, pool: nil, .resync) }
        let now = clock.now()
        add(pools: register.expire(now), .resync)
        let cutoff = HeartbeatRule.shortestCutoff(at: now)
        var judged = judged.withLock(\.self)
        let lost = try await lost(&judged, cutoff, now)
        let known = silent.withLock(\.self)
        let back = known.isEmpty ? [] : try await store.nodes(known.sorted(), beatingSince: cutoff)
        // They stay known until what is written of them says otherwise: a lane may be slow.
        try await lay(Set(lost).union(back).sorted(), now)
        let next = judged
        self.judged.withLock { $0 = next }
        if let crowd = register.takeUnspoken(now) {
            let (severity, reason, message) = crowd.told(of: nil)
            tell(severity, reason, message)
        }
    }

    private func lost(_ judged: inout Judged, _ cutoff: Timestamp, _ now: Timestamp) async throws -> [ResourceKey] {
        // The server's clock may have been set back.
        let from = min(judged.until, cutoff)
        let aged = from < cutoff ? try await store.heartbeats(from: from, until: cutoff) : []
        let lost = judge(aged, &judged, now)
        judged.until = cutoff
        let due = judged.dues.due(at: now).map { NodeHeartbeat(nodeID: $0.id, at: $0.heartbeat) }
        guard !due.isEmpty else { return lost }
        let beaten = Set(try await store.nodes(due.map { ResourceKey(.node, $0.nodeID) }, beatingSince: cutoff))
        // Who beat since then comes again when that heartbeat ages.
        for key in beaten { judged.dues.remove(key.id) }
        return lost + judge(due.filter { !beaten.contains(ResourceKey(.node, $0.nodeID)) }, &judged, now)
    }

    /// Those that are lost by the present rule; the others wait for when they will be. While nobody can report, nobody
    /// waits: all of them are read again when that changes.
    private func judge(_ nodes: [NodeHeartbeat], _ judged: inout Judged, _ now: Timestamp) -> [ResourceKey] {
        var lost: [ResourceKey] = []
        for (node, until) in register.freshUntil(nodes) {
            if let until, until >= now {
                judged.dues.put(node.nodeID, heartbeat: node.at, due: until)
            } else {
                judged.dues.remove(node.nodeID)
                if until != nil { lost.append(ResourceKey(.node, node.nodeID)) }
            }
        }
        return lost
    }

    /// Plans them in memory first: where many of one pool turn at once, the pool is to know before any of them is written.
    private func lay(_ keys: [ResourceKey], _ now: Timestamp) async throws {
        guard !keys.isEmpty else { return }
        var view = try await store.read(keys)
        register.fill(&view)
        var turns = Turns()
        var room = PoolRoom()
        for key in keys { turns.add(Planner.plan(key, in: view, now: now, room: &room), in: view, now) }
        if !turns.byTeller.isEmpty {
            let pools = turns.byTeller.keys.filter { $0 != Crowds.unspoken }.sorted()
            let tallies = pools.isEmpty ? [:] : try await store.read(pools.map { ResourceKey(.nodePool, $0) }).tallies
            add(pools: register.note(turns.byTeller, tallies, now: now), .change)
        }
        for key in keys { lanes.add(key, pool: LaneMap.poolID(of: key, in: view), .resync) }
    }
}

extension ResourceStatus {
    /// The node never reported, or stopped; not one that its declaration holds so, nor one that is paused, of which
    /// nothing would be written.
    var isSilent: Bool {
        guard key.kind == .node, state == .error || state == .inactive, self[.suspended] == nil else { return false }
        return self[.ready]?.reason != "DeclaredInactive" && !isQuarantined && !isStandby
    }
}
