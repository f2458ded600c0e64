import CMongoC

/// How a client behaves where its URI says nothing.
package struct ClientOptions: Sendable {
    /// Shown by the server beside each operation, `reeve/<role>/<instance>/<epoch>`; at most 128 bytes.
    package var appName: String
    /// Threads, and so connections, of the client: 2 to 8, whatever is asked for.
    package var threads: Int { didSet { threads = Self.allowed(threads) } }
    /// How long a command looks for a server that may take it. Below five seconds, because a command says within five
    /// seconds that it cannot reach MongoDB.
    package var serverSelectionTimeout: Duration
    /// How long an answer may take before the connection counts as broken. A blocked call cannot be cancelled.
    package var socketTimeout: Duration
    package var connectTimeout: Duration
    /// Whether the time limits hold even where the URI states longer ones: for what has a deadline of its own.
    package var limitsBind = false

    package init(
        appName: String, threads: Int = 4, serverSelectionTimeout: Duration = .seconds(3),
        socketTimeout: Duration = .seconds(30), connectTimeout: Duration = .seconds(3)
    ) {
        self.appName = appName
        self.threads = Self.allowed(threads)
        self.serverSelectionTimeout = serverSelectionTimeout
        self.socketTimeout = socketTimeout
        self.connectTimeout = connectTimeout
    }

    private static func allowed(_ threads: Int) -> Int { min(max(threads, 2), 8) }

    /// Sets the name always, the time limits unless the URI states them, and a pool as large as the threads. Reads go to
    /// the primary, whatever the URI says: what a secondary has may be old, and decisions rest on it.
    func apply(to uri: OpaquePointer) throws(MongoError) {
        guard !appName.utf8.contains(0), mongoc_uri_set_appname(uri, appName) else {
            throw MongoError(
                .invalidArgument, message: "`\(appName)` can't be an application name: over 128 bytes, or set twice")
        }
        let limits: [(String, Duration)] = [
            (MONGOC_URI_SERVERSELECTIONTIMEOUTMS, serverSelectionTimeout),
            (MONGOC_URI_SOCKETTIMEOUTMS, socketTimeout),
            (MONGOC_URI_CONNECTTIMEOUTMS, connectTimeout),
        ]
        for (name, limit) in limits {
            let limit = Int32(clamping: limit.inMilliseconds)
            // Zero is no limit at all.
            let stated = mongoc_uri_get_option_as_int32(uri, name, 0)
            guard !mongoc_uri_has_option(uri, name) || limitsBind && (stated <= 0 || stated > limit) else { continue }
            mongoc_uri_set_option_as_int32(uri, name, limit)
        }
        let primary = mongoc_read_prefs_new(MONGOC_READ_PRIMARY)
        mongoc_uri_set_read_prefs_t(uri, primary)
        mongoc_read_prefs_destroy(primary)
        let size = mongoc_uri_get_option_as_int32(uri, MONGOC_URI_MAXPOOLSIZE, 0)
        mongoc_uri_set_option_as_int32(uri, MONGOC_URI_MAXPOOLSIZE, max(size, Int32(threads)))
    }
}

extension Duration {
    /// Rounded towards zero.
    var inMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
