import BSON
package import Fleet
internal import MongoDB

extension MongoStore: ProviderStore {
    package func readSettled(_ keys: [ResourceKey]) async throws(StoreError) -> FleetView {
        guard !keys.isEmpty else { return FleetView() }
        return try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection, readConcern: .majority)
            var view = FleetView()
            view.unreadable = try queries.desired(keys, into: &view.desired)
            view.unreadable.merge(try queries.status(keys, into: &view.status)) { first, _ in first }
            return view
        }
    }

    package func replaceTokens(
        of nodeID: String, with digest: [UInt8], by manager: String, under fence: Fence
    ) async throws(StoreError) {
        let writer = try writer(for: fence.epoch)
        try await perform(on: writer) { [self] connection in
            let token = NodeToken(
                digest: digest, nodeID: nodeID, createdAt: Timestamp(milliseconds: try connection.serverTime()),
                createdBy: manager)
            try connection.transaction { transaction in
                try enter(fence, in: transaction)
                try revokeTokens(of: nodeID, in: transaction)
                try transaction.bulkWrite(namespace(.tokens), [.insertOne(token.document())])
            }
        }
    }

    package func revokeTokens(of nodeID: String, under fence: Fence) async throws(StoreError) {
        let writer = try writer(for: fence.epoch)
        try await perform(on: writer) { [self] connection in
            try connection.transaction { transaction in
                try enter(fence, in: transaction)
                try revokeTokens(of: nodeID, in: transaction)
            }
        }
    }

    private func revokeTokens(of nodeID: String, in transaction: Transaction) throws {
        let valid = Document { filter in
            filter.document("node_id") { $0.append("$eq", nodeID) }
            filter.document("revoked_at") { $0.append("$exists", false) }
        }
        try transaction.bulkWrite(
            namespace(.tokens), [.updateMany(filter: valid, update: ["$currentDate": ["revoked_at": true]])])
    }
}
