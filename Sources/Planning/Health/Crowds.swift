import Fleet

/// Tells many nodes of one pool that were lost, or came back, at about the same time from single ones: a state machine
/// without a clock, a thread or a wait.
///
/// 1. More than a few turns (`Breaker.few`) within `window` are a crowd. A look is at most a few seconds after what it
///    finds, so a network that breaks, which silences nodes over one interval of theirs, makes one crowd.
/// 2. A crowd takes in every further turn, and its nodes tell nothing themselves, until none came for `window` and all
///    of them are written.
/// 3. Each turn is told of once. What comes within `gathering` is told together; of what comes later, turns of the other
///    kind begin a telling at once, more of the same one when it is quiet again.
/// 4. A turn that did not take place (the node beat again before anything was written) is no part of it.
package struct Crowds: Sendable {
    /// The crowd of those nodes of whom no pool tells.
    package static let unspoken = ""
    /// Milliseconds.
    package static let window: Int64 = 30_000
    /// How long a crowd is given to gather before it is told of: agents of one interval fall silent over one interval.
    /// Seconds.
    package static let gathering: Int64 = 15
    /// A node whose turn is never written holds its crowd open no longer than this, in milliseconds.
    package static let longest: Int64 = 600_000
    /// So many names are told.
    package static let named = 3

    private var gatherings: [String: Gathering] = [:]

    package init() {}

    /// Notes turns in a pool; true if they belong to a crowd.
    ///
    /// - Parameter nodes: how many of the pool are in use.
    package mutating func note(
        _ turns: [String: HealthTurn], inPool poolID: String, of nodes: Int64, now: Timestamp
    ) -> Bool {
        gatherings[poolID, default: Gathering(last: now)].note(turns, of: nodes, now)
        return gatherings[poolID]?.since != nil
    }

    /// What these nodes came to is written, or was found to be so already: `lost` no longer report, `back` do, or are
    /// gone. Returns the pools of which something else is known now.
    package mutating func settle(lost: some Sequence<String>, back: some Sequence<String>) -> [String] {
        var changed: [String] = []
        for poolID in gatherings.keys where gatherings[poolID]?.isWritten == false {
            let ofLost = gatherings[poolID]?.settle(lost, as: .lost) ?? false
            let ofBack = gatherings[poolID]?.settle(back, as: .back) ?? false
            if ofLost || ofBack { changed.append(poolID) }
        }
        return changed
    }

    /// Forgets what is over at `now`. Returns the pools of which something else is known now.
    package mutating func expire(_ now: Timestamp) -> [String] {
        var changed: [String] = []
        for (poolID, gathering) in gatherings {
            // The server's clock may have been set back.
            let quiet = abs(now.milliseconds - gathering.last.milliseconds)
            guard quiet >= Crowds.window else { continue }
            if gathering.hasLate {
                gatherings[poolID]?.tellLate(now)
            } else if gathering.isWritten || quiet >= Crowds.longest {
                gatherings[poolID] = nil
            } else {
                continue
            }
            if gathering.since != nil { changed.append(poolID) }
        }
        return changed
    }

    /// By pool id. Its cost is that of the number of pools that are in a crowd.
    package var all: [String: NodeCrowd] { gatherings.compactMapValues { $0.crowd } }
}

/// One pool's.
private struct Gathering: Sendable {
    /// When it was a crowd, or began a further telling; nil while it is a few.
    private(set) var since: Timestamp?
    private(set) var last: Timestamp
    /// Those that are told together.
    private var turns: [String: (turn: HealthTurn, at: Timestamp)] = [:]
    /// Those that came after these were told.
    private var late: [String: HealthTurn] = [:]
    private var unwritten: [String: HealthTurn] = [:]
    // Kept beside them, because every batch asks.
    private var lost = 0
    private var unwrittenLost = 0
    private var names: [String] = []

    init(last: Timestamp) { self.last = last }

    var isWritten: Bool { unwritten.isEmpty }
    var hasLate: Bool { !late.isEmpty }

    var crowd: NodeCrowd? {
        guard let since else { return nil }
        return NodeCrowd(
            since: since, lost: lost, back: turns.count - lost, unwritten: unwrittenLost, names: names)
    }

    mutating func note(_ noted: [String: HealthTurn], of nodes: Int64, _ now: Timestamp) {
        let new = noted.filter { (late[$0.key] ?? turns[$0.key]?.turn ?? unwritten[$0.key]) != $0.value }
        if !new.isEmpty { last = now }
        for (id, turn) in new { expect(id, turn) }
        if let since {
            let isTold = since.advanced(seconds: Crowds.gathering) < now
            let toldAs = lost > 0 ? HealthTurn.lost : .back
            if !isTold {
                for (id, turn) in new { put(id, turn, now) }
            } else {
                late.merge(new) { _, newer in newer }
                if new.contains(where: { $0.value != toldAs }) { tellLate(now) }
            }
        } else {
            for (id, turn) in new { put(id, turn, now) }
            for (id, entry) in turns where now.milliseconds - entry.at.milliseconds > Crowds.window { forget(id) }
            if turns.count > Breaker.few(of: nodes) { since = now }
        }
        if !new.isEmpty { nameFirst() }
    }

    /// True if something else is known now.
    mutating func settle(_ ids: some Sequence<String>, as turn: HealthTurn) -> Bool {
        var (isChanged, isWithdrawn) = (false, false)
        for id in ids {
            guard let expected = unwritten.removeValue(forKey: id) else { continue }
            isChanged = true
            if expected == .lost { unwrittenLost -= 1 }
            guard expected != turn else { continue }
            isWithdrawn = true
            late[id] = nil
            remove(id)
        }
        if isWithdrawn { nameFirst() }
        return isChanged
    }

    mutating func tellLate(_ now: Timestamp) {
        let next = late
        (since, last, lost) = (now, now, 0)
        turns.removeAll()
        late.removeAll()
        for (id, turn) in next { put(id, turn, now) }
        nameFirst()
    }

    private mutating func expect(_ id: String, _ turn: HealthTurn) {
        if unwritten.updateValue(turn, forKey: id) == .lost { unwrittenLost -= 1 }
        if turn == .lost { unwrittenLost += 1 }
    }

    private mutating func put(_ id: String, _ turn: HealthTurn, _ now: Timestamp) {
        remove(id)
        turns[id] = (turn, now)
        if turn == .lost { lost += 1 }
    }

    private mutating func remove(_ id: String) {
        if turns.removeValue(forKey: id)?.turn == .lost { lost -= 1 }
    }

    /// It was single, and is long ago.
    private mutating func forget(_ id: String) {
        remove(id)
        if unwritten.removeValue(forKey: id) == .lost { unwrittenLost -= 1 }
    }

    private mutating func nameFirst() {
        let told = lost > 0 ? HealthTurn.lost : .back
        names = []
        for (id, entry) in turns where entry.turn == told {
            if names.count == Crowds.named, let last = names.last, last < id { continue }
            names.insert(id, at: names.firstIndex { id < $0 } ?? names.count)
            if names.count > Crowds.named { names.removeLast() }
        }
    }
}

extension NodeCrowd {
    /// What an event says of it: `of` so many nodes, if that is known.
    package func told(of nodes: Int64?) -> (severity: Event.Severity, reason: String, message: String) {
        let total = nodes.map { " of \($0)" } ?? ""
        guard lost > 0 else { return (.normal, "NodesBack", "\(back)\(total) nodes report\(listed)") }
        let others = back > 0 ? "; \(back) came back" : ""
        return (.warning, "NodesLost", "\(lost)\(total) nodes lost\(listed)\(others)")
    }

    /// The first few by name, and how many more there are.
    var listed: String {
        let more = (lost > 0 ? lost : back) - names.count
        return ": " + names.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }
}
