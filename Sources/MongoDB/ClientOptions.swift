import CMongoC

/// How a client behaves where its URI says nothing.
package struct ClientOptions: Sendable {
    /// Shown by the server beside each operation, `reeve/<role>/<instance>/<epoch>`; at most 128 bytes.
    package var appName: String
    /// Threads, and so connections, of the client: 2 to 8.
    package var threads: Int
    /// How long a command looks for a server that may take it. Below five seconds, because a command says within five
    /// seconds that it cannot reach MongoDB.
    package var serverSelectionTimeout: Duration
    /// How long an answer may take before the connection counts as broken. A blocked call cannot be cancelled.
    package var socketTimeout: Duration
    package var connectTimeout: Duration

    package init(
        appName: String, threads: Int = 4, serverSelectionTimeout: Duration = .milliseconds(4_500),
        socketTimeout: Duration = .seconds(30), connectTimeout: Duration = .milliseconds(4_500)
    ) {
        self.appName = appName
        self.threads = min(max(threads, 2), 8)
        self.serverSelectionTimeout = serverSelectionTimeout
        self.socketTimeout = socketTimeout
        self.connectTimeout = connectTimeout
    }

    /// Sets the name always, the time limits unless the URI states them, and a pool as large as the threads.
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
        for (name, limit) in limits where !mongoc_uri_has_option(uri, name) {
            mongoc_uri_set_option_as_int32(uri, name, Int32(clamping: limit.inMilliseconds))
        }
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
