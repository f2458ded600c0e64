/// One observation about a resource. A list holds at most one of a type; an absent type means Unknown.
package struct Condition: Hashable, Sendable {
    package enum Status: String, Hashable, Sendable {
        case yes = "True"
        case no = "False"
        case unknown = "Unknown"
    }

    package enum ConditionType: String, CaseIterable, Hashable, Sendable {
        case synced = "Synced"
        case ready = "Ready"
        case ableToScale = "AbleToScale"
        case scalingActive = "ScalingActive"
        case scalingLimited = "ScalingLimited"
        case forecast = "Forecast"
        case poolHealthy = "PoolHealthy"
        case hardwareMatches = "HardwareMatches"
        case reconciling = "Reconciling"
        case stalled = "Stalled"
        case draining = "Draining"
        case drifted = "Drifted"
        case suspended = "Suspended"
        case deletionBlocked = "DeletionBlocked"
        case pruneBlocked = "PruneBlocked"
    }

    package var type: ConditionType
    package var status: Status
    /// CamelCase, never empty.
    package var reason: String
    /// For people; holds no clock, so that an unchanged state writes nothing. At most 4 KB: what is longer is cut here, so
    /// that what is planned again is equal to what was written.
    package var message: String
    /// Moves only when `status` flips.
    package var lastTransition: Timestamp
    package var observedGeneration: Int64

    package init(
        _ type: ConditionType, _ status: Status, reason: String, message: String = "", lastTransition: Timestamp,
        observedGeneration: Int64
    ) {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message.cut(toBytes: 4_096)
        self.lastTransition = lastTransition
        self.observedGeneration = observedGeneration
    }
}
