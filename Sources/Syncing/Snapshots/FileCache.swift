import Crypto
internal import Fleet
internal import Manifests

/// What is known of a tree's files, so that only what changed is opened, and only what reads differently is parsed.
struct FileCache: Sendable {
    /// One file as it was read.
    struct Known: Sendable {
        var identity: FileIdentity
        /// It had not changed for a while when it was read. The times of files move in steps, so that another change in
        /// the same step would not show in them.
        var isSettled: Bool
        var content: FileContent
    }

    /// How long a file must have stood still, in nanoseconds: more than the coarsest step of a file system, FAT's 2 s.
    static let settling: Int64 = 2_100_000_000

    private var known: [String: Known] = [:]

    /// What the file has, if it need not be opened to know it.
    func content(of file: TreeFile) -> FileContent? {
        guard let known = known[file.path], known.isSettled, known.identity == file.identity else { return nil }
        return known.content
    }

    /// What the file declares, if it still reads as it did.
    func loaded(_ path: String, ifReading digest: FileContent.Digest) -> LoadedFile? {
        guard let known = known[path], known.content.digest == digest else { return nil }
        return known.content.loaded
    }

    mutating func replace(with files: [String: Known]) {
        known = files
    }
}

/// A file's content, parsed.
struct FileContent: Sendable {
    typealias Digest = SHA256Digest

    var digest: Digest
    var loaded: LoadedFile
}
