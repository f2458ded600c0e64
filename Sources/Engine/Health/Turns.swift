import Fleet
import Planning

/// What nodes are about to become, by the pool that would tell of many of them.
struct Turns: Sendable {
    private(set) var byTeller: [String: [String: HealthTurn]] = [:]

    mutating func add(_ plan: Plan, in view: FleetView, _ now: Timestamp) {
        let key = plan.change.key
        guard let turn = plan.turn else { return }
        let teller = view.teller(of: view.observed[key]?.poolID, now: now) ?? Crowds.unspoken
        byTeller[teller, default: [:]][key.id] = turn
    }

    mutating func merge(_ other: Turns) {
        byTeller.merge(other.byTeller) { mine, theirs in mine.merging(theirs) { _, theirs in theirs } }
    }
}
