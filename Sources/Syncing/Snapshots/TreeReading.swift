import Crypto
internal import Fleet
import Glibc
internal import Manifests

/// One look at a tree: its listing, what of its files had to be read again, and its listing afterwards. Blocks.
struct TreeReading: Sendable {
    /// What a file turned out to be.
    enum Found: Sendable {
        case known(FileContent)
        case bytes([UInt8], FileContent.Digest, FileIdentity)
        /// It is not what was listed.
        case moved
        case refused(FileAccess.Failure)
    }

    /// One byte more than a file may have, so that the loader sees that it is too large and nobody holds more of it.
    private static let mostBytes = (64 << 20) + 1

    /// When it began, by the clock that stamps files.
    let time: Int64
    let listing: TreeListing
    let found: [Found]
    let git: GitFolder?
    /// Where the work tree stood when the files had been read.
    let provenance: GitProvenance?
    /// Nothing changed from the first listing to the second, neither in the tree nor where the work tree stands, and both
    /// found all that there is.
    let isStable: Bool
    /// A git command had the work tree's index locked, by this.
    let lock: FileIdentity?

    /// - Parameter arming: is given the first listing before any file is read: what changes later is noticed by it, what
    ///   changed before by the second listing.
    init(
        _ directory: String, _ extent: TreeExtent, cache: FileCache, access: FileAccess,
        arming: (TreeListing) -> Void
    ) throws(DirectoryError) {
        time = access.now()
        let listing = try TreeLister.list(directory, extent, access: access)
        arming(listing)
        let git = GitFolder(above: listing.root, access: access)
        let (lock, provenance) = (git?.lock, git?.provenance)
        found = SideBySide.map(listing.files, inPartsOf: 16) { files in
            files.map { TreeReading.find($0, cache, access) }
        }
        let isSame = try TreeLister.list(directory, extent, access: access) == listing
        self.lock = git?.lock ?? lock
        self.provenance = git?.provenance
        isStable =
            isSame && !listing.hasGaps && self.provenance == provenance
            && !found.contains { if case .moved = $0 { true } else { false } }
        self.listing = listing
        self.git = git
    }

    private static func find(_ file: TreeFile, _ cache: FileCache, _ access: FileAccess) -> Found {
        if let content = cache.content(of: file) { return .known(content) }
        do throws(FileAccess.Failure) {
            guard let (bytes, identity) = try access.content(file.real, limit: mostBytes), identity == file.identity
            else {
                return .moved
            }
            return .bytes(bytes, SHA256.hash(data: bytes), identity)
        } catch {
            switch error.code {
            case ENOENT, ENOTDIR, ELOOP, ENXIO: return .moved
            default: return .refused(error)
            }
        }
    }
}
