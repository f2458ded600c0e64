import Foundation
import Glibc
import Logging
import Synchronization

/// The thread's side of a watch: what it shares with those who arm it.
final class Watcher: Sendable {
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
