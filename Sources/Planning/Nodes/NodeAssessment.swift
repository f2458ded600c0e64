import Fleet

/// A node's status and why: one pure function, the first rule that applies (DESIGN, "Node status").
struct NodeAssessment: Hashable, Sendable {
    var state: NodeState
    /// CamelCase, for conditions and the history.
    var reason: String
    var message: String
    /// When a rule that depends on the time of day may answer differently.
    var nextChange: Timestamp?

    /// Why a node that works is held in maintenance.
    enum Hold: Hashable, Sendable {
        case cordoned(String)
        case draining(String)
        case drained(String)
    }

    /// What the scaler wants of a node that works.
    enum Use: Hashable, Sendable {
        /// In use, or the scaler has no say.
        case inUse
        /// On its way out of use.
        case leaving
        case standby
    }

    fileprivate static let quarantined = "Quarantined"
    static let standby = "Standby"
    static let inWindow = "MaintenanceWindow"
    private static let declaredInactive = "DeclaredInactive"

    /// Out of use because somebody wants it so.
    var isIdle: Bool { reason == NodeAssessment.standby || reason == NodeAssessment.declaredInactive }

    /// The reasons that a node's own heartbeats give.
    static let heartbeatReasons: Set = ["HeartbeatLost", "HeartbeatFresh"]

    /// - Parameters:
    ///   - spec: what the node's manifest states.
    ///   - hold: what an operator, a move or a deletion holds it in.
    ///   - rule: how long its heartbeats last.
    ///   - lastHeartbeat: by the server's clock; nil if it never reported.
    ///   - wasLost: its status says that its heartbeats stopped.
    init(
        spec: Spec, hold: Hold?, use: Use, rule: HeartbeatRule, lastHeartbeat: Timestamp?, wasLost: Bool, now: Timestamp
    ) {
        let window = MaintenanceWindow(of: spec)
        let boundary = window?.nextBoundary(after: now)
        let declared = spec[NodeLeaf.status]?.string.flatMap(NodeState.init(rawValue:))
        switch (declared, hold) {
        case (.error, _):
            self.init(.error, NodeAssessment.quarantined, "declared in error: not used until the declaration changes")
        case (_, .draining(let why)?):
            self.init(.maintenance, "Draining", why)
        case (_, .drained(let why)?):
            self.init(.maintenance, "Drained", why)
        case (_, .cordoned(let why)?):
            self.init(.maintenance, "Cordoned", why)
        case (.maintenance, nil):
            self.init(.maintenance, "DeclaredMaintenance", "held in maintenance by its declaration")
        case (.inactive, nil):
            self.init(.inactive, NodeAssessment.declaredInactive, "held inactive by its declaration")
        default:
            let isLost = lastHeartbeat.map { rule.isLost($0, wasLost: wasLost, now: now) }
            self.init(isLost: isLost, use, rule, inWindow: window?.contains(now) ?? false)
            nextChange = boundary
        }
    }

    /// - Parameter isLost: nil if it never reported.
    private init(isLost: Bool?, _ use: Use, _ rule: HeartbeatRule, inWindow: Bool) {
        if inWindow {
            self.init(.maintenance, NodeAssessment.inWindow, "inside its maintenance window")
        } else if let isLost {
            if isLost {
                let count = HeartbeatRule.intervalsUntilLost
                self.init(.error, "HeartbeatLost", "no heartbeat for \(count) intervals of \(rule.interval) s")
            } else {
                switch use {
                case .inUse: self.init(.active, "HeartbeatFresh", "reports")
                case .leaving: self.init(.maintenance, "Draining", "the scaler takes it out of use")
                case .standby: self.init(.inactive, NodeAssessment.standby, "reports; kept in reserve")
                }
            }
        } else {
            self.init(.inactive, "NeverReported", "has not sent a heartbeat yet")
        }
    }

    private init(_ state: NodeState, _ reason: String, _ message: String) {
        self.state = state
        self.reason = reason
        self.message = message
    }
}

extension MaintenanceWindow {
    /// The window that a node's manifest states, in the node's own time zone.
    init?(of spec: Spec) {
        guard let start = spec[NodeLeaf.windowStart]?.int, let duration = spec[NodeLeaf.windowDuration]?.int else {
            return nil
        }
        self.init(startHour: Int(start), durationHours: Int(duration), zone: spec[NodeLeaf.timezone]?.string)
    }
}

extension ResourceStatus {
    /// The node is in error by its declaration, not by its heartbeats.
    package var isQuarantined: Bool { self[.ready]?.reason == NodeAssessment.quarantined }

    /// The node works, and the scaler keeps it out of use.
    package var isStandby: Bool { self[.ready]?.reason == NodeAssessment.standby }
}
