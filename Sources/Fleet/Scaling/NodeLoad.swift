/// One sample of a node as the scaler reads it: percent, nil where it was not measured.
package struct NodeLoad: Hashable, Sendable {
    package var nodeID: String
    package var at: Timestamp
    package var cpu: Double?
    package var memory: Double?
    package var gpu: Double?

    package init(nodeID: String, at: Timestamp, cpu: Double? = nil, memory: Double? = nil, gpu: Double? = nil) {
        self.nodeID = nodeID
        self.at = at
        self.cpu = cpu
        self.memory = memory
        self.gpu = gpu
    }
}
