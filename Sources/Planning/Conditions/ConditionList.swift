import Fleet

/// Collects one pass's observations and turns them into the next list of conditions.
///
/// `lastTransition` moves only when the status flips; what is not observed is dropped (absent means Unknown), and
/// `Reconciling`, `Stalled`, `Draining`, `Drifted`, `Suspended`, `DeletionBlocked`, `PruneBlocked` are listed only while
/// True.
struct ConditionList {
    private let previous: [Condition]
    private let generation: Int64
    private let now: Timestamp
    private var next: [Condition.ConditionType: Condition] = [:]

    init(previous: [Condition], generation: Int64, now: Timestamp) {
        self.previous = previous
        self.generation = generation
        self.now = now
    }

    mutating func set(_ type: Condition.ConditionType, _ holds: Bool, _ reason: String, _ message: String = "") {
        set(type, holds ? .yes : .no, reason, message)
    }

    mutating func set(
        _ type: Condition.ConditionType, _ status: Condition.Status, _ reason: String, _ message: String = ""
    ) {
        let before = previous.first { $0.type == type }
        let since = before?.status == status ? before?.lastTransition : nil
        next[type] = Condition(
            type, status, reason: reason, message: message, lastTransition: since ?? now,
            observedGeneration: generation)
    }

    /// Keeps a condition as it was, also its generation: nothing new was observed about it.
    mutating func keep(_ type: Condition.ConditionType) {
        next[type] = previous.first { $0.type == type }
    }

    subscript(type: Condition.ConditionType) -> Condition? { next[type] }

    /// In the order of the types' declaration.
    var conditions: [Condition] { Condition.ConditionType.allCases.compactMap { next[$0] } }
}
