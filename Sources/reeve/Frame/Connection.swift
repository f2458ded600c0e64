import Declaring
import Fleet
import FleetStore
import Foundation
import LocalMongo
import Logging
import MongoDB
import Planning

extension GlobalOptions {
    /// Opens the fleet's store, runs `body` and closes it again, however that ends.
    ///
    /// What the store and the declarer throw becomes one clear line with the right exit code, never with a password.
    ///
    /// - Parameters:
    ///   - role: what the process does, and `instance` which one of its role it is; the server shows both.
    ///   - declares: whether `body` may declare, so that a signal has to give that up properly.
    ///   - logger: for what the store remarks on its own; by default only `--verbose` shows it.
    func withStore<Result>(
        role: String = "cli", instance: String = "local", declares: Bool = false, logger: Logger? = nil,
        _ body: (MongoStore) async throws -> Result
    ) async throws -> Result {
        let address = try address()
        let connection = try address.connectionString()
        terminal.detail("database \(address.database) of \(connection.redacted)")
        do {
            var settings = MongoStore.Settings(
                uri: connection, database: address.database, role: role, instance: instance)
            if declares { settings.interruption = EndSignals.handle() }
            let store = try MongoStore(settings, logger: logger ?? self.logger)
            do {
                let result = try await body(store)
                await store.close()
                return result
            } catch {
                await store.close()
                throw error
            }
        } catch let error as StoreError {
            throw CommandFailure(error, at: connection)
        } catch let error as DeclaringError {
            throw CommandFailure(error, at: connection)
        }
    }

    /// Where the fleet's MongoDB is; says so when it is the private one, which is never started unasked.
    func address() throws -> ServerAddress {
        let environment = ProcessInfo.processInfo.environment
        let database = try databaseName()
        if let uri = try ServerAddress.configuredURI(self, environment: environment) {
            return ServerAddress(origin: .configured, uri: uri, database: database)
        }
        let directory = ServerAddress.localDirectory
        guard let server = LocalServer.status(directory: directory) else {
            throw CommandFailure(
                .unavailable,
                "no MongoDB is configured, and the private one in \(directory) does not run: start it with "
                    + "`reeve local start`, or name a server (--uri, --uri-file, REEVE_MONGODB_URI)")
        }
        terminal.note("using the private MongoDB in \(directory) (127.0.0.1:\(server.port))")
        return ServerAddress(origin: .local, uri: server.uri, database: database)
    }

    /// The fleet's database, wherever it is.
    func databaseName() throws -> String {
        let database = ServerAddress.database(self, environment: ProcessInfo.processInfo.environment)
        if let fault = ServerAddress.fault(ofDatabase: database) {
            throw CommandFailure(.usage, "REEVE_DATABASE \(fault)")
        }
        return database
    }

    /// The driver's own remarks, which only `--verbose` shows.
    var logger: Logger {
        Logger(label: "reeve") { label in
            if verbose { return StreamLogHandler.standardError(label: label) }
            return SwiftLogNoOpLogHandler()
        }
    }
}

extension ServerAddress {
    func connectionString() throws(CommandFailure) -> ConnectionString {
        do { return try ConnectionString(uri) } catch { throw CommandFailure(.usage, error.message) }
    }
}

extension CommandFailure {
    init(_ error: StoreError, at server: ConnectionString) {
        let host = server.hosts.joined(separator: ", ")
        switch error {
        case .unavailable(let message):
            self.init(
                .unavailable,
                "MongoDB at \(host) can't be reached: \(message)\n"
                    + "Is it running, as a replica set? `reeve local start` starts a private one.")
        case .refused(let message): self.init(.unavailable, "MongoDB at \(host) refuses us: \(message)")
        case .notPrepared(let message): self.init(.unavailable, message)
        case .interrupted: self.init(EndSignals.status, "interrupted: nothing was written")
        case .revisionMoved, .fenced: self.init(.conflict, "somebody else wrote meanwhile: try again")
        case .outcomeUnknown(let message):
            self.init(
                .unavailable,
                "MongoDB at \(host) did not confirm the write, which may have happened: \(message)\n"
                    + "Doing the same again is harmless.")
        case .malformed(let message): self.init(.incomplete, "a document in MongoDB is not as it should be: \(message)")
        case .failed(let code, let message):
            self.init(.unavailable, "MongoDB at \(host) refuses: \(message)" + (code == 0 ? "" : " (error \(code))"))
        }
    }

    init(_ error: DeclaringError, at server: ConnectionString) {
        switch error {
        case .store(let error): self.init(error, at: server)
        case .tooMany(let count, let limit, let canContinue):
            self.init(
                .invalid,
                "\(count) resources are too many for one transaction, which takes \(limit): take them in parts"
                    + (canContinue ? ", or several transactions (--continue)" : ""))
        case .unfinished(let count, let error):
            let written = "\(count) resources are written, the rest is not: the same command again does the rest"
            guard error != .store(.interrupted) else {
                self.init(EndSignals.status, "interrupted: \(written)")
                return
            }
            let end = CommandFailure(error, at: server)
            self.init(end.status, "\(written). What ended it: \(end.message)")
        case .contended(let attempts):
            self.init(
                .conflict, "others keep declaring: nothing was written in \(attempts) attempts; try again")
        case .withdrawn: self.init(.conflict, "it was given up; nothing was written")
        case .planUsed(let use):
            self.init(.conflict, "the plan was applied already, at \(use.at) by \(use.by); nothing was written")
        case .planStale(let differences):
            var lines = differences.prefix(20).map { "  \($0.message)".printable }
            if differences.count > 20 { lines.append("  and \(differences.count - 20) more") }
            self.init(
                .conflict,
                (["the plan does not fit any more: nothing was written. Make a new one:"] + lines)
                    .joined(separator: "\n"))
        case .planExpired(let made):
            self.init(
                .conflict,
                "the plan was made at \(made), more than \(SavedPlan.lifetimeDays) days ago: nothing was written")
        }
    }
}
