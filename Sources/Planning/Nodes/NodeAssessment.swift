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

    /// Heartbeats are taken to come at this interval; the agents' issue learns it.
    static let heartbeatInterval: Int64 = 15
    /// A node that missed this many is lost.
    static let intervalsUntilLost: Int64 = 3

    /// - Parameters:
    ///   - spec: what the node's manifest states.
    ///   - hold: what an operator, a move or a deletion holds it in.
    ///   - lastHeartbeat: by the server's clock; nil if it never reported.
    init(spec: Spec, hold: Hold?, lastHeartbeat: Timestamp?, now: Timestamp) {
        let window = MaintenanceWindow(of: spec)
        let boundary = window?.nextBoundary(after: now)
        let declared = spec[NodeLeaf.status]?.string.flatMap(NodeState.init(rawValue:))
        switch (declared, hold) {
        case (.error, _):
            self.init(.error, "Quarantined", "declared in error: not used until the declaration changes")
        case (_, .draining(let why)?):
            self.init(.maintenance, "Draining", why)
        case (_, .drained(let why)?):
            self.init(.maintenance, "Drained", why)
        case (_, .cordoned(let why)?):
            self.init(.maintenance, "Cordoned", why)
        case (.maintenance, nil):
            self.init(.maintenance, "DeclaredMaintenance", "held in maintenance by its declaration")
        case (.inactive, nil):
            self.init(.inactive, "DeclaredInactive", "held inactive by its declaration")
        default:
            self.init(lastHeartbeat: lastHeartbeat, inWindow: window?.contains(now) ?? false, now: now)
            nextChange = boundary
        }
    }

    private init(lastHeartbeat: Timestamp?, inWindow: Bool, now: Timestamp) {
        let limit = NodeAssessment.intervalsUntilLost * NodeAssessment.heartbeatInterval
        if inWindow {
            self.init(.maintenance, "MaintenanceWindow", "inside its maintenance window")
        } else if let lastHeartbeat {
            if lastHeartbeat.advanced(seconds: limit) < now {
                self.init(.error, "HeartbeatLost", "no heartbeat for \(NodeAssessment.intervalsUntilLost) intervals")
            } else {
                self.init(.active, "HeartbeatFresh", "reports")
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

    /// The instant before which a last heartbeat counts as lost at `now`.
    static func cutoff(at now: Timestamp) -> Timestamp {
        now.advanced(seconds: -intervalsUntilLost * heartbeatInterval)
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

extension Planner {
    /// The instant before which a last heartbeat counts as lost at `now`; what the engine looks for between two looks.
    package static func heartbeatCutoff(at now: Timestamp) -> Timestamp { NodeAssessment.cutoff(at: now) }
}
