import BSON
internal import Fleet
internal import MongoDB

extension DocumentQueries {
    /// Deletions of what is kept of these resources in `desired_revisions` beyond the newest, so that with one more of
    /// each there are `keptRevisions`: of a resource that was declared and removed again and again, too.
    ///
    /// Reading before the transaction is safe: whoever keeps or trims moves `desired` to another revision.
    func outdatedRevisions(of keys: [ResourceKey]) throws -> [WriteOperation] {
        let full = try resourcesAtLimit(keys.map(\.description))
        guard !full.isEmpty else { return [] }
        let filter = Document { filter in filter.document("resource") { $0.append("$in", full) } }
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

    /// Of these, those of which there is no room for one more generation: counted by the index alone, because nearly
    /// always there are none.
    private func resourcesAtLimit(_ resources: [String]) throws -> [String] {
        guard !resources.isEmpty else { return [] }
        let match = Document { stage in
            stage.document("$match") { match in match.document("resource") { $0.append("$in", resources) } }
        }
        let pipeline: [Document] = [
            match, ["$sort": ["resource": 1, "revision": -1]],
            ["$group": ["_id": "$resource", "count": ["$sum": 1]]],
            ["$match": ["count": ["$gte": .int64(keptRevisions)]]],
        ]
        var full: [String] = []
        try connection.aggregate(store.namespace(.desiredRevisions), pipeline: pipeline) { view in
            if let resource = view.text("_id") { full.append(resource) }
        }
        return full
    }
}
