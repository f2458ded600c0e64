import BSON
import CMongoC
import Logging
import Synchronization

/// A client of one MongoDB: its own threads, each with a connection and a session that it keeps for life.
///
/// Nothing is connected to before the first use. Blocking calls run on these threads only, never on Swift's
/// cooperative pool: there they could freeze the process.
package final class Client: Sendable {
    /// Recognises this client's own writes in a change stream.
    package let sessionIDs = SessionIDs()
    package let uri: ConnectionString

    private typealias Job = @Sendable (Connection) -> Void
    private let queue: JobQueue<Job>
    private let ending: Ending

    /// Throws `.invalidArgument` for options that cannot be; a server that is away shows at the first use.
    package init(
        _ uri: ConnectionString, options: ClientOptions, logger: Logger = Logger(label: "mongodb")
    ) throws(MongoError) {
        Driver.start()
        Driver.send(logTo: logger)
        self.uri = uri
        let pool = try uri.withURI(options) { (uri) throws(MongoError) in try ClientPool(uri) }
        let queue = JobQueue<Job>(takers: options.threads)
        let ending = Ending(threads: options.threads, pool: pool)
        self.queue = queue
        self.ending = ending
        let (sessionIDs, redaction) = (sessionIDs, uri.redaction)
        var started = 0
        do throws(MongoError) {
            while started < options.threads {
                try SystemThread.start(named: "mongo-\(started + 1)") {
                    pool.withClient { client in
                        let connection = Connection(client: client, redaction: redaction, sessionIDs: sessionIDs)
                        while let job = queue.take() {
                            job(connection)
                        }
                        connection.end()
                    }
                    ending.threadEnded()
                }
                started += 1
            }
        } catch {
            // The threads that run end, and the last of them destroys the pool, as if the others had ended before.
            queue.close()
            for _ in started..<options.threads { ending.threadEnded() }
            throw error
        }
    }

    /// Runs `body` on one of the client's own threads, with a connection of its own. Jobs start in the order they came.
    ///
    /// `body` blocks and cannot be cancelled; its time limits end it. Throws `.closed` after `close`.
    @discardableResult
    package func run<R: Sendable>(_ body: @escaping @Sendable (Connection) throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            let accepted = queue.add { connection in
                continuation.resume(with: Result { try body(connection) })
            }
            if !accepted {
                continuation.resume(throwing: MongoError(.closed, message: "the client was closed"))
            }
        }
    }

    /// Finishes what was handed in before and returns when no thread works any more. Idempotent.
    package func close() async {
        queue.close()
        await ending.wait()
    }

    deinit {
        queue.close()
    }
}

/// The driver's pool of clients, destroyed by the last of the threads that use it.
private final class ClientPool: @unchecked Sendable {
    // Unchecked because the driver documents its pool as safe for use by several threads at once.
    private let pointer: OpaquePointer

    init(_ uri: OpaquePointer) throws(MongoError) {
        var error = bson_error_t()
        guard let pointer = mongoc_client_pool_new_with_error(uri, &error) else {
            throw MongoError(error, reply: Document(), redaction: Redaction())
        }
        mongoc_client_pool_set_error_api(pointer, MONGOC_ERROR_API_VERSION_2)
        self.pointer = pointer
    }

    /// Checks a client out for as long as `body` runs, on one thread.
    func withClient(_ body: (OpaquePointer) -> Void) {
        guard let client = mongoc_client_pool_pop(pointer) else { return }
        defer { mongoc_client_pool_push(pointer, client) }
        body(client)
    }

    /// To be called once, when every client was handed back.
    func destroy() {
        mongoc_client_pool_destroy(pointer)
    }
}

/// Counts a client's threads down; the last one tells who waits for the end, and destroys the pool.
private final class Ending: Sendable {
    private struct State {
        var threads: Int
        var isOver = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let pool: ClientPool
    private let state: Mutex<State>

    init(threads: Int, pool: ClientPool) {
        self.pool = pool
        state = Mutex(State(threads: threads))
    }

    /// Called on the thread itself, so that the pool's end blocks nobody else.
    func threadEnded() {
        let isLast = state.withLock { state in
            state.threads -= 1
            return state.threads == 0
        }
        guard isLast else { return }
        // Last, because the driver's own threads take half a second to end.
        defer { pool.destroy() }
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            state.isOver = true
            return state.waiters
        }
        for waiter in waiters {
            waiter.resume()
        }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                guard !state.isOver else { return true }
                state.waiters.append(continuation)
                return false
            }
            if isOver {
                continuation.resume()
            }
        }
    }
}
