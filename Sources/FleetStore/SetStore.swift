package import Fleet

/// Sets, and what is kept of what was declared before.
package protocol SetStore: Sendable {
    /// Of all directories that were ever synced here, in order of name.
    func sets() async throws(StoreError) -> [SetStatus]

    /// Nil: nothing of the name was ever synced.
    func set(_ name: String) async throws(StoreError) -> SetStatus?

    /// Writes the status, cut to its bounds, under the next version, if `status.version` still stands (0: none does).
    ///
    /// By majority. Whether a write that throws was done is for the caller to read.
    ///
    /// - Returns: what stands now; nil when somebody else wrote meanwhile, and nothing was written.
    func write(_ status: SetStatus) async throws(StoreError) -> SetStatus?

    /// Keeps what happened to sets, for people; an event that stands is kept.
    func tell(_ events: [Event]) async throws(StoreError)

    /// What each of these sets owns, and how that fares; one that owns nothing is there, too.
    func tallies(ofSets names: [String]) async throws(StoreError) -> [String: SetTally]

    /// All that a set owns, in order of key; also what is marked for deletion.
    func declared(inSet name: String) async throws(StoreError) -> [Desired]

    /// What is kept of each resource's former generations, and of its former lives, oldest first. One of which nothing is
    /// kept is not there.
    func revisions(of keys: [ResourceKey]) async throws(StoreError) -> [ResourceKey: [StoredRevision]]

    /// Resources that a set owned when they went, after that revision of `desired`, and that nobody has declared again;
    /// in order of key.
    func removed(fromSet name: String, since revision: Int64) async throws(StoreError) -> [ResourceKey]
}

extension SetStore {
    /// Writes the status as `write` does, and then tells what happened to the set, if that can be told: a report that is
    /// lost is no reason to do the work again, and what is true stands in the status.
    package func write(_ status: SetStatus, telling events: [Event]) async throws(StoreError) -> SetStatus? {
        guard let written = try await write(status) else { return nil }
        if !events.isEmpty { try? await tell(events) }
        return written
    }
}
