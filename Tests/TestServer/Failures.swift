import BSON
import MongoDB

/// What the server is told to get wrong. It obeys one such order at a time: tests that give one run one after another.
extension Server {
    /// Makes the next `times` of `commands` fail for the clients with this name only.
    package static func fail(
        _ client: Client, _ commands: [String], times: Int, appName: String, _ how: Document
    ) async throws {
        let data = Document { data in
            data.append("failCommands", commands)
            data.append("appName", appName)
            for (key, value) in (try? how.elements()) ?? [] { data.append(key, value) }
        }
        let order: Document = [
            "configureFailPoint": "failCommand", "mode": ["times": .int32(Int32(times))], "data": .document(data),
        ]
        try await client.run { _ = try $0.command("admin", order) }
    }

    /// Ends the order; returns how often it was obeyed.
    @discardableResult
    package static func stopFailing(_ client: Client) async throws -> Int {
        let reply = try await client.run { connection in
            try connection.command("admin", ["configureFailPoint": "failCommand", "mode": "off"])
        }
        return Int(reply["count"]?.int64Value ?? 0)
    }
}
