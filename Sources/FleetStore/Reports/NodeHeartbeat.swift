package import Fleet

/// When a node last beat, by the server's clock.
package struct NodeHeartbeat: Hashable, Sendable {
    package var nodeID: String
    package var at: Timestamp

    package init(nodeID: String, at: Timestamp) {
        self.nodeID = nodeID
        self.at = at
    }
}
