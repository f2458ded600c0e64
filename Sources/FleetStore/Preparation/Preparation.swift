import BSON
package import MongoDB

/// What `reeve init` does: collections, indexes, validators and seeds. Nobody else runs DDL (beside open transactions it
/// waits or aborts).
///
/// Idempotent: a second run finds everything there.
package struct Preparation {
    /// The version of the database's layout that this program reads and writes.
    package static let version: Int64 = 2
    /// How many lanes a new database gets; the number stored in it counts from then on.
    package static let lanes: Int64 = 16

    /// What was found or done about one thing.
    package struct Step: Hashable, Sendable {
        package enum Outcome: Hashable, Sendable {
            case created
            case present
            /// It was there and differed.
            case changed
            /// Stored data stands against it; the reason names the documents.
            case blocked(String)
            /// Worth knowing; nothing was done about it.
            case warning(String)
        }

        /// Such as `index nodes.node_id_1`.
        package var subject: String
        package var outcome: Outcome

        package init(_ subject: String, _ outcome: Outcome) {
            self.subject = subject
            self.outcome = outcome
        }
    }

    let connection: Connection
    let database: String

    /// Prepares a database and tells each step.
    ///
    /// When stored documents stand against an index, nothing at all is changed, and only what blocks is told. Building
    /// indexes over much data takes long: `client` should have a `socketTimeout` to match. Throws `.notPrepared` with
    /// the reason for a server that cannot hold a fleet (a standalone one, or before 5.0) and for a database of a newer
    /// version.
    package static func run(on client: Client, database: String) async throws(StoreError) -> [Step] {
        try await perform(on: client) { connection in
            try Preparation(connection: connection, database: database).run()
        }
    }

    /// Whether a database was prepared for this version: one read of one document.
    ///
    /// Throws `.notPrepared` with the reason if not.
    package static func verify(on client: Client, database: String) async throws(StoreError) {
        try await perform(on: client) { connection in
            let stored = try Preparation(connection: connection, database: database).storedVersion()
            guard let stored else {
                throw StoreError.notPrepared("the database \(database) was not prepared: run `reeve init`")
            }
            guard stored >= version else {
                throw StoreError.notPrepared(
                    "the database \(database) is of version \(stored), and this is \(version): run `reeve init`")
            }
        }
    }

    private static func perform<Result: Sendable>(
        on client: Client, _ body: @escaping @Sendable (Connection) throws -> Result
    ) async throws(StoreError) -> Result {
        do { return try await client.run(body) } catch { throw StoreError(error) }
    }

    private func run() throws -> [Step] {
        var steps = try checkServer()
        _ = try storedVersion()
        let collections = try existingCollections()
        var indexes: [String: [ExistingIndex]] = [:]
        for name in collections.keys { indexes[name] = try existingIndexes(of: name) }

        let blocked = try collated(collections) + blockingDocuments(indexes)
        guard blocked.isEmpty else { return steps + blocked }

        for plan in CollectionPlan.all {
            steps.append(try prepare(plan, found: collections[plan.name]))
            for index in plan.indexes {
                steps.append(try prepare(index, of: plan.name, found: indexes[plan.name] ?? []))
            }
        }
        if steps.contains(where: \.isBlocked) { return steps }
        return steps + (try seed())
    }

    /// Nil when the database was never prepared. Throws `.notPrepared` for one of a newer version.
    private func storedVersion() throws -> Int64? {
        let schema = try connection.findOne(Namespace(database, "schema_version"), filter: ["_id": "schema"])
        let stored = schema?["version"]?.int64Value
        if let stored, stored > Self.version {
            throw StoreError.notPrepared(
                "the database \(database) is of version \(stored); this program knows \(Self.version): use a newer one")
        }
        return stored
    }
}

extension Preparation.Step {
    package var isBlocked: Bool {
        if case .blocked = outcome { true } else { false }
    }
}
