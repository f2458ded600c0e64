import BSON
internal import Fleet
package import Logging
package import MongoDB
import Synchronization

/// The store in MongoDB. It needs a database that `reeve init` has prepared.
///
/// Three clients, each with threads and connections of its own, opened when they are first needed: one reads and
/// declares; one, under the name of the leadership it writes for, commits; a small one holds the lease, so that a
/// renewal never waits behind a batch.
package final class MongoStore: Store {
    package struct Settings: Sendable {
        package var uri: ConnectionString
        package var database: String
        /// What the process does, such as `daemon` or `apply`; shown by the server beside each operation.
        package var role: String
        /// A stable name of this process' place; a restart keeps it.
        package var instance: String
        /// How many reads and declarations run side by side, 2 to 8.
        package var threads: Int
        /// Whether somebody wants this process to end while it declares.
        package var interruption = Interruption.never

        package init(
            uri: ConnectionString, database: String = "reeve", role: String = "cli", instance: String = "local",
            threads: Int = 4
        ) {
            self.uri = uri
            self.database = database
            self.role = role
            self.instance = instance
            self.threads = threads
        }
    }

    /// Lets a declaration be given up: a process that died in the middle of one would hold up others for some time.
    package struct Interruption: Sendable {
        /// Called before a declaration's transaction opens and after it has ended, on the thread that writes.
        package var isWriting: @Sendable (Bool) -> Void
        /// Asked before each of its commands.
        package var isWanted: @Sendable () -> Bool

        package init(isWriting: @escaping @Sendable (Bool) -> Void, isWanted: @escaping @Sendable () -> Bool) {
            self.isWriting = isWriting
            self.isWanted = isWanted
        }

        package static let never = Interruption(isWriting: { _ in }, isWanted: { false })
    }

    let settings: Settings
    let logger: Logger
    let client: Client
    private let leaseHolder = Mutex<Client?>(nil)
    private let writer = Mutex<Writer?>(nil)
    /// The sessions of every client that has committed for this store: a feed may still bring what a former one wrote.
    private let writerSessions = Mutex<[SessionIDs]>([])

    private struct Writer: Sendable {
        let epoch: Int64
        let client: Client
    }

    /// Connects to nothing yet; throws only for settings that cannot be.
    package init(_ settings: Settings, logger: Logger) throws(StoreError) {
        self.settings = settings
        self.logger = logger
        do throws(MongoError) {
            client = try Client(
                settings.uri,
                options: ClientOptions(
                    appName: settings.clientName(settings.role), threads: settings.threads),
                logger: logger)
        } catch {
            throw StoreError(error)
        }
    }

    /// Another client of the same database, with connections of its own, under another role: this store's feed tells of
    /// what it writes, as it does of everybody's but this store's.
    package func another(role: String) throws(StoreError) -> MongoStore {
        var settings = settings
        settings.role = role
        return try MongoStore(settings, logger: logger)
    }

    /// Finishes what was asked for before and ends every connection. Idempotent.
    package func close() async {
        let lease = leaseHolder.withLock { client in
            defer { client = nil }
            return client
        }
        let writer = writer.withLock { writer in
            defer { writer = nil }
            return writer?.client
        }
        await writer?.close()
        await lease?.close()
        await client.close()
    }

    /// The lanes that the database was prepared with; their fences are numbered from 0.
    ///
    /// Throws `.notPrepared` for a database that `reeve init` has not seen.
    package func lanes() async throws(StoreError) -> Int {
        let schema = try await perform { [schemas = namespace(.schema)] connection in
            try connection.findOne(schemas, filter: ["_id": "schema"])
        }
        guard let lanes = schema?["lanes"]?.int64Value, lanes > 0 else {
            throw .notPrepared("the database \(settings.database) was not prepared: run `reeve init`")
        }
        return Int(lanes)
    }

    func namespace(_ collection: Collection) -> Namespace { Namespace(settings.database, collection.rawValue) }

    /// One hop to a thread of the client, on which `body` may block.
    func perform<Result: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> Result
    ) async throws(StoreError) -> Result {
        try await perform(on: client, body)
    }

    func perform<Result: Sendable>(
        on client: Client, _ body: @escaping @Sendable (Connection) throws -> Result
    ) async throws(StoreError) -> Result {
        do { return try await client.run(body) } catch { throw StoreError(error) }
    }
}

/// The collections that the store reads and writes.
enum Collection: String, CaseIterable {
    case desired, status, nodes, events, decisions, tombstones, leases, fences, revision, agents, plans
    case desiredRevisions = "desired_revisions"
    case pools = "node_pools"
    case metrics = "resource_metrics"
    case tokens = "node_tokens"
    case history = "node_history"
    case schema = "schema_version"

    /// The collection of a kind's documents; nil for what stands in `desired` alone.
    init?(of kind: Kind) {
        guard let name = kind.collection else { return nil }
        self.init(rawValue: name)
    }
}

// MARK: The clients beside the one that reads.

extension MongoStore {
    /// The client that holds the lease.
    func leaseClient() throws(StoreError) -> Client {
        try opened { () throws(MongoError) in
            try leaseHolder.withLock { (client) throws(MongoError) -> Client in
                if let client { return client }
                // A renewal that hangs must leave time for another before the lease has run out.
                var options = ClientOptions(
                    appName: settings.clientName("lease"), threads: 2, serverSelectionTimeout: .seconds(2),
                    socketTimeout: .seconds(3), connectTimeout: .seconds(2))
                options.limitsBind = true
                let opened = try Client(settings.uri, options: options, logger: logger)
                client = opened
                return opened
            }
        }
    }

    /// The client that commits for one leadership. Its name tells a later leader whose transactions it may end, so a
    /// new epoch gets a new client; the old one's last transactions end by themselves, fenced.
    func writer(for epoch: Int64) throws(StoreError) -> Client {
        try opened { () throws(MongoError) in
            try writer.withLock { (writer) throws(MongoError) -> Client in
                if let writer, writer.epoch == epoch { return writer.client }
                let opened = try Client(
                    settings.uri, options: ClientOptions(appName: writerName(epoch: epoch), threads: settings.threads),
                    logger: logger)
                writer = Writer(epoch: epoch, client: opened)
                writerSessions.withLock { $0.append(opened.sessionIDs) }
                return opened
            }
        }
    }

    /// Whether this store itself wrote in that session.
    func isOwn(session: [UInt8]) -> Bool {
        client.sessionIDs.contains(session) || writerSessions.withLock { $0.contains { $0.contains(session) } }
    }

    /// `reeve/<role>/<instance>/<epoch>/<database>`: the database, so that a take-over never ends the transactions of
    /// another fleet on the same servers.
    func writerName(epoch: Int64) -> String {
        settings.clientName(Self.writerRole, "/\(epoch)/\(settings.database)")
    }

    /// The epoch of the leadership that a client of this name writes for; nil for one that is no writer of this
    /// database.
    func writerEpoch(_ name: String) -> Int64? {
        let end = "/\(settings.database)"
        guard name.hasPrefix("reeve/\(Self.writerRole)/"), name.hasSuffix(end) else { return nil }
        return name.dropLast(end.count).split(separator: "/").last.flatMap { Int64($0) }
    }

    private static var writerRole: String { "daemon" }

    private func opened(_ open: () throws(MongoError) -> Client) throws(StoreError) -> Client {
        do throws(MongoError) { return try open() } catch { throw StoreError(error) }
    }
}

extension MongoStore.Settings {
    /// `reeve/<role>/<instance><end>`: a name has at most 128 bytes, so a long instance is cut.
    func clientName(_ role: String, _ end: String = "") -> String {
        let start = "reeve/\(role)/"
        return start + instance.cut(toBytes: max(128 - start.utf8.count - end.utf8.count, 0), mark: "") + end
    }
}
