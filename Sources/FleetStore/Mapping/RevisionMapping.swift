import BSON
internal import Fleet

/// How many replaced generations of a resource are kept.
let keptRevisions: Int64 = 20

/// The `_id` of a replaced generation in `desired_revisions`.
func revisionID(_ key: ResourceKey, firstRevision: Int64, generation: Int64) -> String {
    "\(key)/\(firstRevision)/\(generation)"
}

extension Desired {
    /// The document of `desired_revisions` for what is being replaced.
    func revisionDocument(replacedAt time: Timestamp) -> Document {
        var writer = DocumentWriter(reserving: 1536)
        writer.append("_id", revisionID(key, firstRevision: firstRevision, generation: generation))
        write(to: &writer)
        writer.append("resource", key.description)
        writer.append("replaced_at", time)
        return writer.finish()
    }
}

extension StoredRevision {
    /// Reads a document of `desired_revisions`.
    init(_ document: DocumentView) throws(StoreError) {
        let key: ResourceKey
        let replacedAt: Timestamp
        let removedRevision: Int64?
        do throws(BSONError) {
            key = try required(document.string("resource").flatMap { ResourceKey($0) }, "resource")
            replacedAt = try Timestamp(required(document.first("replaced_at"), "replaced_at"))
            removedRevision = try document.first("removed_revision")?.int64()
        } catch {
            throw .malformed("desired_revisions/\(document.shownID): \(error)")
        }
        self.init(try Desired(document, key: key), replacedAt: replacedAt, removedRevision: removedRevision)
    }
}
