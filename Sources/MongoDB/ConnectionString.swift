import CMongoC

/// A MongoDB URI that was checked. It shows itself only redacted: the password cannot be printed, logged or dumped.
package struct ConnectionString: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The URI without user, password and the options that hold secrets.
    package let redacted: String
    /// `host:port` of each seed; the name of the record for `mongodb+srv`.
    package let hosts: [String]
    /// The database that the URI names, if any.
    package let database: String?
    package let username: String?

    private let text: String
    /// `socketTimeoutMS`, if the URI states it.
    let socketTimeout: Duration?
    let redaction: Redaction

    /// Checks `text`; nothing is connected to.
    ///
    /// Throws `.invalidArgument` with the reason, without any part of the user name or the password.
    package init(_ text: String) throws(MongoError) {
        Driver.start()
        guard !text.utf8.contains(0) else {
            throw MongoError(.invalidArgument, message: "the connection string holds a NUL")
        }
        var error = bson_error_t()
        guard let uri = mongoc_uri_new_with_error(text, &error) else {
            throw MongoError(.invalidArgument, message: Self.refusal(text, error))
        }
        defer { mongoc_uri_destroy(uri) }
        self.text = text
        database = mongoc_uri_get_database(uri).map { String(cString: $0) }
        username = mongoc_uri_get_username(uri).map { String(cString: $0) }
        hosts = Self.hosts(of: uri)
        let limit = mongoc_uri_get_option_as_int32(uri, MONGOC_URI_SOCKETTIMEOUTMS, 0)
        socketTimeout = limit > 0 ? .milliseconds(Int64(limit)) : nil
        let given = Self.secrets(in: text)
        redaction = Redaction(secrets: given + [mongoc_uri_get_password(uri).map { String(cString: $0) } ?? ""])
        redacted = redaction(text)
    }

    package var description: String { redacted }
    package var debugDescription: String { redacted }
    package var customMirror: Mirror { Mirror(self, children: ["uri": redacted]) }

    /// Hands out the driver's own form of the URI, with what `options` says unless the URI itself says it.
    func withURI<R>(_ options: ClientOptions, _ body: (OpaquePointer) throws(MongoError) -> R) throws(MongoError) -> R {
        guard let uri = mongoc_uri_new(text) else {
            throw MongoError(.invalidArgument, message: "the connection string is not valid")
        }
        defer { mongoc_uri_destroy(uri) }
        try options.apply(to: uri)
        return try body(uri)
    }

    /// The driver's reason may quote a part of a badly escaped password, so it is only shown where there is none.
    private static func refusal(_ text: String, _ error: bson_error_t) -> String {
        if text.contains("@") {
            return "the connection string is not valid (`:`, `/`, `?`, `#`, `@` and `%` in a user name or a password "
                + "must be percent-encoded)"
        }
        return "the connection string is not valid: \(error.text)"
    }

    private static func hosts(of uri: OpaquePointer) -> [String] {
        if let name = mongoc_uri_get_srv_hostname(uri) {
            return [String(cString: name)]
        }
        var hosts: [String] = []
        var next = mongoc_uri_get_hosts(uri)
        while let host = next {
            hosts.append(
                withUnsafeBytes(of: host.pointee.host_and_port) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                })
            next = UnsafePointer(host.pointee.next)
        }
        return hosts
    }

    /// The values of the options that hold secrets, and the password as it is written.
    private static func secrets(in text: String) -> [String] {
        let secretOptions = [
            "tlscertificatekeyfilepassword", "sslclientcertificatekeypassword", "authmechanismproperties",
        ]
        var secrets: [String] = []
        if let query = text.split(separator: "?", maxSplits: 1).dropFirst().first {
            for option in query.split(whereSeparator: { $0 == "&" || $0 == ";" }) {
                let parts = option.split(separator: "=", maxSplits: 1)
                if parts.count == 2, secretOptions.contains(parts[0].lowercased()) {
                    secrets.append(String(parts[1]))
                }
            }
        }
        if let scheme = text.firstRange(of: "://"), let at = text.lastIndex(of: "@"), scheme.upperBound < at {
            let parts = text[scheme.upperBound..<at].split(separator: ":", maxSplits: 1)
            if parts.count == 2 {
                secrets.append(String(parts[1]))
            }
        }
        return secrets
    }
}
