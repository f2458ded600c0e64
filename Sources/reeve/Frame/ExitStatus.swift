/// What `reeve` ends with. Thrown alone, it ends a command that has said everything already.
enum ExitStatus: Int32, Error {
    case done = 0
    /// Differences (`diff`, `plan --detailed-exitcode`), findings, or an object that was asked for is not there.
    case differences = 1
    case usage = 2
    /// A manifest is not valid.
    case invalid = 3
    /// Somebody else owns it, or it stands in the way of something else.
    case conflict = 4
    /// MongoDB can't be reached or refuses us.
    case unavailable = 5
    /// Some objects failed or are held.
    case incomplete = 6
    case timedOut = 7
    /// SIGINT or SIGTERM came while a declaration was being written, which was given up.
    case interrupted = 130
    case terminated = 143
}

/// A command's end with one message on standard error, `error: MESSAGE`.
struct CommandFailure: Error {
    var status: ExitStatus
    /// Without a password in it; may have several lines.
    var message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }
}
