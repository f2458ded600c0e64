import Fleet

/// Makes a pool's load anew from what is stored, as if it had run all the time: after a restart, a take-over, or a change
/// of the policy's window.
///
/// Samples and changes of status are gone through in order of time, because who was in use then is what counts: a node
/// that was drained ten minutes ago carried part of the load before. Nodes that left the pool altogether are missing in
/// what is rebuilt. Where samples are means of a step, a node that came or went within it counts in it as a whole, and one
/// that fell silent with its last mean.
package struct WindowHistory: Sendable {
    private var load: PoolLoad
    private let transitions: [HistoryEntry]
    private var next = 0
    private var inUse: [String: Timestamp] = [:]

    /// - Parameters:
    ///   - load: an empty one.
    ///   - measured: the nodes that are in use now.
    ///   - transitions: of the pool's nodes since the first sample that will be added, in order of time.
    package init(_ load: PoolLoad, measured: [String: Timestamp], transitions: [HistoryEntry]) {
        self.load = load
        self.transitions = transitions
        var first: [String: HistoryEntry] = [:]
        for entry in transitions where first[entry.nodeID] == nil { first[entry.nodeID] = entry }
        for id in measured.keys where first[id] == nil { inUse[id] = Timestamp(milliseconds: 0) }
        for (id, entry) in first where entry.from == .active { inUse[id] = Timestamp(milliseconds: 0) }
        self.load.measure(inUse)
    }

    /// Adds the next sample in order of time.
    package mutating func add(_ sample: NodeLoad) {
        move(to: sample.at)
        load.add(sample, now: sample.at)
    }

    private mutating func move(to now: Timestamp) {
        while next < transitions.count, transitions[next].at <= now {
            let entry = transitions[next]
            next += 1
            // What is over by then is closed with those who were in use.
            load.advance(to: entry.at)
            inUse[entry.nodeID] = entry.to == .active ? Timestamp(milliseconds: entry.at.milliseconds - 1) : nil
            load.measure(inUse)
        }
    }

    /// The load as it would be now.
    ///
    /// - Parameter measured: the nodes that are in use now.
    package consuming func end(measured: [String: Timestamp], now: Timestamp) -> PoolLoad {
        move(to: now)
        load.advance(to: now)
        load.measure(measured)
        return load
    }
}
