package import Fleet

/// What the scaler reads beside the resources themselves.
package protocol ScalingStore: Sendable {
    /// Every sample since then, by the index of their time, in order of time. What is no number was not measured.
    func samples(since: Timestamp) async throws(StoreError) -> [NodeLoad]

    /// Each node's means over each step since then, stamped with the newest sample of the step, in order of time.
    ///
    /// One aggregation: what a window is rebuilt from. Steps are whole multiples of `stepSeconds` since 1970.
    func meanSamples(since: Timestamp, stepSeconds: Int64) async throws(StoreError) -> [NodeLoad]

    /// Changes of all nodes' statuses since then, in order of time.
    func nodeHistory(since: Timestamp) async throws(StoreError) -> [HistoryEntry]

    /// A pool's newest decisions, newest last.
    func decisions(of poolID: String, limit: Int) async throws(StoreError) -> [ScalingRecord]
}
