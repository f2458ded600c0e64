/// What the ingest learned about a node's machine and its agent, for the leader: a document of `agents`, written only
/// when it changes.
package struct AgentFacts: Hashable, Sendable {
    package var nodeID: String
    /// The gap between two reports, in seconds: learned, 15 to 300.
    package var intervalSeconds: Int64
    package var hardware: FoundHardware
    /// The drain that the agent has acknowledged, by the instant at which that began; nil if none.
    package var drained: Timestamp?

    package init(nodeID: String, intervalSeconds: Int64, hardware: FoundHardware, drained: Timestamp? = nil) {
        self.nodeID = nodeID
        self.intervalSeconds = intervalSeconds
        self.hardware = hardware
        self.drained = drained
    }
}

/// A machine's size as it reports it; nil is not reported.
package struct FoundHardware: Hashable, Sendable {
    package var cores: Int64?
    package var memoryBytes: Int64?
    package var storageBytes: Int64?

    package init(cores: Int64? = nil, memoryBytes: Int64? = nil, storageBytes: Int64? = nil) {
        self.cores = cores
        self.memoryBytes = memoryBytes
        self.storageBytes = storageBytes
    }
}
