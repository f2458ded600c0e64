import Fleet
import FleetStore
import Planning
import Synchronization

/// The scaled pools as the leader knows them: read at each resync, read again when something was written of one of them
/// or its nodes, and fed with samples in between. From any thread.
final class ScalingRegister: Sendable {
    fileprivate struct State {
        var pools: [String: ScaledPool] = [:]
        /// The pool of each of their nodes.
        var homes: [String: String] = [:]
        /// Pools, scaled or not, that are to be read again.
        var stale: Set<String> = []
        /// Pools that a batch is to decide about.
        var wanted: Set<String> = []
        /// Pools of which something was written since a look at everything began; nil while there is none.
        var sinceScan: Set<String>?

        mutating func touch(_ poolIDs: some Sequence<String>) {
            stale.formUnion(poolIDs)
            sinceScan?.formUnion(poolIDs)
        }
    }

    /// A pool whose window is to be made from what is stored.
    struct Gap: Sendable {
        var poolID: String
        /// An empty one.
        var load: PoolLoad
        var measured: [String: Timestamp]
        var nodes: [String]
    }

    /// How long a pool of which a batch had nothing to write is left alone, in seconds.
    private static let held: Int64 = 60

    private let state = Mutex(State())

    var count: Int { state.withLock(\.pools.count) }

    var poolIDs: [String] { state.withLock { $0.pools.keys.sorted() } }

    // MARK: What is known of the pools

    /// A look at everything begins.
    func beginScan() { state.withLock { $0.sinceScan = [] } }

    /// All scaled pools, as a look at everything found them; what was written since it began is read again instead.
    func renew(_ readings: [PoolReading]) {
        let found = Set(readings.map(\.id))
        state.withLock { state in
            let moved = state.sinceScan ?? []
            state.sinceScan = nil
            state.stale.formUnion(moved)
            for id in Array(state.pools.keys) where !found.contains(id) && !moved.contains(id) { state.remove(id) }
            for reading in readings where !moved.contains(reading.id) { state.put(reading) }
        }
    }

    func put(_ reading: PoolReading) { state.withLock { $0.put(reading) } }

    func remove(_ poolID: String) { state.withLock { $0.remove(poolID) } }

    /// Something was written of these pools or their nodes.
    func touch(_ poolIDs: some Sequence<String>) { state.withLock { $0.touch(poolIDs) } }

    /// Takes up what followed from a batch.
    func follow(_ followUps: FollowUps) {
        state.withLock { $0.touch(followUps.touched.union(followUps.pools)) }
    }

    /// What the feed told; true if it is about a scaled pool itself, so that a look is worth while at once.
    func heard(_ changes: [FeedChange]) -> Bool {
        state.withLock { state in
            var isUrgent = false
            for change in changes {
                switch change.key.kind {
                case .nodePool:
                    state.touch([change.key.id])
                    if change.source == .desired { isUrgent = true }
                case .node:
                    if let home = state.homes[change.key.id] { state.touch([home]) }
                    if let poolID = change.poolID { state.touch([poolID]) }
                case .scalingPolicy: break
                }
            }
            return isUrgent
        }
    }

    /// Those that are to be read again, which are then no longer noted as such: who fails to read them says so.
    func takeStale() -> [String] {
        state.withLock { state in
            defer { state.stale.removeAll() }
            return state.stale.sorted()
        }
    }

    // MARK: Samples

    /// - Parameters:
    ///   - last: when samples were read the last time, and now: when each of them came lies between.
    func add(_ samples: some Sequence<NodeLoad>, since last: Timestamp, now: Timestamp) {
        state.withLock { state in
            for sample in samples {
                guard let poolID = state.homes[sample.nodeID] else { continue }
                _ = state.pools[poolID]?.add(sample, now: max(last, min(sample.at, now)))
            }
        }
    }

    /// The longest that samples of one node are known to be apart, in seconds.
    var longestInterval: Int64? { state.withLock { $0.pools.values.compactMap(\.load.learnedInterval).max() } }

    /// Samples were missed for so long that all windows are made anew.
    func forgetHistory() {
        state.withLock { state in
            for id in state.pools.keys { state.pools[id]?.forgetHistory() }
        }
    }

    func gaps() -> [Gap] {
        state.withLock { state in
            state.pools.filter(\.value.lacksHistory).map { id, pool in
                Gap(
                    poolID: id, load: PoolLoad(pool.scaler.policy), measured: pool.measured,
                    nodes: pool.reading.members.map(\.id))
            }.sorted { $0.poolID < $1.poolID }
        }
    }

    func install(_ load: PoolLoad, in poolID: String) { state.withLock { $0.pools[poolID]?.install(load) } }

    // MARK: Decisions

    /// Of these, the pools whose status would change; they stay wanted until a batch has decided about them.
    func decide(_ poolIDs: some Sequence<String>, now: Timestamp) -> [String] {
        state.withLock { state in
            let wanted = poolIDs.filter { state.pools[$0]?.wantsDecision(now) ?? false }
            state.wanted.formUnion(wanted)
            return wanted
        }
    }

    func wants(_ poolID: String) -> Bool { state.withLock { $0.wanted.contains(poolID) } }

    /// What a batch decides by, which has read the pool afresh; nil if the pool is not scaled any more.
    func situation(_ reading: PoolReading, now: Timestamp) -> ScalingSituation? {
        state.withLock { state in
            guard state.pools[reading.id] != nil else { return nil }
            state.put(reading)
            return state.pools[reading.id]?.situation(now)
        }
    }

    /// A batch decided about the pool.
    ///
    /// - Parameter hasWritten: false when it had nothing to write.
    func settle(_ poolID: String, hasWritten: Bool, now: Timestamp) {
        state.withLock { state in
            state.wanted.remove(poolID)
            guard !hasWritten, state.pools[poolID]?.wantsDecision(now) ?? false else { return }
            state.pools[poolID]?.heldUntil = now.advanced(seconds: ScalingRegister.held)
        }
    }
}

extension ScalingRegister.State {
    fileprivate mutating func put(_ reading: PoolReading) {
        let id = reading.id
        let before = pools[id]?.reading.members.map(\.id) ?? []
        if pools[id] == nil {
            pools[id] = ScaledPool(reading)
        } else if pools[id]?.take(reading) == false {
            return remove(id)
        }
        let members = Set(reading.members.map(\.id))
        for node in before where !members.contains(node) && homes[node] == id { homes[node] = nil }
        for node in members { homes[node] = id }
    }

    fileprivate mutating func remove(_ id: String) {
        wanted.remove(id)
        guard let pool = pools.removeValue(forKey: id) else { return }
        for member in pool.reading.members where homes[member.id] == id { homes[member.id] = nil }
    }
}
