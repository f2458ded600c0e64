import Fleet

extension FleetView {
    /// The id of the pool if it can tell of many of its nodes at once: it is declared, and its own plan judges its health.
    /// Nil for a pool that is paused, is being deleted or waits for a policy, and for those without one: of their nodes
    /// the daemon tells.
    package func teller(of poolID: String?, now: Timestamp) -> String? {
        guard let poolID else { return nil }
        let key = ResourceKey(.nodePool, poolID)
        guard unreadable[key] == nil, let desired = desired[key] else { return nil }
        let subject = Subject(key: key, desired: desired, observed: observed[key], status: nil, now: now)
        return PoolPlanner(subject, desired, self).judgesHealth ? poolID : nil
    }
}
