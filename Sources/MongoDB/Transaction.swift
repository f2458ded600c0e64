import BSON
import CMongoC
import Glibc

/// How a transaction is run. It always commits by majority.
package struct TransactionOptions: Sendable {
    /// All reads of a transaction are of one point in time in any case. `.local` is the newest; `.snapshot` may miss what
    /// was written with w:1 just before (2 of 50 times on a busy machine).
    package var readConcern: ReadConcern
    /// How often the work may be run in all; 1 hands a write conflict (112) to the caller at once.
    package var attempts: Int
    /// After that the work is not started again.
    package var timeLimit: Duration
    /// `wtimeout`: how long one commit waits for the majority.
    package var writeTimeout: Duration
    /// How long a commit whose answer was lost is sent again.
    package var commitTimeLimit: Duration

    package init(
        readConcern: ReadConcern = .local, attempts: Int = 8, timeLimit: Duration = .seconds(10),
        writeTimeout: Duration = .seconds(5), commitTimeLimit: Duration = .seconds(15)
    ) {
        self.readConcern = readConcern
        self.attempts = max(attempts, 1)
        self.timeLimit = timeLimit
        self.writeTimeout = writeTimeout
        self.commitTimeLimit = commitTimeLimit
    }

    /// One try: whoever calls retries in his own way.
    package static let once = TransactionOptions(attempts: 1)
}

/// An open transaction; every operation on it is part of it. Valid only inside of the closure that received it.
package final class Transaction: Operations {
    package let connection: Connection
    /// The 16 bytes of the session's UUID, as change events name it in `lsid.id`.
    package let sessionID: [UInt8]
    /// Which run of the work this is, from 1.
    package let attempt: Int

    init(connection: Connection, sessionID: [UInt8], attempt: Int) {
        self.connection = connection
        self.sessionID = sessionID
        self.attempt = attempt
    }
}

extension Connection {
    /// Runs `body` as one transaction, and commits it by majority.
    ///
    /// open → committed | aborted. `body` is aborted when it throws. It is run again, after a pause with jitter, when
    /// it throws a `MongoError` that is transient (such as a write conflict) while `options` allows it: so nothing may
    /// leave the process inside of it. A commit whose answer was lost is sent again, never the work.
    ///
    /// Throws what `body` throws; `.commitOutcomeUnknown` when no answer to the commit came in time: the caller reads
    /// again and assumes nothing.
    package func transaction<R>(
        _ options: TransactionOptions = TransactionOptions(), _ body: (Transaction) throws -> R
    ) throws -> R {
        guard !isInTransaction else {
            throw MongoError(.invalidArgument, message: "a transaction is open on this connection already")
        }
        let start = ContinuousClock.now
        var attempt = 1
        while true {
            do {
                return try run(body, attempt: attempt, options: options)
            } catch let error as MongoError where error.isTransient && error.kind != .commitOutcomeUnknown {
                guard attempt < options.attempts, ContinuousClock.now - start < options.timeLimit else { throw error }
                Backoff.pause(after: attempt)
                attempt += 1
            }
        }
    }

    private func run<R>(
        _ body: (Transaction) throws -> R, attempt: Int, options: TransactionOptions
    ) throws -> R {
        let session = try session()
        try begin(session.pointer, options)
        isInTransaction = true
        defer { isInTransaction = false }
        let result: R
        do {
            result = try body(Transaction(connection: self, sessionID: session.id, attempt: attempt))
        } catch {
            // The server's answer changes nothing: what it does not abort now ends with its lifetime limit.
            mongoc_client_session_abort_transaction(session.pointer, nil)
            throw error
        }
        try commit(session.pointer, options)
        return result
    }

    private func begin(_ session: OpaquePointer, _ options: TransactionOptions) throws(MongoError) {
        let settings = reeve_transaction_options(
            options.readConcern.rawValue, max(options.writeTimeout.inMilliseconds, 1))
        defer { mongoc_transaction_opts_destroy(settings) }
        var error = bson_error_t()
        guard mongoc_client_session_start_transaction(session, settings, &error) else { throw failure(error) }
    }

    private func commit(_ session: OpaquePointer, _ options: TransactionOptions) throws(MongoError) {
        let start = ContinuousClock.now
        var attempt = 1
        while true {
            let reply = CReply()
            var error = bson_error_t()
            if mongoc_client_session_commit_transaction(session, reply.pointer, &error) { return }
            var failure = failure(error, reply: reply.document)
            guard failure.isUnknownCommitResult else { throw failure }
            guard ContinuousClock.now - start < options.commitTimeLimit else {
                failure.message = "whether the transaction was committed is not known: \(failure.message)"
                failure.kind = .commitOutcomeUnknown
                throw failure
            }
            Backoff.pause(after: attempt)
            attempt += 1
        }
    }
}

/// Pauses of a retried transaction: 5 ms, half as much again each time, half a second at most, of which a random part.
private enum Backoff {
    static func pause(after attempt: Int) {
        var limit = 5.0
        for _ in 1..<max(attempt, 1) where limit < 500 {
            limit *= 1.5
        }
        usleep(useconds_t(Double.random(in: 0.2...1) * min(limit, 500) * 1_000))
    }
}
