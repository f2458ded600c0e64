/// What a file may cost. Enforced while it is read: nothing much larger than a limit is ever built.
package struct Limits: Sendable, Hashable {
    /// Bytes of a file.
    package var fileBytes: Int
    /// Bytes of a document, from the end of the one before it (so with the comments in front of it).
    package var documentBytes: Int
    /// Collections inside each other, aliases expanded.
    package var depth: Int
    /// Nodes of a document (keys count too), aliases and merges expanded.
    package var nodes: Int
    /// Documents of a file. Far above any fleet: it only bounds what 64 MiB of `---` cost.
    package var documents: Int
    /// Errors after which reading a file is given up.
    package var errors: Int
    /// `%TAG` lines of a document: libyaml compares each with all before it.
    package var tagDirectives: Int

    package init(
        fileBytes: Int = 64 << 20, documentBytes: Int = 1 << 20, depth: Int = 64, nodes: Int = 50_000,
        documents: Int = 1_000_000, errors: Int = 1_000, tagDirectives: Int = 16
    ) {
        self.fileBytes = fileBytes
        self.documentBytes = documentBytes
        self.depth = depth
        self.nodes = nodes
        self.documents = documents
        self.errors = errors
        self.tagDirectives = tagDirectives
    }

    /// 64 MiB a file; 1 MiB, depth 64 and 50,000 nodes a document.
    package static let standard = Limits()
}
