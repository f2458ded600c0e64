import Foundation
import Logging

/// Says when a directory may have changed, and now and then anyway: hints, for who reads it then.
///
/// Folders are watched with inotify: those that a `DirectoryReader` that was given this watch has found, and the folders
/// above the root, so that a directory that comes back is noticed. Events settle first (`Settling`). Where the system
/// refuses inotify, that is logged once, and what is left is polling.
package final class DirectoryWatch: Sendable {
    package enum Mode: String, Sendable {
        case events
        case polling
    }

    /// For one consumer. Hints that nobody took yet are one. The first comes with the first change, or the first poll:
    /// who starts reads the directory first. It ends with the watch.
    package let hints: AsyncStream<Void>
    private let watcher: Watcher

    package convenience init(
        _ directory: String, mode: Mode = .events, poll: Duration = .seconds(30), logger: Logger
    ) {
        self.init(directory, mode: mode, poll: poll, logger: logger) { () throws(Inotify.Refusal) in try Inotify() }
    }

    /// - Parameter opening: may refuse, as the system does.
    init(
        _ directory: String, mode: Mode, poll: Duration, logger: Logger,
        opening: () throws(Inotify.Refusal) -> Inotify
    ) {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        hints = stream
        let watcher = Watcher(directory, logger)
        self.watcher = watcher
        if mode == .events { watcher.open(opening) }
        continuation.onTermination = { _ in watcher.end() }
        Thread.detachNewThread {
            watcher.run(Settling(poll: poll, from: .now)) { continuation.yield() }
            continuation.finish()
        }
    }

    deinit { watcher.end() }

    /// Ends the hints and gives everything back. Idempotent.
    package func end() {
        watcher.end()
    }

    /// Whether changes are noticed by events, so far without a refusal.
    package var seesEvents: Bool { watcher.seesEvents }

    /// Watches the folders of this listing and no others; without one, whether the directory comes back.
    func follow(_ listing: TreeListing?) {
        watcher.follow(listing)
    }
}
