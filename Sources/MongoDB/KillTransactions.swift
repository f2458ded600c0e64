import BSON

extension Connection {
    /// Ends the open transactions of every client whose application name `isDead` accepts; returns how many.
    ///
    /// A client that died or froze keeps its documents locked for up to a minute: a take-over calls this before it
    /// raises the fences. Needs `inprog` and `killAnySession`; without them only this user's own sessions are seen.
    package func killTransactions(where isDead: (String) -> Bool) throws -> Int {
        let own = try session().id
        let sessions: [Document]
        do {
            sessions = try openTransactions(ofAllUsers: true, where: isDead)
        } catch let error as MongoError where error.kind == .unauthorized {
            sessions = try openTransactions(ofAllUsers: false, where: isDead)
        }
        let others = sessions.filter { $0["id"] != .binary(Binary(subtype: 4, bytes: own)) }
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

    /// The `lsid`s, with `id` and `uid`.
    private func openTransactions(ofAllUsers: Bool, where isDead: (String) -> Bool) throws -> [Document] {
        let operations = Document {
            $0.document("$currentOp") {
                $0.append("allUsers", ofAllUsers)
                $0.append("idleSessions", true)
                $0.append("localOps", true)
            }
        }
        let inTransaction: Document = ["$match": ["transaction": ["$exists": true]]]
        var sessions: [Document] = []
        try aggregate(
            database: "admin", pipeline: [operations, inTransaction], options: AggregateOptions(readConcern: nil)
        ) { operation in
            let operation = operation.document()
            if let name = operation["appName"]?.stringValue, isDead(name),
                let session = operation["lsid"]?.documentValue
            {
                sessions.append(session)
            }
        }
        return sessions
    }
}
