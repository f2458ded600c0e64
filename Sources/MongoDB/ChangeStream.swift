import BSON
import CMongoC
import Dispatch
import Logging
import Synchronization

/// The changes of a database, on a thread and a connection of its own.
///
/// closed → open → lost → open → …; `stop` ends it from anywhere. What breaks only the connection is mended without a
/// word, by a resume token that never leaves this type; anything else is `.lost`, and the stream begins again from now.
package final class ChangeStream: Sendable {
    package enum Event: Sendable {
        /// The server watches: every later change will be delivered. What was before is the receiver's to read.
        case opened
        /// Changes in their order, as many as were there; never empty.
        case batch([Document])
        /// Changes may have been missed. Said once, until the next `.opened`.
        case lost(MongoError)
    }

    private let uri: ConnectionString
    private let options: ClientOptions
    private let database: String
    private let pipeline: [Document]
    private let maxAwait: Duration
    private let logger: Logger
    private let isStopped = Atomic<Bool>(false)
    private let wake = DispatchSemaphore(value: 0)
    private let end = Mutex<(isOver: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))

    /// `pipeline` follows `$changeStream`. `maxAwait`: how long the server waits for a change before it answers that
    /// there is none; at most a second. It delays no change, only the end.
    package init(
        uri: ConnectionString, options: ClientOptions, database: String, pipeline: [Document] = [],
        maxAwait: Duration = .milliseconds(500), logger: Logger
    ) {
        self.uri = uri
        self.database = database
        self.pipeline = pipeline
        // An answer that says "nothing yet" must come before the connection counts as broken.
        let longest = min(.seconds(1), (uri.socketTimeout ?? .seconds(2)) / 2)
        self.maxAwait = max(min(maxAwait, longest), .milliseconds(1))
        self.logger = logger
        // The server answers within `maxAwait`: one that is silent for much longer is gone.
        self.options = {
            var options = options
            options.socketTimeout = min(options.socketTimeout, .seconds(10))
            return options
        }()
    }

    /// Begins to watch; `handler` is called on the stream's thread, one event at a time. To be called once.
    package func start(_ handler: @escaping @Sendable (Event) -> Void) throws(MongoError) {
        Driver.start()
        Driver.send(logTo: logger)
        try SystemThread.start(named: "mongo-changes") { [self] in
            watch(handler)
            let waiters = end.withLock { end in
                defer { end = (true, []) }
                return end.waiters
            }
            for waiter in waiters {
                waiter.resume()
            }
        }
    }

    /// Asks the stream to end and returns at once; it ends within `maxAwait`. Idempotent, from any thread.
    package func stop() {
        if !isStopped.exchange(true, ordering: .acquiringAndReleasing) {
            wake.signal()
        }
    }

    /// Returns when the thread has ended: no event comes after that. To be called after `start` and `stop`.
    package func ended() async {
        await withCheckedContinuation { continuation in
            let isOver = end.withLock { end in
                if !end.isOver {
                    end.waiters.append(continuation)
                }
                return end.isOver
            }
            if isOver {
                continuation.resume()
            }
        }
    }

    private func watch(_ handler: (Event) -> Void) {
        var state = Watching()
        while !stopped {
            do throws(MongoError) {
                try follow(&state, handler)
            } catch {
                guard !stopped else { return }
                switch state.failed(error) {
                case .resume(let pause):
                    logger.debug("the change stream is resumed", metadata: ["error": "\(error)"])
                    sleep(pause)
                case .report(let pause):
                    logger.info("the change stream was lost", metadata: ["error": "\(error)"])
                    handler(.lost(error))
                    sleep(pause)
                case .wait(let pause):
                    logger.debug("the change stream cannot be opened", metadata: ["error": "\(error)"])
                    sleep(pause)
                }
            }
        }
    }

    private var stopped: Bool { isStopped.load(ordering: .acquiring) }

    /// Waits until then or until `stop`.
    private func sleep(_ pause: Duration) {
        _ = wake.wait(timeout: .now() + .milliseconds(Int(pause.inMilliseconds)))
    }

    /// Opens the stream and hands on what comes, until an error or `stop`. A new driver's client each time: a used one
    /// waits five seconds before it connects again.
    private func follow(_ state: inout Watching, _ handler: (Event) -> Void) throws(MongoError) {
        let client = try uri.withURI(options) { (uri) throws(MongoError) in
            var error = bson_error_t()
            guard let client = mongoc_client_new_from_uri_with_error(uri, &error) else {
                throw MongoError(error, reply: Document(), redaction: self.uri.redaction)
            }
            return client
        }
        defer { mongoc_client_destroy(client) }
        mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2)
        let connection = Connection(client: client, redaction: uri.redaction, sessionIDs: SessionIDs())
        defer { connection.end() }

        var reply = try ChangeBatch(connection.command(database, aggregate(resumingAfter: state.resumeToken)))
        if state.opened() {
            handler(.opened)
        }
        while true {
            state.resumeToken = reply.resumeToken ?? state.resumeToken
            if !reply.events.isEmpty {
                handler(.batch(reply.events))
            }
            guard reply.cursor != 0 else {
                throw MongoError(.invalidated, message: "the server ended the change stream")
            }
            if stopped {
                _ = try? connection.command(database, kill(reply.cursor))
                return
            }
            reply = try ChangeBatch(connection.command(database, more(reply.cursor)))
            state.delivered()
        }
    }

    private func aggregate(resumingAfter token: Document?) -> Document {
        Document { command in
            command.append("aggregate", Int32(1))
            command.array("pipeline") { stages in
                stages.document { stage in
                    stage.document("$changeStream") { watch in
                        if let token { watch.append("resumeAfter", token) }
                    }
                }
                for stage in pipeline { stages.append(stage) }
            }
            command.append("cursor", Document())
        }
    }

    private func more(_ cursor: Int64) -> Document {
        Document { command in
            command.append("getMore", cursor)
            command.append("collection", "$cmd.aggregate")
            command.append("maxTimeMS", maxAwait.inMilliseconds)
        }
    }

    private func kill(_ cursor: Int64) -> Document {
        Document { command in
            command.append("killCursors", "$cmd.aggregate")
            command.array("cursors") { $0.append(cursor) }
        }
    }
}

/// One answer of the server.
private struct ChangeBatch {
    var cursor: Int64 = 0
    var events: [Document] = []
    var resumeToken: Document?

    init(_ reply: Document) throws(MongoError) {
        do throws(BSONError) {
            try reply.withView { (reply) throws(BSONError) in
                guard let cursor = try reply.first("cursor")?.document() else { return }
                var elements = try cursor.cursor()
                while let element = try elements.next() {
                    try read(element)
                }
            }
        } catch {
            throw MongoError(.other, message: "a change stream's reply cannot be read: \(error)")
        }
    }

    private mutating func read(_ element: ElementView) throws(BSONError) {
        switch element.key {
        case "id": cursor = try element.int64()
        case "postBatchResumeToken": resumeToken = try element.document().document()
        case "firstBatch", "nextBatch":
            var batch = try element.array().cursor()
            while let event = try batch.next() {
                events.append(try event.document().document())
            }
        default: break
        }
    }
}

/// What the stream knows between two of the server's answers, and what it does about an error.
private struct Watching {
    enum Reaction {
        /// Nothing is lost yet: go on after the token.
        case resume(Duration)
        /// Say so, then begin from now.
        case report(Duration)
        /// It was said before.
        case wait(Duration)
    }

    /// Where a new stream goes on; nil: from now.
    var resumeToken: Document?
    private var isOpen = false
    private var isReported = false
    private var failures = 0

    /// True when the receiver has to be told.
    mutating func opened() -> Bool {
        defer { (isOpen, isReported) = (true, false) }
        return !isOpen
    }

    mutating func delivered() {
        failures = 0
    }

    /// A broken connection is resumed for as long as the first three pauses last; everything else is lost at once.
    mutating func failed(_ error: MongoError) -> Reaction {
        failures += 1
        let pause = Duration.milliseconds(min(50 << min(failures - 1, 6), 2_000))
        if isOpen, resumeToken != nil, failures <= 3, error.isResumable {
            return .resume(pause)
        }
        defer { (isOpen, isReported, resumeToken) = (false, true, nil) }
        return isReported ? .wait(pause) : .report(pause)
    }
}

extension MongoError {
    fileprivate var isResumable: Bool {
        isUnavailable || kind == .cursorNotFound || labels.contains(Label.resumableChangeStream)
    }
}
