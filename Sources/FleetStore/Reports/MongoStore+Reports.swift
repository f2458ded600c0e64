import BSON
package import Fleet
internal import MongoDB

extension MongoStore: ReportStore {
    /// Heartbeats in one command: a bulk costs a quarter of what single ones do, and a longer one keeps others waiting.
    private static let beatsAtOnce = 500

    package func beat(_ nodeIDs: [String]) async throws(StoreError) {
        guard !nodeIDs.isEmpty else { return }
        // Not `updated_at`, and no upsert: a node that is gone stays gone.
        let update: Document = ["$currentDate": ["last_heartbeat": true]]
        let operations = nodeIDs.map { id in
            WriteOperation.updateOne(
                filter: Document { filter in filter.document("node_id") { $0.append("$eq", id) } }, update: update)
        }
        try await perform { [nodes = namespace(.nodes)] connection in
            var rest = operations[...]
            while !rest.isEmpty {
                let part = rest.prefix(Self.beatsAtOnce)
                rest = rest.dropFirst(part.count)
                try connection.bulkWrite(nodes, Array(part), acknowledgement: .primary)
            }
        }
    }

    package func insert(_ samples: [ResourceSample]) async throws(StoreError) {
        guard !samples.isEmpty else { return }
        let documents = samples.map { $0.document() }
        try await perform { [metrics = namespace(.metrics)] connection in
            do throws(MongoError) {
                try connection.insert(metrics, documents, acknowledgement: .durable)
            } catch {
                guard error.isOnlyOfDuplicates else { throw error }
            }
        }
    }

    package func lastStored(_ nodeIDs: [String]) async throws(StoreError) -> [String: Timestamp] {
        guard !nodeIDs.isEmpty else { return [:] }
        // Sorted and grouped as the index is, so that the server skips from node to node and reads one entry of each.
        let match = Document { stage in
            stage.document("$match") { match in match.document("node_id") { $0.append("$in", nodeIDs) } }
        }
        let pipeline: [Document] = [
            match, ["$sort": ["node_id": 1, "timestamp": -1]],
            ["$group": ["_id": "$node_id", "timestamp": ["$first": "$timestamp"]]],
        ]
        return try await perform { [metrics = namespace(.metrics)] connection in
            var found: [String: Timestamp] = [:]
            try connection.aggregate(metrics, pipeline: pipeline) { view in
                guard let id = view.text("_id"), let element = try view.first("timestamp") else { return }
                found[id] = try? Timestamp(element)
            }
            return found
        }
    }

    package func standings(_ nodeIDs: [String]) async throws(StoreError) -> [String: NodeStanding] {
        guard !nodeIDs.isEmpty else { return [:] }
        return try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection)
            var standings: [String: NodeStanding] = [:]
            let nodeFields: Document = ["_id": 0, "node_id": 1, "status": 1]
            try queries.each(.nodes, field: "node_id", nodeIDs, projection: nodeFields) { view in
                guard let id = view.text("node_id") else { return }
                standings[id] = NodeStanding(state: view.text("status").flatMap(NodeState.init(rawValue:)))
            }
            let keys = nodeIDs.map { ResourceKey(.node, $0).description }
            try queries.each(.status, field: "_id", keys, projection: ["draining_since": 1]) { view in
                guard let id = view.nodeID, let since = try view.first("draining_since") else { return }
                standings[id]?.drainingSince = try? Timestamp(since)
            }
            return standings
        }
    }
}
