internal import Fleet

/// How much of a directory is read, and what its files are called.
package struct TreeExtent: Sendable {
    /// The folders below are read as well.
    package var isDeep: Bool
    /// Stands before the names of files: how the directory itself is called, with a slash at its end.
    package var prefix: String

    package init(isDeep: Bool = true, prefix: String = "") {
        self.isDeep = isDeep
        self.prefix = prefix
    }

    /// What concerns the tree as a whole names the directory, if it has a name.
    func named(_ problem: Diagnostic) -> Diagnostic {
        guard !prefix.isEmpty else { return problem }
        var problem = problem
        var place = problem.source ?? SourceLocation(file: "", line: 1, column: 1)
        place.file = prefix + place.file
        problem.source = place
        return problem
    }
}
