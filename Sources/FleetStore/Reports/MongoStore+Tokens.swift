import BSON
package import Fleet
internal import MongoDB

extension MongoStore {
    package func tokens(_ digests: [[UInt8]]) async throws(StoreError) -> [NodeToken] {
        guard !digests.isEmpty else { return [] }
        let ids = digests.map(NodeToken.documentID)
        return try await tokens(where: Document { filter in filter.document("_id") { $0.append("$in", ids) } })
    }

    package func tokensRevoked(since: Timestamp) async throws(StoreError) -> [NodeToken] {
        let filter = Document { filter in filter.document("revoked_at") { $0.append("$gte", since) } }
        return try await tokens(where: filter)
    }

    /// The tokens of a node, or of all; by node, the oldest first.
    package func tokens(of nodeID: String?) async throws(StoreError) -> [NodeToken] {
        let filter = Document { filter in
            if let nodeID { filter.document("node_id") { $0.append("$eq", nodeID) } }
        }
        return try await tokens(where: filter).sorted {
            ($0.nodeID, $0.createdAt, NodeToken.documentID($0.digest))
                < ($1.nodeID, $1.createdAt, NodeToken.documentID($1.digest))
        }
    }

    /// Gives a node the token with this digest, beside those that it has. Its time is the server's.
    package func createToken(
        digest: [UInt8], for nodeID: String, by person: String
    ) async throws(StoreError) -> NodeToken {
        try await perform { [tokens = namespace(.tokens)] connection in
            let token = NodeToken(
                digest: digest, nodeID: nodeID, createdAt: Timestamp(milliseconds: try connection.serverTime()),
                createdBy: person)
            try connection.insert(tokens, [token.document()])
            return token
        }
    }

    /// From now on, by the server's clock, these are refused; one that was revoked before keeps its time. Returns how
    /// many were good until now.
    @discardableResult
    package func revokeTokens(_ digests: [[UInt8]]) async throws(StoreError) -> Int {
        guard !digests.isEmpty else { return 0 }
        let ids = digests.map(NodeToken.documentID)
        let filter = Document { filter in
            filter.document("_id") { $0.append("$in", ids) }
            filter.document("revoked_at") { $0.append("$exists", false) }
        }
        let revocation = WriteOperation.updateMany(filter: filter, update: ["$currentDate": ["revoked_at": true]])
        return try await perform { [tokens = namespace(.tokens)] connection in
            try connection.bulkWrite(tokens, [revocation]).modified
        }
    }

    private func tokens(where filter: Document) async throws(StoreError) -> [NodeToken] {
        try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection)
            var tokens: [NodeToken] = []
            try queries.scan(.tokens, filter) { view in
                queries.read { () throws(StoreError) in tokens.append(try NodeToken(view)) }
            }
            return tokens
        }
    }
}
