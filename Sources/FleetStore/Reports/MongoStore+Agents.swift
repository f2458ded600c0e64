import BSON
package import Fleet
internal import MongoDB

extension MongoStore {
    package func put(_ facts: [AgentFacts]) async throws(StoreError) {
        let operations = facts.map { facts in
            WriteOperation.updateOne(
                filter: Document { filter in filter.document("_id") { $0.append("$eq", facts.nodeID) } },
                update: facts.update, upsert: true)
        }
        try await perform { [agents = namespace(.agents)] connection in
            _ = try connection.bulkWrite(agents, operations)
        }
    }

    package func agentFacts(
        since: Timestamp?
    ) async throws(StoreError) -> (facts: [AgentFacts], now: Timestamp) {
        try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection)
            // Before the question: what is written while it is answered comes again with the next.
            let now = Timestamp(milliseconds: try connection.serverTime())
            let filter = Document { filter in
                if let since { filter.document("changed_at") { $0.append("$gte", since) } }
            }
            var facts: [AgentFacts] = []
            try queries.scan(.agents, filter) { view in
                queries.read { () throws(StoreError) in facts.append(try AgentFacts(view)) }
            }
            return (facts, now)
        }
    }

    package func ingestServes(_ instance: String, lapse: Int64) async throws(StoreError) {
        let oldest: Value = ["$subtract": ["$$NOW", .int64(lapse * 1000)]]
        let stage: Document = [
            "$set": [
                // A missing date is before every other.
                "since": ["$cond": [["$gte": ["$alive_at", oldest]], "$since", "$$NOW"]],
                "alive_at": "$$NOW",
                "lapse_seconds": .int64(lapse),
            ]
        ]
        let operation = WriteOperation.updateOne(
            filter: Document { filter in
                filter.document("_id") { $0.append("$eq", ServingIngest.prefix + instance) }
            },
            update: Document([("0", .document(stage))]), upsert: true)
        try await perform { [leases = namespace(.leases)] connection in
            _ = try connection.bulkWrite(leases, [operation])
        }
    }

    package func ingestSince() async throws(StoreError) -> Timestamp? {
        let filter = Document { filter in
            filter.document("_id") { range in
                range.append("$gte", ServingIngest.prefix)
                range.append("$lt", ServingIngest.prefix.dropLast() + "0")
            }
        }
        return try await perform { [leases = namespace(.leases)] connection in
            // Before the question, so that none that lives looks late.
            let now = Timestamp(milliseconds: try connection.serverTime())
            var ingests: [ServingIngest] = []
            try connection.scan(leases, filter: filter) { view in
                if let ingest = try ServingIngest(view) { ingests.append(ingest) }
            }
            return ServingIngest.since(ingests, now: now)
        }
    }
}

/// An ingest's own document in `leases`.
struct ServingIngest: Sendable {
    /// The lease of the leader stands beside it, as `leader`.
    static let prefix = "ingest/"
    /// After so many seconds of silence an ingest was taken out of service, and does not come back.
    private static let retired: Int64 = 24 * 3600

    var since: Timestamp
    var aliveAt: Timestamp
    var lapse: Int64

    /// The latest start among those that live. While none lives but some was there today, none is back yet: now.
    static func since(_ ingests: [ServingIngest], now: Timestamp) -> Timestamp? {
        let living = ingests.filter { now.seconds(since: $0.aliveAt) <= $0.lapse }
        if let latest = living.map(\.since).max() { return latest }
        return ingests.contains { now.seconds(since: $0.aliveAt) <= retired } ? now : nil
    }
}

extension ServingIngest {
    /// Nil for what is none.
    fileprivate init?(_ document: DocumentView) throws(BSONError) {
        guard let since = try document.first("since"), let alive = try document.first("alive_at"),
            let lapse = try document.first("lapse_seconds")
        else { return nil }
        self.init(since: try Timestamp(since), aliveAt: try Timestamp(alive), lapse: try lapse.int64())
    }
}
