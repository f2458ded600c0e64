/// What a heartbeat, or its absence, makes of a node.
package enum HealthTurn: Hashable, Sendable {
    case lost, back
}
