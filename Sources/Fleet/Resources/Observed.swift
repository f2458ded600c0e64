/// A document of the data model as it was read: the leaves of the kind's table, and what decisions and writes need
/// beside them. Fields that the table does not know belong to others and are not read.
package struct Observed: Hashable, Sendable {
    package let key: ResourceKey
    package let documentID: DocumentID
    /// Every stored leaf that is present, of whatever type it is.
    package var leaves: Spec
    /// Paths above leaves that hold something other than an object, which a write below them must replace.
    package var obstacles: [Obstacle] = []
    /// As found; nil when missing.
    package var name: FieldValue?
    package var createdAt: FieldValue?
    /// A node's `status`, as found.
    package var status: FieldValue?
    package var lastHeartbeat: Timestamp?
    /// A node's `poot_score`, if it is a number.
    package var score: Double?
    /// A pool's `node_count`, as found.
    package var nodeCount: FieldValue?

    package init(_ key: ResourceKey, documentID: DocumentID, leaves: Spec) {
        self.key = key
        self.documentID = documentID
        self.leaves = leaves
    }

    package var state: NodeState? { status?.string.flatMap(NodeState.init(rawValue:)) }
    package var poolID: String? { key.kind == .node ? leaves[NodeLeaf.poolID]?.string : nil }
}

package struct Obstacle: Hashable, Sendable {
    package var path: String
    package var value: FieldValue

    package init(path: String, value: FieldValue) {
        self.path = path
        self.value = value
    }
}

/// An ObjectId's twelve bytes, without the module that reads BSON.
package struct DocumentID: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt32

    package init(high: UInt64, low: UInt32) {
        self.high = high
        self.low = low
    }

    /// An id derived from what a document is of, and from its second: the same each time, so that a document which is
    /// made again is refused as a duplicate. After the second follow 64 bits of a hash.
    package init(of text: String, at time: Timestamp) {
        let hash = text.stableHash
        let seconds = UInt64(truncatingIfNeeded: time.milliseconds / 1000) & 0xffff_ffff
        self.init(high: seconds << 32 | hash >> 32, low: UInt32(truncatingIfNeeded: hash))
    }
}

/// The data model's node statuses.
package enum NodeState: String, CaseIterable, Hashable, Sendable {
    case active, inactive, maintenance, error
}
