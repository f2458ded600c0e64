import Fleet

/// Nodes that beat no longer and are not lost yet, by when they will be: those with a long interval, and those that are
/// given time because no ingest was there.
///
/// Kept by whole seconds, of which a few hundred are in use at a time, whatever the number of nodes.
package struct HeartbeatDues: Sendable {
    private var entries: [String: (second: Int64, heartbeat: Timestamp)] = [:]
    private var nodes: [Int64: Set<String>] = [:]

    package init() {}

    /// Replaces what was noted of the node, which last beat at `heartbeat`.
    package mutating func put(_ id: String, heartbeat: Timestamp, due: Timestamp) {
        remove(id)
        let second = due.milliseconds / 1000 + 1
        entries[id] = (second, heartbeat)
        nodes[second, default: []].insert(id)
    }

    package mutating func remove(_ id: String) {
        guard let second = entries.removeValue(forKey: id)?.second else { return }
        nodes[second]?.remove(id)
        if nodes[second]?.isEmpty == true { nodes[second] = nil }
    }

    /// Those that are due at `now` with the heartbeats that were noted, in order of id; they stay.
    package func due(at now: Timestamp) -> [(id: String, heartbeat: Timestamp)] {
        let second = now.milliseconds / 1000
        return nodes.filter { $0.key <= second }.values.joined().sorted().compactMap { id in
            entries[id].map { (id, $0.heartbeat) }
        }
    }
}
