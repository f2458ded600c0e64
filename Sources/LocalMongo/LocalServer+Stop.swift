import Foundation
import Glibc

extension LocalServer {
    /// Ends the server and waits until it is gone; its data stay. Nothing happens when it does not run any more.
    ///
    /// Signals go only to the very process that was started: its start time and its command line are compared first.
    package func stop() async throws {
        let lock = try DirectoryLock(directory)
        defer { lock.release() }
        try await end()
    }

    /// Stops the server of `directory`, if one runs, and removes the directory with its data.
    package static func reset(directory: String) async throws {
        let directory = absolute(directory)
        guard access(directory, F_OK) == 0 else { return }
        let lock = try DirectoryLock(directory)
        defer { lock.release() }
        if let record = ServerRecord.read(from: directory) {
            try await LocalServer(record, directory: directory).end()
        }
        // Only what a start has made: the directory may hold something else.
        for name in ["data", "key", "mongod.log", ServerRecord.fileName, "lock"] {
            try? FileManager.default.removeItem(atPath: "\(directory)/\(name)")
        }
        rmdir(directory)
    }

    /// Stops the server that runs on `directory`; false if none does.
    package static func stop(directory: String) async throws -> Bool {
        let directory = absolute(directory)
        guard let record = ServerRecord.read(from: directory), record.isRunning(in: directory) else { return false }
        try await LocalServer(record, directory: directory).stop()
        return true
    }

    private func end() async throws {
        guard let record = ServerRecord.read(from: directory), record.pid == pid else { return }
        watchdog?.dismiss()
        guard record.isRunning(in: directory) else { return }
        // A frozen process takes no SIGTERM before it goes on.
        for (signal, limit) in [(SIGTERM, Duration.seconds(15)), (SIGKILL, .seconds(5))] {
            if record.exists {
                kill(pid, signal)
                kill(pid, SIGCONT)
            }
            let deadline = ContinuousClock.now + limit
            while record.exists, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        guard !record.exists else { throw LocalServerError.didNotStop(pid: pid) }
        // A child of ours leaves its entry behind; of anybody else's, this call knows nothing.
        waitpid(pid, nil, 0)
    }
}
