package import Fleet

/// What the scaler reads beside the resources themselves.
package protocol ScalingStore: Sendable {
    /// Every sample from `since` to `until`, of all nodes by the index of their time, or of these alone, in order of time.
    /// What is no number was not measured.
    func samples(
        of nodeIDs: [String]?, since: Timestamp, until: Timestamp?
    ) async throws(StoreError) -> [NodeLoad]

    /// Each node's means over each step since then, of all nodes or of these alone, stamped with the newest sample of the
    /// step, in order of time; samples at `until` and later are left out.
    ///
    /// One aggregation: what a window is rebuilt from. Steps are whole multiples of `stepSeconds` since 1970.
    func meanSamples(
        of nodeIDs: [String]?, since: Timestamp, until: Timestamp?, stepSeconds: Int64
    ) async throws(StoreError) -> [NodeLoad]

    /// Changes of all nodes' statuses since then, in order of time.
    func nodeHistory(since: Timestamp) async throws(StoreError) -> [HistoryEntry]

    /// A pool's newest decisions, or those of all pools, newest last.
    func decisions(of poolID: String?, limit: Int) async throws(StoreError) -> [ScalingRecord]
}

extension ScalingStore {
    package func samples(since: Timestamp) async throws(StoreError) -> [NodeLoad] {
        try await samples(of: nil, since: since, until: nil)
    }

    /// Of all nodes.
    package func samples(since: Timestamp, until: Timestamp?) async throws(StoreError) -> [NodeLoad] {
        try await samples(of: nil, since: since, until: until)
    }

    /// Of all nodes, until now.
    package func meanSamples(since: Timestamp, stepSeconds: Int64) async throws(StoreError) -> [NodeLoad] {
        try await meanSamples(of: nil, since: since, until: nil, stepSeconds: stepSeconds)
    }
}
