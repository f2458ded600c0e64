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

/// What a set of files declares, and everything that is wrong with it.
package struct LoadedManifests: Sendable {
    /// The valid ones alone, in the order of the files and of the documents in them; each key at most once.
    package var declarations: [Declaration] = []
    /// By file, document and place.
    package var diagnostics: [Diagnostic] = []
    /// How many documents were read; empty ones do not count.
    package var documents = 0
    /// The keys, as far as known, of what is declared and not valid; what depends on them is to be held.
    package var invalidKeys: Set<ResourceKey> = []
    /// Documents that are not valid and whose key is not known, files that end in a syntax error among them.
    package var unidentified = 0

    package init() {}

    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}
