import BSON

/// What the server says of itself.
package struct ServerDescription: Sendable {
    /// False for a standalone server, which has neither transactions nor change streams.
    package var isReplicaSet: Bool { setName != nil || isRouter }
    package var setName: String?
    /// A router of a sharded cluster.
    package var isRouter: Bool
    package var isWritablePrimary: Bool
    /// The server's clock, in milliseconds since 1970.
    package var localTime: Int64
    package var maxWireVersion: Int
    /// Such as `6.0.5`.
    package var version: String
}

extension Operations {
    /// Answered by any server, also one that is not initiated, and without a user.
    package func hello() throws(MongoError) -> ServerDescription {
        let hello = try command("admin", ["hello": 1], inSession: false)
        let build = try command("admin", ["buildInfo": 1], inSession: false)
        return ServerDescription(
            setName: hello["setName"]?.stringValue, isRouter: hello["msg"]?.stringValue == "isdbgrid",
            isWritablePrimary: hello["isWritablePrimary"]?.boolValue ?? false,
            localTime: hello["localTime"]?.dateTimeValue ?? 0,
            maxWireVersion: Int(hello["maxWireVersion"]?.int64Value ?? 0),
            version: build["version"]?.stringValue ?? "")
    }

    /// The server's clock, in milliseconds since 1970: ages count by it.
    package func serverTime() throws(MongoError) -> Int64 {
        guard let time = try command("admin", ["hello": 1], inSession: false)["localTime"]?.dateTimeValue else {
            throw MongoError(.other, message: "the server did not say its time")
        }
        return time
    }
}
