import Fleet

/// A manifest's bytes, and the name under which diagnostics show it.
package struct ManifestFile: Sendable {
    package var path: String
    package var bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

/// What one file declares, and what is wrong with it by itself. It stays the same whatever stands in other files.
package struct LoadedFile: Sendable {
    /// A document whose key is known, valid or not.
    struct Document: Sendable {
        var key: ResourceKey
        var place: SourceLocation
        /// Its position in the file, counted from 0.
        var index: Int
        /// Nil unless it is valid.
        var declaration: Declaration?
        /// How many of the file's diagnostics are this document's or of those before it.
        var diagnosticsUpTo: Int
    }

    var identified: [Document] = []
    var diagnostics: [Diagnostic] = []
    var documents = 0
    var unidentified = 0
}
