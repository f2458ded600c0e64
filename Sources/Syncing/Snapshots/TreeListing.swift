import CFileFacts
import Crypto
internal import Fleet
import Glibc

/// What tells whether a file is still what it was, without opening it.
struct FileIdentity: Hashable, Sendable {
    var device: UInt64
    var inode: UInt64
    var size: Int64
    /// Nanoseconds since 1970.
    var modified: Int64
    /// When its content, its rights or its names changed last. Nobody can set it.
    var changed: Int64

    init(_ facts: reeve_file_facts) {
        (device, inode, size) = (facts.device, facts.inode, facts.size)
        (modified, changed) = (facts.modified, facts.changed)
    }
}

/// A manifest's file.
struct TreeFile: Hashable, Sendable {
    /// Within the directory, by the names that lead to it.
    var path: String
    /// Where it really stands: absolute, without links.
    var real: String
    var identity: FileIdentity
}

/// All of a tree but the files' contents: two that are equal had the same content in between.
struct TreeListing: Hashable, Sendable {
    /// Where the directory really stands.
    var root: String
    /// By their paths' bytes.
    var files: [TreeFile] = []
    /// The real folders that were looked at, and those with links on the way; each within the root, and the root.
    var folders: Set<String> = []
    var problems: [Diagnostic] = []
    /// Of the file of rules by which the tree was listed; nil if there is none.
    var rules: SHA256Digest?
    /// A folder said that it has something that was not there: so read, the tree is not known.
    var hasGaps = false
}

/// Whether a path stands before another, by their bytes.
func precedes(_ left: String, _ right: String) -> Bool {
    left.withCString { left in right.withCString { strcmp(left, $0) < 0 } }
}
