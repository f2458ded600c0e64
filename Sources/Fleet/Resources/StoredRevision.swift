/// A generation that was replaced, or the last one of a resource that was deleted.
package struct StoredRevision: Hashable, Sendable {
    /// As it stood last; its `revision` is the last one that wrote it, which an override does, too.
    package var desired: Desired
    package var replacedAt: Timestamp
    /// The revision of `desired` that put the next generation in its place; nil where it was deleted, and where a version
    /// kept it that did not note that.
    package var replacedRevision: Int64?
    /// It was not replaced, but deleted: the revision of `desired` that took it away.
    package var removedRevision: Int64?

    /// How many are kept of a resource, over all its lives.
    package static let mostKept = 20

    package init(
        _ desired: Desired, replacedAt: Timestamp, replacedRevision: Int64? = nil, removedRevision: Int64? = nil
    ) {
        self.desired = desired
        self.replacedAt = replacedAt
        self.replacedRevision = replacedRevision
        self.removedRevision = removedRevision
    }
}
