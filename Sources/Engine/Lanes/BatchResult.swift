import Fleet
import Planning

/// What one run over some keys came to.
struct BatchResult {
    /// One for each key that was taken.
    var outcomes: [(key: ResourceKey, outcome: Outcome)] = []
    /// Keys that belong to another lane, with the pool that says which.
    var strays: [(key: ResourceKey, poolID: String?)] = []
    var followUps = FollowUps()

    mutating func settle(_ keys: some Sequence<ResourceKey>, _ outcome: Outcome) {
        for key in keys { outcomes.append((key, outcome)) }
    }
}

/// What is due because something was written; it is laid on the lanes when the batch is settled.
struct FollowUps {
    /// Pools whose nodes changed: their counts and conditions follow.
    var pools: Set<String> = []
    /// Pools of which, or of whose nodes, something was written.
    var touched: Set<String> = []
    /// Resources that changed: who waits for them tries again.
    var changed: Set<ResourceKey> = []
    /// Pools whose suspension began or ended: their nodes inherit it.
    var suspensions: Set<String> = []
    /// Policies that changed, or that a changed pool names: the pools that name them follow, and who they are.
    var policies: Set<String> = []
    /// Pools whose status was written, and whether their breaker is open.
    var breakers: [String: Bool] = [:]
    /// Pools with provided nodes that something happened to.
    var providing: Set<String> = []
    /// By pool: what its plan knew of its provided nodes, and its status says now.
    var provided: [String: ProviderNews] = [:]
    /// Nodes whose status says that they do not report: their first heartbeat is to be found.
    var silent: [ResourceKey] = []
    /// All others that were looked at: they report, are paused, or are gone.
    var heard: [ResourceKey] = []
    /// Of these, nodes that were removed with their documents.
    var gone: [ResourceKey] = []
    /// By pool: nodes of which the scaler wants something else than before.
    var scaled: [String: Set<String>] = [:]

    mutating func merge(_ other: FollowUps) {
        pools.formUnion(other.pools)
        touched.formUnion(other.touched)
        changed.formUnion(other.changed)
        suspensions.formUnion(other.suspensions)
        policies.formUnion(other.policies)
        breakers.merge(other.breakers) { _, later in later }
        providing.formUnion(other.providing)
        provided.merge(other.provided) { _, later in later }
        silent += other.silent
        heard += other.heard
        gone += other.gone
        scaled.merge(other.scaled) { $0.union($1) }
    }

    mutating func noteUnchanged(_ key: ResourceKey, in view: FleetView) {
        if key.kind == .nodePool { provided[key.id] = view.provided[key.id]?.settled(by: view.status[key]) }
        guard key.kind == .node, let status = view.status[key] else { return }
        if status.isSilent { silent.append(key) } else { heard.append(key) }
    }

    mutating func note(_ plan: Plan, in view: FleetView) {
        let key = plan.change.key
        changed.insert(key)
        touched.formUnion(
            [view.desired[key]?.poolID, view.observed[key]?.poolID, key.kind == .nodePool ? key.id : nil]
                .compactMap(\.self))
        switch key.kind {
        case .node:
            switch plan.change.status {
            case .insert(let status) where status.isSilent, .replace(let status) where status.isSilent:
                silent.append(key)
            case .insert, .replace, .remove: heard.append(key)
            case nil: break
            }
            if case .waiting(let other) = plan.outcome, other.kind == .nodePool {
                // What it waits for may be an old count.
                pools.insert(other.id)
            }
            if plan.change.tombstone != nil { gone.append(key) }
            if plan.writes("name"), let poolID = view.observed[key]?.poolID {
                // The name that it had is free.
                changed.insert(ResourceKey(.nodePool, poolID))
            }
            let recounted = plan.change.recounts.map(\.poolID)
            pools.formUnion(recounted)
            changed.formUnion(recounted.map { ResourceKey(.nodePool, $0) })
            if !plan.change.history.isEmpty, let poolID = view.observed[key]?.poolID { pools.insert(poolID) }
            // A declaration that is gone unblocks the deletion of the pool that it named.
            if plan.change.removesDesiredAt != nil, let poolID = view.desired[key]?.poolID {
                pools.insert(poolID)
                providing.insert(poolID)
            }
        case .nodePool:
            provided[key.id] = view.provided[key.id]?.settled(by: plan.change.status(after: view.status[key]))
            switch plan.change.status {
            case .insert(let status), .replace(let status):
                breakers[key.id] = status.health?.openSince != nil
                if status.scaling?.provided.isEmpty == false { providing.insert(key.id) }
                let nodes = status.intended(since: view.status[key])
                if !nodes.isEmpty { scaled[key.id, default: []].formUnion(nodes) }
            case .remove: breakers[key.id] = false
            case nil: break
            }
            if case .replace(let next) = plan.change.status, let before = view.status[key],
                (next[.suspended] == nil) != (before[.suspended] == nil)
            {
                suspensions.insert(key.id)
            }
            if plan.verb != .none,
                let policyID = view.desired[key]?.spec[PoolLeaf.policyReference]?.string
            {
                policies.insert(policyID)
            }
        case .scalingPolicy:
            if plan.verb != .none { policies.insert(key.id) }
        }
    }
}

extension ResourceChange {
    fileprivate func status(after before: ResourceStatus?) -> ResourceStatus? {
        switch status {
        case .insert(let next), .replace(let next): next
        case .remove: nil
        case nil: before
        }
    }
}

extension ResourceStatus {
    /// Nodes of which the pool's scaler wants something else than it did.
    fileprivate func intended(since before: ResourceStatus?) -> Set<String> {
        let (old, new) = (before?.scaling?.intents ?? [:], scaling?.intents ?? [:])
        guard old != new else { return [] }
        return Set(new.keys).union(old.keys).filter { old[$0]?.isWanted != new[$0]?.isWanted }
    }
}
