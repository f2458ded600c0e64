import CMongoC

/// What the server or the driver refused, with the password never in it.
package struct MongoError: Error, Sendable, CustomStringConvertible {
    /// One document of a bulk that was refused; `index` counts in the order the operations were given.
    package struct WriteFailure: Sendable, Hashable {
        package var index: Int
        package var code: Int
        package var message: String
        /// The fields of the unique index that a duplicate key broke; empty for other refusals.
        package var violatedKeys: [String]

        package init(index: Int, code: Int, message: String, violatedKeys: [String] = []) {
            self.index = index
            self.code = code
            self.message = message
            self.violatedKeys = violatedKeys
        }

        package var kind: Kind { Kind(serverCode: Int32(truncatingIfNeeded: code)) }
    }

    /// The write was done, but not as durably as asked for, or not within `wtimeout`.
    package struct WriteConcernFailure: Sendable, Hashable {
        package var code: Int
        package var message: String
    }

    /// The server's code, or the driver's where `kind` is one of its own.
    package var code: Int32
    package var kind: Kind
    package var message: String
    /// The error labels of the reply: `TransientTransactionError` and the like.
    package var labels: Set<String>
    package var writeErrors: [WriteFailure]
    package var writeConcernError: WriteConcernFailure?
    /// What a bulk had done before it was refused; nothing of it stays when that was in a transaction.
    package var partial: BulkResult?

    package init(
        _ kind: Kind, code: Int32 = 0, message: String, labels: Set<String> = [], writeErrors: [WriteFailure] = [],
        writeConcernError: WriteConcernFailure? = nil
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.labels = labels
        self.writeErrors = writeErrors
        self.writeConcernError = writeConcernError
    }

    /// The whole transaction may be run again.
    package var isTransient: Bool { labels.contains(Label.transientTransaction) }
    /// The commit may be sent again; the work must not be.
    package var isUnknownCommitResult: Bool { labels.contains(Label.unknownCommitResult) }
    /// The connection broke, or the answer did not come within the socket's time limit. A write's outcome is unknown.
    package var isNetwork: Bool { kind == .network }
    /// The server gave up on a time limit (`maxTimeMS`, `wtimeout`).
    package var isTimeout: Bool { kind == .maxTimeExpired || kind == .writeConcernTimeout }
    package var isAuthentication: Bool { kind == .authentication }
    /// No server could be reached that may take the command.
    package var isServerSelection: Bool { kind == .serverSelection }
    /// MongoDB is away (or changing its primary): nothing is wrong with the work itself.
    package var isUnavailable: Bool { kind == .network || kind == .serverSelection || kind == .notWritablePrimary }

    /// A bulk of which everything was done but what stands there already, as durably as asked for.
    package var isOnlyOfDuplicates: Bool {
        !writeErrors.isEmpty && writeErrors.allSatisfy { $0.kind == .duplicateKey } && writeConcernError == nil
    }

    package var description: String { code == 0 ? message : "\(message) (\(kind.rawValue), \(code))" }

    /// The labels the driver acts on.
    enum Label {
        static let transientTransaction = "TransientTransactionError"
        static let unknownCommitResult = "UnknownTransactionCommitResult"
        static let resumableChangeStream = "ResumableChangeStreamError"
        static let all = [
            transientTransaction, unknownCommitResult, resumableChangeStream, "RetryableWriteError",
            "NonResumableChangeStreamError",
        ]
    }
}

extension MongoError {
    /// What callers tell apart; the raw value is the word that is shown.
    package enum Kind: String, Sendable {
        // Said by the server.
        case duplicateKey, documentValidation, pathNotViable, writeConflict, noSuchTransaction, transactionTooOld
        case notWritablePrimary, unauthorized, authentication, maxTimeExpired, writeConcernTimeout
        case cursorNotFound, cursorKilled, changeStreamHistoryLost, changeStreamFatal, invalidResumeToken, invalidated
        case namespaceNotFound, namespaceExists, indexConflict, documentTooLarge
        // Said by the driver.
        case network, serverSelection, invalidArgument, closed
        /// A commit that was sent, and whose answer did not come: read again, never assume.
        case commitOutcomeUnknown
        case other

        package init(serverCode: Int32) {
            switch serverCode {
            case 11000, 11001, 12582: self = .duplicateKey
            case 121: self = .documentValidation
            case 28: self = .pathNotViable
            case 112: self = .writeConflict
            case 251: self = .noSuchTransaction
            case 225: self = .transactionTooOld
            // Also: interrupted by a shutdown or by a change of the primary.
            case 10107, 13435, 13436, 189, 91, 11600, 11602: self = .notWritablePrimary
            case 13: self = .unauthorized
            case 18: self = .authentication
            case 50, 262: self = .maxTimeExpired
            case 64: self = .writeConcernTimeout
            case 43: self = .cursorNotFound
            case 237: self = .cursorKilled
            case 280: self = .changeStreamFatal
            case 286: self = .changeStreamHistoryLost
            case 260: self = .invalidResumeToken
            case 26: self = .namespaceNotFound
            case 48: self = .namespaceExists
            case 85, 86: self = .indexConflict
            case 10334, 17419, 17420: self = .documentTooLarge
            default: self = .other
            }
        }

        init(domain: UInt32, code: UInt32) {
            switch domain {
            case MONGOC_ERROR_SERVER.rawValue, MONGOC_ERROR_WRITE_CONCERN.rawValue:
                self.init(serverCode: Int32(truncatingIfNeeded: code))
            case MONGOC_ERROR_SERVER_SELECTION.rawValue: self = .serverSelection
            case MONGOC_ERROR_STREAM.rawValue: self = .network
            case MONGOC_ERROR_SASL.rawValue, MONGOC_ERROR_SCRAM.rawValue: self = .authentication
            case MONGOC_ERROR_CLIENT.rawValue where code == MONGOC_ERROR_CLIENT_AUTHENTICATE.rawValue:
                self = .authentication
            case MONGOC_ERROR_CURSOR.rawValue, MONGOC_ERROR_BSON.rawValue, MONGOC_ERROR_COMMAND.rawValue,
                MONGOC_ERROR_NAMESPACE.rawValue:
                self = .invalidArgument
            default: self = .other
            }
        }
    }
}
