import BSON
internal import MongoDB

extension Preparation {
    /// Refuses a server without transactions and change streams; warns of one that lets dead transactions live long.
    func checkServer() throws -> [Step] {
        let server = try connection.hello()
        if let reason = Self.refusal(isReplicaSet: server.isReplicaSet, version: server.version) {
            throw StoreError.notPrepared(reason)
        }
        return lifetimeWarning()
    }

    /// Why a server can't hold a fleet; nil if it can.
    package static func refusal(isReplicaSet: Bool, version: String) -> String? {
        guard let major = version.split(separator: ".").first.flatMap({ Int($0) }), major >= 5 else {
            return "the server is MongoDB \(version); 5.0 or later is needed"
        }
        guard !isReplicaSet else { return nil }
        return "the server is a standalone one, which has neither transactions nor change streams: "
            + "start it as a replica set (one member will do), or use `reeve local start`"
    }

    /// A client that dies inside a transaction keeps its documents locked for that long.
    private func lifetimeWarning() -> [Step] {
        let name = "transactionLifetimeLimitSeconds"
        let question = Document { writer in
            writer.append("getParameter", Int32(1))
            writer.append(name, Int32(1))
        }
        // Not everybody may ask, and a router has no such parameter.
        guard let reply = try? connection.command("admin", question), let limit = reply[name]?.int64Value, limit > 15
        else { return [] }
        return [
            Step(
                name,
                .warning(
                    "\(limit) s: a process that dies inside a transaction may hold others up for that long; set it to 10"
                ))
        ]
    }
}
