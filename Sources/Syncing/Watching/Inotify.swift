import Glibc

/// The system's watches on folders: a descriptor that is closed with it. Its owner sees to it that it is used by one
/// thread at a time.
struct Inotify: ~Copyable {
    enum Refusal: Error {
        /// The system allows no more of them; the message says which limit.
        case limit(String)
        /// The folder is not there, or not to be read.
        case folder(code: Int32)
    }

    let descriptor: Int32

    private static let tree =
        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF
        | IN_MOVE_SELF
    /// Of a folder above the tree only comings and goings count: others may write there all the time.
    private static let above =
        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF

    init() throws(Refusal) {
        descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard descriptor >= 0 else {
            let code = errno
            throw Refusal.limit(Inotify.message(code, "fs.inotify.max_user_instances"))
        }
    }

    deinit { close(descriptor) }

    /// The same watch for the same folder, however often it is asked for.
    func add(_ folder: String, _ interest: WatchedFolders.Interest) throws(Refusal) -> Int32 {
        let mask = UInt32(interest == .everything ? Inotify.tree : Inotify.above) | UInt32(IN_ONLYDIR)
        let watch = inotify_add_watch(descriptor, folder, mask)
        guard watch < 0 else { return watch }
        switch errno {
        case ENOSPC, ENOMEM: throw .limit(Inotify.message(errno, "fs.inotify.max_user_watches"))
        default: throw .folder(code: errno)
        }
    }

    func remove(_ watch: Int32) {
        inotify_rm_watch(descriptor, watch)
    }

    /// What happened since the last call; nil if the descriptor is of no more use.
    func events() -> [FolderEvent]? {
        withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 8) { buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            guard count >= 0 else { return errno == EAGAIN || errno == EINTR ? [] : nil }
            return FolderEvent.events(in: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    private static func message(_ code: Int32, _ limit: String) -> String {
        "\(String(cString: strerror(code))) (see the limit \(limit))"
    }
}
