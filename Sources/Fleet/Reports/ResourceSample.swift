/// What one machine measured at one instant: a document of `resource_metrics`, or a report on its way there.
package struct ResourceSample: Hashable, Sendable {
    package var nodeID: String
    package var timestamp: Timestamp
    /// One place for each leaf of `FieldTable.resourceMetrics`; nil is not measured.
    package var values: [FieldValue?]

    package init(nodeID: String, timestamp: Timestamp) {
        self.nodeID = nodeID
        self.timestamp = timestamp
        values = [FieldValue?](repeating: nil, count: FieldTable.resourceMetrics.leaves.count)
    }

    /// By `MetricLeaf`.
    package subscript(leaf: Int) -> FieldValue? {
        get { values[leaf] }
        set { values[leaf] = newValue }
    }
}
