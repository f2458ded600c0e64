import BSON
package import Fleet
internal import MongoDB

extension MongoStore {
    /// The newest changes of a node's status, newest last. For people; no decision reads it.
    package func history(of nodeID: String, limit: Int) async throws(StoreError) -> [HistoryEntry] {
        guard limit > 0 else { return [] }
        return try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection)
            var entries: [HistoryEntry] = []
            let options = FindOptions(sort: ["at": -1], limit: limit)
            let filter = Document { filter in filter.document("node_id") { $0.append("$eq", nodeID) } }
            try connection.scan(namespace(.history), filter: filter, options: options) { view in
                queries.read { () throws(StoreError) in entries.append(try HistoryEntry(view)) }
            }
            return entries.sorted {
                ($0.at, $0.firstRevision, $0.transition) < ($1.at, $1.firstRevision, $1.transition)
            }
        }
    }
}
