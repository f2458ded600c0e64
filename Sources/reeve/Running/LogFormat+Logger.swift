import Logging

extension RunCommand.LogFormat {
    /// A logger that writes so, on standard error.
    func logger(level: Logger.Level) -> Logger {
        var logger = Logger(label: "reeve") { label in
            switch self {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler(label: label)
            }
        }
        logger.logLevel = level
        return logger
    }
}
