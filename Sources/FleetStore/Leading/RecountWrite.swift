import BSON
internal import Fleet
internal import MongoDB

/// Sets each pool's `node_count` to what the transaction itself counts.
struct RecountWrite {
    let store: MongoStore
    let transaction: Transaction

    /// Returns the first pool that would hold more than its limit; nothing is written then.
    func run(_ recounts: [PoolRecount]) throws -> String? {
        // The lowest of a pool's limits.
        let limits = Dictionary(recounts.map { ($0.poolID, $0.limit) }) { first, second in
            guard let first, let second else { return first ?? second }
            return min(first, second)
        }
        let poolIDs = limits.keys.sorted()
        let counts = try count(poolIDs)
        for poolID in poolIDs {
            if let limit = limits[poolID] ?? nil, counts[poolID, default: 0] > limit { return poolID }
        }
        let operations = poolIDs.map { poolID in
            let count = counts[poolID, default: 0]
            let filter = Document { filter in
                filter.document("pool_id") { $0.append("$eq", poolID) }
                filter.document("node_count") { $0.append("$ne", count) }
            }
            return WriteOperation.updateOne(
                filter: filter, update: updateDocument([PathValue("node_count", .int(count))]))
        }
        try transaction.bulkWrite(store.namespace(.pools), operations)
        return nil
    }

    private func count(_ poolIDs: [String]) throws -> [String: Int64] {
        let match = Document { stage in
            stage.document("$match") { match in
                match.document("pool_id") { $0.append("$in", poolIDs) }
            }
        }
        let group: Document = ["$group": ["_id": "$pool_id", "nodes": ["$sum": .int64(1)]]]
        var counts: [String: Int64] = [:]
        try transaction.aggregate(store.namespace(.nodes), pipeline: [match, group]) { view in
            guard let poolID = view.text("_id"), let nodes = try view.first("nodes") else { return }
            counts[poolID] = try nodes.int64()
        }
        return counts
    }
}
