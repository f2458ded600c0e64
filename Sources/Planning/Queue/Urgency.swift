import Fleet

/// Why a key is in the queue, in the order of service.
package enum Urgency: UInt8, Comparable, Sendable {
    /// Somebody changed something and may be watching.
    case change
    /// A periodic look, a timer, a crowd that was woken: correct whenever it comes.
    case resync

    package static func < (left: Urgency, right: Urgency) -> Bool { left.rawValue < right.rawValue }
}

/// How the work on a key ended.
package enum Outcome: Hashable, Sendable {
    /// Done; failures are forgotten. `again` is when to look next (the end of a maintenance window), nil for never.
    case settled(again: Timestamp?)
    /// Overtaken by another writer: run again at once, a few milliseconds apart from the rival. No attempt is counted.
    case rerun
    /// Failed: run again after its backoff.
    case failed
    /// Cannot go on until another resource changes. Not a failure: earlier ones are forgotten.
    case waiting(for: ResourceKey)
}
