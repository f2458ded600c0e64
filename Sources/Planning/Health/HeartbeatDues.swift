import Fleet

/// Nodes that beat no longer and are not lost yet, by when they will be: those with a long interval, and those that are
/// given time because no ingest was there.
///
/// Kept by whole seconds, of which a few hundred are in use at a time, whatever the number of nodes.
package struct HeartbeatDues: Sendable {
    private var seconds: [String: Int64] = [:]
    private var nodes: [Int64: Set<String>] = [:]

    package init() {}

    package var count: Int { seconds.count }

    /// Replaces what was noted of the node.
    package mutating func put(_ id: String, due: Timestamp) {
        remove(id)
        let second = due.milliseconds / 1000 + 1
        seconds[id] = second
        nodes[second, default: []].insert(id)
    }

    package mutating func remove(_ id: String) {
        guard let second = seconds.removeValue(forKey: id) else { return }
        nodes[second]?.remove(id)
        if nodes[second]?.isEmpty == true { nodes[second] = nil }
    }

    /// Those that are due at `now`, in order of id; they stay.
    package func due(at now: Timestamp) -> [String] {
        let second = now.milliseconds / 1000
        return nodes.filter { $0.key <= second }.values.flatMap(\.self).sorted()
    }
}
