package import Fleet

/// What tables and pages show of the stored samples.
package protocol UsageStore: Sendable {
    /// The newest sample of each node since then, or of these nodes alone.
    func latestSamples(since: Timestamp, of nodeIDs: [String]?) async throws(StoreError) -> [ResourceSample]

    /// Means for each node and step since then, in order of node and time; of all nodes, or of these alone.
    func usage(since: Timestamp, stepSeconds: Int64, of nodeIDs: [String]?) async throws(StoreError) -> [UsagePoint]
}

/// A node's means over one step.
package struct UsagePoint: Hashable, Sendable {
    package var nodeID: String
    /// The start of the step.
    package var at: Timestamp
    /// Percent, 0 to 100; nil where nothing was measured.
    package var cpu: Double?
    package var memory: Double?
    package var gpu: Double?

    package init(nodeID: String, at: Timestamp, cpu: Double?, memory: Double?, gpu: Double? = nil) {
        self.nodeID = nodeID
        self.at = at
        self.cpu = cpu
        self.memory = memory
        self.gpu = gpu
    }
}
