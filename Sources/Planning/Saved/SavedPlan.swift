import Fleet

/// A decision about declarations that was looked at, and is to be carried out as it was seen or not at all.
package struct SavedPlan: Sendable {
    /// Older ones are refused.
    package static let lifetimeDays: Int64 = 30

    /// Its own, so that it is applied once.
    package var id: String
    /// By the server's clock.
    package var made: Timestamp
    package var request: DeclarationRequest
    package var guards: PlanGuards
    /// What it would do, resource by resource; what stays as it is is not listed.
    package var changes: [DeclarationResult]

    package init(
        id: String, made: Timestamp, request: DeclarationRequest, guards: PlanGuards, changes: [DeclarationResult]
    ) {
        self.id = id
        self.made = made
        self.request = request
        self.guards = guards
        self.changes = changes
    }

    /// Whether it may still be applied.
    package func isExpired(at now: Timestamp) -> Bool {
        now.milliseconds - made.milliseconds > Self.lifetimeDays * 24 * 3600 * 1000
    }

    /// What keeps it from being carried out as it was seen; empty when nothing does.
    package func obstacles(in view: DeclaringView, deciding plan: DeclarationPlan) -> [Diagnostic] {
        let differences = guards.differences(from: request, in: view)
        guard differences.isEmpty else { return differences }
        // What is counted rather than read (nodes in use, for the budget) shows in what would be done.
        let (seen, found) = (outcomes(changes), outcomes(plan.results.filter { $0.outcome != .unchanged }))
        return Set(seen.keys).union(found.keys).sorted().filter { seen[$0] != found[$0] }.map { key in
            let (old, new) = (seen[key]?.rawValue ?? "unchanged", found[key]?.rawValue ?? "unchanged")
            return Diagnostic(
                .error, "\(key) would now be \(new), not \(old)", rule: DeclarationRule.planStale.rawValue)
        }
    }

    /// The same of what is left as it stands because somebody took it back.
    package func obstacles(pinned: Set<ResourceKey>) -> [Diagnostic] {
        request.pinned.symmetricDifference(pinned).sorted().map { key in
            Diagnostic(
                .error, "\(key) \(pinned.contains(key) ? "is pinned since" : "is not pinned any more")",
                rule: DeclarationRule.planStale.rawValue)
        }
    }

    private func outcomes(_ results: [DeclarationResult]) -> [ResourceKey: DeclarationOutcome] {
        Dictionary(results.map { ($0.key, $0.outcome) }) { first, _ in first }
    }
}
