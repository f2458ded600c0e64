package import Fleet

/// Saved plans: each is applied at most once, which the transaction that writes its declarations records.
package protocol PlanStore: Sendable {
    /// Writes as `Store.declare` does and, in the same transaction, that the plan was applied.
    ///
    /// Throws as that does, and `.failed` with the code 11000 when the plan had been applied before.
    func declare(
        _ writes: [DesiredWrite], expecting: Int64, once use: PlanUse
    ) async throws(StoreError) -> Int64

    /// Nil: the plan was never applied, or more than 90 days ago.
    func use(ofPlan id: String) async throws(StoreError) -> PlanUse?
}

/// That a saved plan was applied: one document of `plans`.
package struct PlanUse: Hashable, Sendable {
    /// The plan's own.
    package var id: String
    /// Who applied it.
    package var by: String
    /// By the server's clock.
    package var at: Timestamp
    /// Which try it was, so that one whose answer was lost knows its own.
    package var attempt: String

    package init(_ id: String, by: String, at: Timestamp, attempt: String) {
        self.id = id
        self.by = by
        self.at = at
        self.attempt = attempt
    }
}
