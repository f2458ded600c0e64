/// What a course of nodes came to over a load: a replay's, or what really happened. Hours are node-hours.
///
/// Minutes whose load is not known cost nothing, whatever was in use.
package struct ReplaySummary: Hashable, Sendable {
    /// Of ready and of starting nodes.
    package private(set) var nodeHours = 0.0
    /// Minutes in which the load was more than the ready nodes.
    package private(set) var underProvisionedMinutes: Int64 = 0
    package private(set) var actions: Int64 = 0
    /// Reversals within 15 minutes.
    package private(set) var flaps: Int64 = 0
    /// J: node-hours, ten times what exceeded 80 % of the ready nodes, fifty times what exceeded all of them, and a tenth
    /// for each action.
    package private(set) var score = 0.0

    private struct Action: Hashable {
        var minute: Int
        var isUp: Bool
    }

    private var last: Action?

    package init() {}

    /// - Parameter change: by how many nodes the size was changed in this minute.
    mutating func add(minute: Int, load: Double?, ready: Int64, starting: Int64, change: Int64) {
        if change != 0 {
            let action = Action(minute: minute, isUp: change > 0)
            if let last, last.isUp != action.isUp, minute - last.minute <= 15 { flaps += 1 }
            last = action
            actions += 1
            score += ReplayCosts.action
        }
        guard let load else { return }
        nodeHours += Double(ready + starting) / 60
        score += Double(ready + starting) / 60 + ReplayCosts.penalty(load: load, ready: Double(ready))
        if load > Double(ready) { underProvisionedMinutes += 1 }
    }
}
