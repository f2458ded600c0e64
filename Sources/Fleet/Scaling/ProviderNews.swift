/// What the leader has found out about the nodes that a pool's provider makes and takes away, and the pool's status does
/// not say yet. Facts: to find one again, or to lose it, is harmless.
package struct ProviderNews: Hashable, Sendable {
    /// An event about the pool.
    package struct Telling: Hashable, Sendable {
        /// Counts up within one leadership.
        package var number: Int
        package var severity: Event.Severity
        package var reason: String
        package var message: String

        package init(number: Int, severity: Event.Severity, reason: String, message: String) {
            self.number = number
            self.severity = severity
            self.reason = reason
            self.message = message
        }
    }

    /// Nodes that were asked for, and are declared.
    package var declared: Set<String> = []
    /// Nodes that were made, and that nobody declares any more.
    package var forsaken: Set<String> = []
    /// Nodes that were to be taken away, and of which nothing is left to do.
    package var gone: Set<String> = []
    /// Oldest first.
    package var tellings: [Telling] = []

    package init() {}

    /// What the pool's status says by now, and need not be told again.
    ///
    /// - Parameter status: the pool's; nil when it is gone.
    package func settled(by status: ResourceStatus?) -> ProviderNews {
        let provided = status?.scaling?.provided ?? [:]
        var settled = self
        settled.declared = declared.filter { provided[$0]?.phase != .asked }
        settled.forsaken = forsaken.filter { provided[$0]?.phase != .made }
        settled.gone = gone.filter { (provided[$0]?.phase ?? .made) == .made }
        // Nothing is told of a pool that is suspended.
        if status?[.suspended] != nil { settled.tellings = [] }
        return settled
    }

    package var isEmpty: Bool { declared.isEmpty && forsaken.isEmpty && gone.isEmpty && tellings.isEmpty }
}
