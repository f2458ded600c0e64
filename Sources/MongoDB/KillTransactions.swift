import BSON

extension Connection {
    /// Ends the open transactions of every client whose application name `isDead` accepts; returns how many.
    ///
    /// A client that died or froze keeps its documents locked for up to a minute: a take-over calls this before it
    /// raises the fences. Needs `inprog` and `killAnySession`; without them only this user's own sessions are seen.
    package func killTransactions(where isDead: (String) -> Bool) throws -> Int {
        try end(openTransactions().filter { isDead($0.appName) })
    }

    /// Ends the open transactions of those clients, by application name, whose connection is gone: they died in the
    /// middle of one, and nobody will end it before the server's time limit. Returns how many.
    ///
    /// A client that is merely slow keeps its connection, and its transaction.
    package func killAbandonedTransactions(where isOurs: (String) -> Bool) throws -> Int {
        let candidates = try openTransactions().filter { isOurs($0.appName) }
        guard !candidates.isEmpty else { return 0 }
        var living = Set<Int64>()
        try forEachOperation(["idleConnections": true]) { operation in
            if let id = operation["connectionId"]?.int64Value, operation["type"]?.stringValue != "idleSession" {
                living.insert(id)
            }
        }
        return try end(candidates.filter { $0.connection.map { !living.contains($0) } ?? false })
    }

    private struct OpenTransaction {
        var appName: String
        /// The connection that it last spoke on.
        var connection: Int64?
        /// The `lsid`, with `id` and `uid`.
        var session: Document
    }

    private func end(_ transactions: [OpenTransaction]) throws -> Int {
        let own = try session().id
        let others = transactions.map(\.session).filter { $0["id"] != .binary(Binary(subtype: 4, bytes: own)) }
        guard !others.isEmpty else { return 0 }
        do throws(MongoError) {
            let patterns = others.map { session in Document { $0.append("lsid", session) } }
            try command("admin", Document { $0.append("killAllSessionsByPattern", patterns) })
        } catch {
            guard error.kind == .unauthorized else { throw error }
            let ids = others.map { session in Document { $0.append("id", session["id"] ?? .null) } }
            try command("admin", Document { $0.append("killSessions", ids) })
        }
        return others.count
    }

    private func openTransactions() throws -> [OpenTransaction] {
        var transactions: [OpenTransaction] = []
        try forEachOperation(["idleSessions": true]) { operation in
            guard operation["transaction"] != nil, let session = operation["lsid"]?.documentValue else { return }
            transactions.append(
                OpenTransaction(
                    appName: operation["appName"]?.stringValue ?? "",
                    connection: operation["connectionId"]?.int64Value, session: session))
        }
        return transactions
    }

    /// `$currentOp` on this server, of all users or, without the right to see them, of this one.
    private func forEachOperation(_ options: Document, _ body: (Document) -> Void) throws {
        func list(ofAllUsers: Bool) throws {
            let operations = try Document { (stage) throws(BSONError) in
                var all: [(key: String, value: Value)] = try options.elements()
                all += [("allUsers", .bool(ofAllUsers)), ("localOps", true)]
                let list = all
                stage.document("$currentOp") { for (key, value) in list { $0.append(key, value) } }
            }
            let readable = AggregateOptions(readConcern: nil)
            try aggregate(database: "admin", pipeline: [operations], options: readable) { body($0.document()) }
        }
        do {
            try list(ofAllUsers: true)
        } catch let error as MongoError where error.kind == .unauthorized {
            try list(ofAllUsers: false)
        }
    }
}
