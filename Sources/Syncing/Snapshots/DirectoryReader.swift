import Dispatch
internal import Fleet
internal import Manifests
import Synchronization

/// Reads a directory of manifests as one snapshot, again and again: what did not change is not read again.
///
/// The tree is listed before and after its files are read, and the two must be equal. While they are not, it is read
/// again; while a git command has the work tree's index locked, it is not read at all. Both has bounds; what is said then
/// is an error among the snapshot's problems. Files are read on threads that may block. Several reads at once are safe;
/// they take turns.
package final class DirectoryReader: Sendable {
    /// How long a read is put off.
    package struct Patience: Sendable {
        /// The waits between reads of a tree that is being written.
        package var changing: [Duration] = [50, 100, 200, 400, 800].map { .milliseconds($0) }
        /// For the end of a git command, and how often is looked. Nil: git's commands are not heeded, as what they start
        /// themselves (a hook) must not.
        package var git: Duration? = .seconds(10)
        package var gitGlance: Duration = .milliseconds(100)
        /// Ends early when the task is cancelled.
        package var sleep: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }

        package init() {}
    }

    /// What reading has cost since the beginning.
    package struct Work: Hashable, Sendable {
        /// Looks at the tree, each of two listings.
        package var looks = 0
        package var opened = 0
        package var parsed = 0
    }

    private struct Memory {
        var cache = FileCache()
        var work = Work()
        /// A lock that was waited for in vain: a git command that was killed leaves one.
        var staleLock: FileIdentity?
    }

    package let directory: String
    private let extent: TreeExtent
    private let watch: DirectoryWatch?
    private let patience: Patience
    private let access: FileAccess
    private let queue = DispatchQueue(label: "reeve.directory")
    private let memory = Mutex(Memory())

    /// - Parameter watch: is told after each look which folders there are.
    package convenience init(
        _ directory: String, extent: TreeExtent = TreeExtent(), watch: DirectoryWatch? = nil,
        patience: Patience = Patience()
    ) {
        self.init(directory, extent: extent, watch: watch, patience: patience, access: FileAccess())
    }

    init(
        _ directory: String, extent: TreeExtent = TreeExtent(), watch: DirectoryWatch?, patience: Patience,
        access: FileAccess
    ) {
        self.directory = directory
        self.extent = extent
        self.watch = watch
        self.patience = patience
        self.access = access
    }

    package var work: Work { memory.withLock { $0.work } }

    /// The directory as it stands now. A cancelled read waits no longer for what changes.
    package func read() async throws(DirectoryError) -> DirectorySnapshot {
        let reading = try await settled()
        return await aside { self.snapshot(of: reading) }
    }

    /// The same, file by file: for who reads it once, beside other input.
    package func readEach() async throws(DirectoryError) -> DirectoryContents {
        let reading = try await settled()
        return await aside { [self] in
            let files = contents(of: reading).map { DirectoryContents.File(path: $0.path, loaded: $0.content.loaded) }
            return DirectoryContents(files: files, problems: problems(of: reading))
        }
    }

    /// A look at a tree that does not change, or has been waited for long enough.
    private func settled() async throws(DirectoryError) -> TreeReading {
        var waits = patience.changing[...]
        var waited = Duration.zero
        while true {
            while isAwaited(await lock(), after: waited) {
                waited += patience.gitGlance
                await patience.sleep(patience.gitGlance)
            }
            let reading = try await look()
            let lock = heeded(reading)
            if isAwaited(lock, after: waited) {
                waited += patience.gitGlance
                await remember(reading)
                await patience.sleep(patience.gitGlance)
            } else if lock == nil, !reading.isStable, !Task.isCancelled, let wait = waits.popFirst() {
                await remember(reading)
                await patience.sleep(wait)
            } else {
                return reading
            }
        }
    }

    private func heeded(_ reading: TreeReading) -> FileIdentity? { patience.git == nil ? nil : reading.lock }

    private func isAwaited(_ lock: FileIdentity?, after waited: Duration) -> Bool {
        guard let lock, let most = patience.git, waited < most, !Task.isCancelled else { return false }
        return memory.withLock { $0.staleLock != lock }
    }

    /// What tells that a git command runs, if one does. Whether the directory is there, who reads it sees.
    private func lock() async -> FileIdentity? {
        guard patience.git != nil else { return nil }
        return await aside { [directory, access] in
            guard let root = try? TreeLister.realRoot(directory, access) else { return nil }
            return GitFolder(above: root, access: access)?.lock
        }
    }

    /// So that the next look need not read what has not changed.
    private func remember(_ reading: TreeReading) async {
        await aside { _ = self.contents(of: reading) }
    }

    private func look() async throws(DirectoryError) -> TreeReading {
        let result: Result<TreeReading, DirectoryError> = await aside { [self] in
            do throws(DirectoryError) {
                return .success(try lookOnce())
            } catch {
                // What comes back from now on is noticed; what came back just before, now.
                watch?.follow(nil)
                return Result { () throws(DirectoryError) in try lookOnce() }
            }
        }
        return try result.get()
    }

    private func lookOnce() throws(DirectoryError) -> TreeReading {
        let cache = memory.withLock { memory in
            memory.work.looks += 1
            return memory.cache
        }
        return try TreeReading(directory, extent, cache: cache, access: access) { watch?.follow($0) }
    }

    private func aside<Outcome: Sendable>(_ work: @escaping @Sendable () -> Outcome) async -> Outcome {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: work()) }
        }
    }
}

// MARK: - From files to a snapshot

extension DirectoryReader {
    private func snapshot(of reading: TreeReading) -> DirectorySnapshot {
        let files = contents(of: reading)
        let git = reading.provenance
        return DirectorySnapshot(
            digest: TreeDigest.text(files.map { ($0.path, $0.content.digest) }), commit: git?.commit,
            branch: git?.branch, files: files.count, loaded: LoadedManifests(merging: files.map(\.content.loaded)),
            problems: problems(of: reading))
    }

    private func problems(of reading: TreeReading) -> [Diagnostic] {
        var problems = reading.listing.problems
        for (file, found) in zip(reading.listing.files, reading.found) {
            guard case .refused(let failure) = found else { continue }
            problems.append(TreeRule.unreadable.problem(file.path, "the file can't be read: \(failure.message)"))
        }
        problems.sort { precedes($0.source?.file ?? "", $1.source?.file ?? "") }
        return (problems + transientProblems(of: reading)).map(extent.named)
    }

    /// Those that the next read may not find any more, though nothing of the tree differs then.
    private func transientProblems(of reading: TreeReading) -> [Diagnostic] {
        let lock = heeded(reading)
        memory.withLock { $0.staleLock = lock }
        if let git = reading.git, lock != nil {
            let message = "git keeps \(git.lockPath); if no git command runs, remove it"
            return [TreeRule.gitBusy.problem(nil, message)]
        }
        if reading.isStable { return [] }
        return [TreeRule.treeChanging.problem(nil, "files were still changing while the directory was read")]
    }

    /// What the files hold that could be read; parses what reads differently than before, and remembers it all.
    private func contents(of reading: TreeReading) -> [(path: String, content: FileContent)] {
        let cache = memory.withLock { $0.cache }
        var parsing: [ManifestFile] = []
        for case (let file, .bytes(let bytes, let digest, _)) in zip(reading.listing.files, reading.found)
        where cache.loaded(file.path, ifReading: digest) == nil {
            parsing.append(ManifestFile(path: extent.prefix + file.path, bytes: bytes))
        }
        let parsed = SideBySide.map(parsing, inPartsOf: 16) { ManifestLoader.loadEach(Array($0)) }
        var next = parsed.makeIterator()
        var known: [String: FileCache.Known] = [:]
        known.reserveCapacity(reading.listing.files.count)
        var contents: [(path: String, content: FileContent)] = []
        var opened = 0
        for (file, found) in zip(reading.listing.files, reading.found) {
            switch found {
            case .known(let content):
                known[file.path] = FileCache.Known(identity: file.identity, isSettled: true, content: content)
                contents.append((file.path, content))
            case .bytes(_, let digest, let identity):
                opened += 1
                guard let loaded = cache.loaded(file.path, ifReading: digest) ?? next.next() else { continue }
                let content = FileContent(digest: digest, loaded: loaded)
                let isSettled = identity.changed < reading.time - FileCache.settling
                known[file.path] = FileCache.Known(identity: identity, isSettled: isSettled, content: content)
                contents.append((file.path, content))
            case .moved, .refused: break
            }
        }
        memory.withLock { memory in
            memory.cache.replace(with: known)
            memory.work.opened += opened
            memory.work.parsed += parsed.count
        }
        return contents
    }
}
