/// A node's right to report: a document of `node_tokens`. The token itself is nowhere but with the node.
package struct NodeToken: Hashable, Sendable {
    /// The SHA-256 of the token's text: 32 bytes.
    package var digest: [UInt8]
    package var nodeID: String
    package var createdAt: Timestamp
    package var createdBy: String
    /// From then on it is refused; nil while it is good.
    package var revokedAt: Timestamp?

    package init(
        digest: [UInt8], nodeID: String, createdAt: Timestamp, createdBy: String, revokedAt: Timestamp? = nil
    ) {
        self.digest = digest
        self.nodeID = nodeID
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.revokedAt = revokedAt
    }
}

/// What an agent is told about its node.
package struct NodeStanding: Hashable, Sendable {
    /// Nil for a document that holds no valid status.
    package var state: NodeState?
    /// Since when the node drains, while it does.
    package var drainingSince: Timestamp?

    package init(state: NodeState?, drainingSince: Timestamp? = nil) {
        self.state = state
        self.drainingSince = drainingSince
    }
}
