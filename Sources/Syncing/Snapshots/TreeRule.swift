internal import Fleet

/// The stable names of what can be wrong with a tree of manifests, as diagnostics show them in brackets.
package enum TreeRule: String, CaseIterable, Sendable {
    /// A link leads out of the directory.
    case linkOutside = "link-outside"
    /// A link leads to nothing.
    case linkDangling = "link-dangling"
    /// A link leads back to a folder that it stands in, or to itself.
    case linkLoop = "link-loop"
    /// A pipe, a socket or a device has a manifest's name.
    case notAFile = "not-a-file"
    /// The system refuses to read a file or a folder.
    case unreadable
    /// A name that is not UTF-8 or holds control characters.
    case fileName = "file-name"
    /// The tree is deeper or has more entries than is read.
    case treeLimit = "tree-limit"
    /// The tree was still being written when it was read for the last time.
    case treeChanging = "tree-changing"
    /// A git command kept the work tree's index locked.
    case gitBusy = "git-busy"

    /// - Parameter path: within the directory; nil if it concerns the tree as a whole.
    func problem(_ path: String?, _ message: String) -> Diagnostic {
        Diagnostic(
            at: path.map { SourceLocation(file: $0, line: 1, column: 1) }, message, rule: rawValue)
    }
}
