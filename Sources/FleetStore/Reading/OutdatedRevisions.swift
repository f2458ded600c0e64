import BSON
internal import Fleet
internal import MongoDB

extension DocumentQueries {
    /// Deletions of what is kept of these resources in `desired_revisions` beyond the newest, so that with one more of
    /// each there are `keptRevisions`: of a resource that was declared and removed again and again, too.
    ///
    /// Reading before the transaction is safe: whoever keeps or trims moves `desired` to another revision.
    func outdatedRevisions(of keys: [ResourceKey]) throws -> [WriteOperation] {
        guard !keys.isEmpty else { return [] }
        let filter = Document { filter in
            filter.document("resource") { $0.append("$in", keys.map(\.description)) }
        }
        let options = FindOptions(
            projection: ["resource": 1], sort: ["resource": 1, "revision": -1], batchSize: 10_000)
        var kept: [String: Int64] = [:]
        var outdated: [WriteOperation] = []
        try connection.scan(store.namespace(.desiredRevisions), filter: filter, options: options) { view in
            guard let resource = view.text("resource"), let id = view.text("_id") else { return }
            // The one that is coming is one of those that are kept.
            if kept[resource, default: 1] < keptRevisions {
                kept[resource, default: 1] += 1
            } else {
                outdated.append(.deleteOne(filter: Document { $0.append("_id", id) }))
            }
        }
        return outdated
    }
}
