/// Why the store could not do what it was asked to.
package enum StoreError: Error, Hashable, Sendable {
    /// MongoDB can't be reached or does not answer in time; nothing is known to have been written.
    case unavailable(String)
    /// MongoDB refuses us: a wrong password, missing rights.
    case refused(String)
    /// The database was not prepared by `reeve init`, or is of another version.
    case notPrepared(String)
    /// Another transaction declared something meanwhile.
    case revisionMoved
    /// The process was asked to end while a declaration was being written: nothing was written.
    case interrupted
    /// Leadership has passed on: stand down.
    case fenced
    /// A commit was sent and its outcome is not known.
    case outcomeUnknown(String)
    /// A document can't be read as what it should be.
    case malformed(String)
    /// Anything else that MongoDB answered.
    case failed(code: Int32, message: String)
}
