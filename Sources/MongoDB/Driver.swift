import CMongoC
import Glibc
import Logging
import Synchronization

/// The driver's state of the whole process: started once, its own log lines handed to swift-log without secrets.
enum Driver {
    private static let logger = Mutex<Logger?>(nil)
    private static let started: Void = {
        mongoc_init()
        // The driver's counters lie in shared memory, since before `main`. A killed process would leave its segment
        // behind, and a later one with the same id would warn of it on standard error.
        shm_unlink("/mongoc-\(getpid())")
        mongoc_log_set_handler(
            { level, domain, message, _ in
                guard let message else { return }
                Driver.log(level, domain.map { String(cString: $0) } ?? "", String(cString: message))
            }, nil)
    }()

    static func start() {
        started
    }

    /// The driver has one log for all its clients: the first client's logger receives it.
    static func send(logTo logger: Logger) {
        self.logger.withLock { current in
            if current == nil {
                current = logger
            }
        }
    }

    private static func log(_ level: mongoc_log_level_t, _ domain: String, _ message: String) {
        guard let logger = logger.withLock({ $0 }) else { return }
        // Whatever matters reaches a caller as an error; the driver warns of much that is expected, such as an abort
        // that came too late.
        let severity: Logger.Level =
            level == MONGOC_LOG_LEVEL_CRITICAL || level == MONGOC_LOG_LEVEL_ERROR ? .warning : .debug
        logger.log(level: severity, "\(Redaction()(message))", metadata: ["driver": "\(domain)"])
    }
}

extension bson_error_t {
    /// The driver's own words.
    var text: String {
        withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
