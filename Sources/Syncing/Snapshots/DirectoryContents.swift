package import Fleet
package import Manifests

/// A directory of manifests as it stood at one moment, file by file.
package struct DirectoryContents: Sendable {
    package struct File: Sendable {
        /// Within the directory.
        package var path: String
        package var loaded: LoadedFile
    }

    /// By their paths' bytes.
    package var files: [File]
    /// What of the tree could not be read, and why.
    package var problems: [Diagnostic]
}
