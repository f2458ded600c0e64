/// Why the private MongoDB of this machine could not be found, started or stopped.
package enum LocalServerError: Error, Sendable, CustomStringConvertible {
    /// No `mongod` where it was looked for.
    case notFound(lookedIn: [String])
    /// The system refused something; `what` says what.
    case system(what: String, reason: String)
    /// The server ended by itself, or was not ready in time; `log` holds its last words.
    case didNotStart(reason: String, log: String)
    /// Somebody else listens on the port that was asked for.
    case portTaken(Int)
    /// Another start or stop of the same directory is under way.
    case busy(directory: String)
    case didNotStop(pid: Int32)

    package var description: String {
        switch self {
        case .notFound(let places):
            "no `mongod` was found (looked in \(places.joined(separator: ", "))); set REEVE_MONGOD to its path"
        case .system(let what, let reason): "\(what): \(reason)"
        case .didNotStart(let reason, let log): "mongod did not start: \(reason)\(log.isEmpty ? "" : "\n\(log)")"
        case .portTaken(let port): "port \(port) is taken by another program"
        case .busy(let directory): "another command is starting or stopping the server in \(directory)"
        case .didNotStop(let pid): "mongod (process \(pid)) did not end"
        }
    }
}
