import BSON
internal import Fleet

/// How a report's leaves lie in a document of `resource_metrics`, worked out once.
private enum SampleLayout {
    static let paths = FieldTable.resourceMetrics.leaves.map(\.components)

    /// Above every leaf's index.
    static let nodeID = 1 << 16
    static let timestamp = nodeID + 1

    static let trie = FieldTrie(
        [(components: ["node_id"], target: nodeID), (components: ["timestamp"], target: timestamp)]
            + FieldTable.resourceMetrics.leaves.map { (components: $0.components, target: $0.index) })
}

extension ResourceSample {
    /// The document of `resource_metrics`. Its id is derived from the node and the instant.
    func document() -> Document {
        var writer = DocumentWriter(reserving: 1024)
        writer.append("_id", ObjectID(DocumentID(of: "\(nodeID)/\(timestamp.milliseconds)", at: timestamp)))
        writer.append("node_id", nodeID)
        writer.append("timestamp", timestamp)
        let leaves = values.enumerated().compactMap { index, value in value.map { Spec.Leaf(index, $0) } }
        writer.append(leaves[...], at: SampleLayout.paths)
        return writer.finish()
    }

    /// Reads a document of `resource_metrics`, whoever wrote it. Null is not measured.
    init(_ document: DocumentView) throws(StoreError) {
        var sink = SampleSink()
        do throws(BSONError) {
            try SampleLayout.trie.walk(document, into: &sink)
        } catch {
            throw .malformed("resource_metrics/\(document.shownID): \(error)")
        }
        guard let nodeID = sink.nodeID, let timestamp = sink.timestamp else {
            throw .malformed("resource_metrics/\(document.shownID): it has no node_id or no timestamp")
        }
        self.init(nodeID: nodeID, timestamp: timestamp)
        values = sink.values
    }
}

private struct SampleSink: FieldSink {
    var nodeID: String?
    var timestamp: Timestamp?
    var values = [FieldValue?](repeating: nil, count: SampleLayout.paths.count)

    mutating func leaf(_ target: Int, _ element: ElementView) {
        switch target {
        case SampleLayout.nodeID: nodeID = try? element.string()
        case SampleLayout.timestamp: timestamp = try? Timestamp(element)
        default:
            if !element.isNull { values[target] = FieldValue(element) }
        }
    }

    /// Something else stands where a group should: nothing of it was measured.
    mutating func obstacle(_ path: String, _ element: ElementView) {}
}
