import Foundation
import Glibc
import Logging
import Synchronization

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

/// The thread's side of a watch: what it shares with those who arm it.
private final class Watcher: Sendable {
    private struct State: ~Copyable {
        var inotify: Inotify?
        var folders = WatchedFolders()
        /// The system refused something; it is said only once.
        var isRefused = false
        var isOver = false
    }

    private let root: String
    private let logger: Logger
    private let state = Mutex(State())
    /// Wakes the thread when it is over. Without one, for want of descriptors, it looks up each second.
    private let alarm = Alarm()

    init(_ directory: String, _ logger: Logger) {
        root = Watcher.absolute(directory)
        self.logger = logger
    }

    func open(_ opening: () throws(Inotify.Refusal) -> Inotify) {
        state.withLock { state in
            do throws(Inotify.Refusal) {
                state.inotify = try opening()
            } catch {
                refused(&state, error)
            }
        }
        follow(nil)
    }

    func end() {
        state.withLock { $0.isOver = true }
        alarm.ring()
    }

    var seesEvents: Bool { state.withLock { $0.inotify != nil && !$0.isRefused } }

    // MARK: - Arming

    func follow(_ listing: TreeListing?) {
        let roots = listing.map { $0.root == root ? [root] : [root, $0.root] } ?? [root]
        let interests = WatchedFolders.interests(folders: listing?.folders ?? [root], roots: roots)
        state.withLock { state in
            guard state.inotify != nil else { return }
            var watches: [(watch: Int32, folder: String)] = []
            var watched: [String: WatchedFolders.Interest] = [:]
            // A folder may stand under two paths: the whole of it is asked for last, and stays.
            for (folder, interest) in interests.sorted(by: { a, b in a.value != .everything && b.value == .everything })
            {
                guard let (watch, at, interest) = add(folder, interest, &state) else { continue }
                watches.append((watch, at))
                watched[at] = watched[at]?.union(interest) ?? interest
            }
            for watch in state.folders.replace(watches, interests: watched) { state.inotify?.remove(watch) }
        }
    }

    /// The folder, or for one above the root the nearest that is there.
    private func add(
        _ folder: String, _ interest: WatchedFolders.Interest, _ state: inout State
    ) -> (watch: Int32, folder: String, interest: WatchedFolders.Interest)? {
        var (folder, interest) = (folder, interest)
        while true {
            do throws(Inotify.Refusal) {
                guard let watch = try state.inotify?.add(folder, interest) else { return nil }
                return (watch, folder, interest)
            } catch .folder(let code) where interest != .everything && code == ENOENT && folder != "/" {
                interest = .names([folder.split(separator: "/").last.map(String.init) ?? ""])
                folder = LinkResolver.parent(of: folder)
            } catch {
                refused(&state, error)
                return nil
            }
        }
    }

    /// A folder that is gone or not to be read is no refusal: who reads the tree sees that.
    private func refused(_ state: inout State, _ refusal: Inotify.Refusal) {
        guard case .limit(let message) = refusal, !state.isRefused else { return }
        state.isRefused = true
        logger.warning(
            "changes of the directory are not all noticed at once: it is polled",
            metadata: [
                "directory": "\(root)", "error": "\(message)",
            ])
    }

    // MARK: - The thread

    func run(_ settling: Settling, say hint: () -> Void) {
        var settling = settling
        while true {
            if settling.takeHint(at: .now) { hint() }
            let descriptor = state.withLock { $0.isOver ? nil : $0.inotify?.descriptor ?? -1 }
            guard let descriptor else { break }
            alarm.wait(with: descriptor, for: settling.due - .now)
            let isChanged = state.withLock { state in
                guard state.inotify != nil else { return false }
                guard let events = state.inotify?.events() else {
                    refused(&state, .limit("inotify's descriptor can't be read"))
                    state.inotify = nil
                    return true
                }
                return events.reduce(false) { state.folders.isChange($1) || $0 }
            }
            if isChanged { settling.noteChange(at: .now) }
        }
        state.withLock { $0.inotify = nil }
    }

    /// Without `.`, `..` and doubled slashes; links stay.
    private static func absolute(_ path: String) -> String {
        let whole = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        var parts: [Substring] = []
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}

/// A pair of sockets, one byte through which wakes a thread that waits for something else: unlike a pipe, it can be made
/// without a moment in which a child could inherit it.
private final class Alarm: Sendable {
    private let reading: Int32
    private let writing: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        if socketpair(AF_UNIX, Int32(kind), 0, &ends) != 0 { ends = [-1, -1] }
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        guard reading >= 0 else { return }
        close(reading)
        close(writing)
    }

    /// From now on `wait` returns at once.
    func ring() {
        guard writing >= 0 else { return }
        _ = write(writing, [1], 1)
    }

    /// Until the descriptor has something, it rings, or the time is over.
    func wait(with descriptor: Int32, for time: Duration) {
        let milliseconds = max(0, (time / .milliseconds(1)).rounded(.up))
        let most: Double = reading < 0 ? 1000 : 3_600_000
        // Descriptors below zero are passed over.
        var waits = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: reading, events: Int16(POLLIN), revents: 0),
        ]
        poll(&waits, 2, Int32(min(milliseconds, most)))
    }
}
