import BSON
package import Fleet
internal import MongoDB

extension MongoStore: UsageStore {
    package func latestSamples(
        since: Timestamp, of nodeIDs: [String]?
    ) async throws(StoreError) -> [ResourceSample] {
        guard nodeIDs != [] else { return [] }
        let pipeline: [Document] = [
            SampleQuery.match(since: since, of: nodeIDs), ["$sort": ["timestamp": -1]],
            ["$group": ["_id": "$node_id", "newest": ["$first": "$$ROOT"]]], ["$replaceRoot": ["newRoot": "$newest"]],
        ]
        return try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection)
            var samples: [ResourceSample] = []
            try connection.aggregate(namespace(.metrics), pipeline: pipeline) { view in
                queries.read { () throws(StoreError) in samples.append(try ResourceSample(view)) }
            }
            return samples.sorted { $0.nodeID < $1.nodeID }
        }
    }

    package func usage(
        since: Timestamp, stepSeconds: Int64, of nodeIDs: [String]?
    ) async throws(StoreError) -> [UsagePoint] {
        guard nodeIDs != [], stepSeconds > 0 else { return [] }
        let pipeline = [SampleQuery.match(since: since, of: nodeIDs), SampleQuery.means(stepSeconds: stepSeconds)]
        return try await perform { [metrics = namespace(.metrics)] connection in
            var points: [UsagePoint] = []
            try connection.aggregate(metrics, pipeline: pipeline) { view in
                guard let step = try view.first("_id")?.document(), let nodeID = step.text("node"),
                    let at = try step.first("at").map(FieldValue.init)?.int
                else { return }
                points.append(
                    UsagePoint(
                        nodeID: nodeID, at: Timestamp(milliseconds: at), cpu: try SampleQuery.percent(view, "cpu"),
                        memory: try SampleQuery.percent(view, "memory"), gpu: try SampleQuery.percent(view, "gpu")))
            }
            return points.sorted { ($0.nodeID, $0.at) < ($1.nodeID, $1.at) }
        }
    }
}

/// The stages of questions about stored samples. Other services may have written them: what is no number counts as not
/// measured.
enum SampleQuery {
    static func match(since: Timestamp, until: Timestamp? = nil, of nodeIDs: [String]?) -> Document {
        Document { stage in
            stage.document("$match") { match in
                match.document("timestamp") { range in
                    range.append("$gte", since)
                    if let until { range.append("$lt", until) }
                }
                if let nodeIDs { match.document("node_id") { $0.append("$in", nodeIDs) } }
            }
        }
    }

    static func means(stepSeconds: Int64) -> Document {
        let time: Value = ["$toLong": "$timestamp"]
        let start: Value = ["$subtract": [time, ["$mod": [time, .int64(stepSeconds * 1000)]]]]
        let (used, total): (Value, Value) = ("$memory.used_bytes", "$memory.total_bytes")
        let isMeasured: Value = ["$and": [["$isNumber": used], ["$isNumber": total], ["$gt": [total, 0]]]]
        let share: Value = ["$multiply": [100.0, ["$divide": [used, total]]]]
        return [
            "$group": [
                "_id": ["node": "$node_id", "at": start],
                "newest": ["$max": "$timestamp"],
                "cpu": ["$avg": "$cpu.usage_percent"],
                "gpu": ["$avg": "$gpu.usage_percent"],
                "memory": ["$avg": ["$cond": [isMeasured, share, nil]]],
            ]
        ]
    }

    static func percent(_ view: DocumentView, _ key: String) throws(BSONError) -> Double? {
        guard let value = try view.first(key).map(FieldValue.init)?.double, value.isFinite else { return nil }
        return min(max(value, 0), 100)
    }
}
