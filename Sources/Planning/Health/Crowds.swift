import Fleet

/// Tells many nodes of one pool that were lost, or came back, at about the same time from single ones: a state machine
/// without a clock, a thread or a wait.
///
/// More than a few turns (`Breaker.few`) within `window` are a crowd; it takes in every further one until none came for
/// as long and all of it is written. A look is at most a few seconds after what it finds, so a network that breaks, which
/// silences nodes over one interval of theirs, makes one crowd.
package struct Crowds: Sendable {
    /// Milliseconds.
    package static let window: Int64 = 30_000
    /// A node whose turn is never written holds its crowd open no longer than this, in milliseconds.
    package static let longest: Int64 = 600_000
    /// So many names are told.
    package static let named = 3

    fileprivate struct Gathering {
        /// When it was a crowd; nil while it is a few.
        var since: Timestamp?
        var last: Timestamp
        var turns: [String: (turn: HealthTurn, at: Timestamp)] = [:]
        var unwritten: Set<String> = []
    }

    private var gatherings: [String: Gathering] = [:]

    package init() {}

    /// Notes turns in a pool; true if they belong to a crowd.
    ///
    /// - Parameter nodes: how many of the pool are in use.
    package mutating func note(
        _ turns: [String: HealthTurn], inPool poolID: String, of nodes: Int64, now: Timestamp
    ) -> Bool {
        var gathering = gatherings[poolID] ?? Gathering(last: now)
        let isNew = turns.contains { gathering.turns[$0.key]?.turn != $0.value }
        if isNew { gathering.last = now }
        for (id, turn) in turns where gathering.turns[id]?.turn != turn {
            gathering.turns[id] = (turn, now)
            gathering.unwritten.insert(id)
        }
        if gathering.since == nil {
            gathering.turns = gathering.turns.filter { now.milliseconds - $0.value.at.milliseconds <= Crowds.window }
            gathering.unwritten.formIntersection(gathering.turns.keys)
            if gathering.turns.count > Breaker.few(of: nodes) { gathering.since = now }
        }
        gatherings[poolID] = gathering
        return gathering.since != nil
    }

    /// What these nodes came to is written.
    package mutating func settle(_ ids: some Sequence<String>) {
        let ids = Set(ids)
        for poolID in gatherings.keys { gatherings[poolID]?.unwritten.subtract(ids) }
    }

    /// Forgets what is over at `now`.
    package mutating func expire(_ now: Timestamp) {
        gatherings = gatherings.filter { _, gathering in
            let quiet = now.milliseconds - gathering.last.milliseconds
            return quiet < Crowds.window || (!gathering.unwritten.isEmpty && quiet < Crowds.longest)
        }
    }

    /// By pool id.
    package var all: [String: NodeCrowd] { gatherings.compactMapValues { $0.crowd } }
}

extension Crowds.Gathering {
    var crowd: NodeCrowd? {
        guard let since else { return nil }
        let lost = turns.filter { $0.value.turn == .lost }.map(\.key)
        let back = turns.filter { $0.value.turn == .back }.map(\.key)
        let names = (lost.isEmpty ? back : lost).sorted().prefix(Crowds.named)
        return NodeCrowd(
            since: since, lost: lost.count, back: back.count, unwritten: unwritten.count { turns[$0]?.turn == .lost },
            names: Array(names))
    }
}
