package import Fleet
package import Manifests

/// A directory of manifests as it stood at one moment.
package struct DirectorySnapshot: Sendable {
    /// SHA-256 of the manifests' names and contents, in hexadecimal digits: the same for the same tree, wherever it stands.
    /// What can't be read is not in it: problems come and go under the same digest.
    package var digest: String
    /// Of the git work tree that the directory stands in, if it does; as `.git` has them.
    package var commit: String?
    package var branch: String?
    /// How many files of manifests were read.
    package var files: Int
    /// What they declare; places are named by the files' paths within the directory.
    package var loaded: LoadedManifests
    /// What of the tree could not be read, and why: links that lead out of it, loops, pipes, files without the right.
    package var problems: [Diagnostic]

    package init(
        digest: String, commit: String? = nil, branch: String? = nil, files: Int, loaded: LoadedManifests,
        problems: [Diagnostic] = []
    ) {
        self.digest = digest
        self.commit = commit
        self.branch = branch
        self.files = files
        self.loaded = loaded
        self.problems = problems
    }

    /// Everything that is wrong, with the tree or with the manifests.
    package var diagnostics: [Diagnostic] { problems + loaded.diagnostics }

    /// Whether everything could be read and is valid by itself: only then what is missing is meant to be missing.
    package var isWhole: Bool { !diagnostics.contains { $0.severity == .error } }
}
