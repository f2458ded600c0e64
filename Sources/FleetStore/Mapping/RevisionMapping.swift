import BSON
internal import Fleet

/// How many replaced generations of a resource are kept.
let keptRevisions = Int64(StoredRevision.mostKept)

/// The `_id` of a replaced generation in `desired_revisions`.
func revisionID(_ key: ResourceKey, firstRevision: Int64, generation: Int64) -> String {
    "\(key)/\(firstRevision)/\(generation)"
}

extension Desired {
    /// The document of `desired_revisions` for what is being replaced by that revision.
    func revisionDocument(replacedAt time: Timestamp, by revision: Int64) -> Document {
        var writer = DocumentWriter(reserving: 1536)
        writer.append("_id", revisionID(key, firstRevision: firstRevision, generation: generation))
        write(to: &writer)
        writer.append("resource", key.description)
        writer.append("replaced_at", time)
        writer.append("replaced_revision", revision)
        return writer.finish()
    }
}

extension StoredRevision {
    /// Reads a document of `desired_revisions`.
    init(_ document: DocumentView) throws(StoreError) {
        let key: ResourceKey
        let replacedAt: Timestamp
        let replacedRevision: Int64?
        let removedRevision: Int64?
        do throws(BSONError) {
            key = try required(document.string("resource").flatMap { ResourceKey($0) }, "resource")
            replacedAt = try Timestamp(required(document.first("replaced_at"), "replaced_at"))
            replacedRevision = try document.first("replaced_revision")?.int64()
            removedRevision = try document.first("removed_revision")?.int64()
        } catch {
            throw .malformed("desired_revisions/\(document.shownID): \(error)")
        }
        self.init(
            try Desired(document, key: key), replacedAt: replacedAt, replacedRevision: replacedRevision,
            removedRevision: removedRevision)
    }
}
