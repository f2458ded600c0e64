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
        let id = ServingIngest.prefix + instance
        try await perform { [self] connection in
            let now = Timestamp(milliseconds: try connection.serverTime())
            let standing = try ingests(on: connection)
            let update = Document([
                ("0", .document(Self.serving(lapse, after: ServingIngest.countedUntil(standing, now: now))))
            ])
            let own = Document { filter in filter.document("_id") { $0.append("$eq", id) } }
            var operations = [WriteOperation.updateOne(filter: own, update: update, upsert: true)]
            let retired = ServingIngest.retired(standing).filter { $0 != id }
            if !retired.isEmpty {
                let filter = Document { filter in filter.document("_id") { $0.append("$in", retired) } }
                operations.append(.deleteMany(filter: filter))
            }
            _ = try connection.bulkWrite(namespace(.leases), operations)
        }
    }

    /// The stage that says that an ingest lives; after a gap its service begins anew.
    ///
    /// - Parameter counted: until when ages counted before that; nil when none ever served.
    private static func serving(_ lapse: Int64, after counted: Timestamp?) -> Document {
        let oldest: Value = ["$subtract": ["$$NOW", .int64(lapse * 1000)]]
        let isDate: (String) -> Value = { ["$eq": [["$type": .string($0)], "date"]] }
        let lives: Value = ["$and": [isDate("$since"), isDate("$alive_at"), ["$gte": ["$alive_at", oldest]]]]
        let until: Value = counted.map { .dateTime($0.milliseconds) } ?? "$$NOW"
        return [
            "$set": [
                "since": ["$cond": [lives, "$since", "$$NOW"]],
                "counted_until": ["$cond": [lives, "$counted_until", until]],
                "alive_at": "$$NOW",
                "lapse_seconds": .int64(lapse),
            ]
        ]
    }

    package func ingestService() async throws(StoreError) -> IngestService {
        try await perform { [self] connection in
            // Before the question, so that none that lives looks late.
            let now = Timestamp(milliseconds: try connection.serverTime())
            return ServingIngest.service(try ingests(on: connection), now: now)
        }
    }

    private func ingests(on connection: Connection) throws -> [ServingIngest] {
        let filter = Document { filter in
            filter.document("_id") { range in
                range.append("$gte", ServingIngest.prefix)
                range.append("$lt", ServingIngest.prefix.dropLast() + "0")
            }
        }
        let queries = DocumentQueries(store: self, connection: connection)
        var ingests: [ServingIngest] = []
        try queries.scan(.leases, filter) { view in
            queries.read { () throws(StoreError) in ingests.append(try ServingIngest(view)) }
        }
        return ingests
    }
}
