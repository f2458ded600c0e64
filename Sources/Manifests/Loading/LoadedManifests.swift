import Fleet

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

extension LoadedManifests {
    /// One from what each file declares, in this order: a key that stands twice is valid in no place.
    package init(merging files: [LoadedFile]) {
        var places: [ResourceKey: SourceLocation] = [:]
        let identified = files.reduce(0) { $0 + $1.identified.count }
        places.reserveCapacity(identified)
        declarations.reserveCapacity(identified)
        var duplicates: Set<ResourceKey> = []
        for file in files {
            documents += file.documents
            unidentified += file.unidentified
            var reported = 0
            for document in file.identified {
                guard let first = places.updateValue(document.place, forKey: document.key) else {
                    if let declaration = document.declaration {
                        declarations.append(declaration)
                    } else {
                        invalidKeys.insert(document.key)
                    }
                    continue
                }
                places[document.key] = first
                duplicates.insert(document.key)
                invalidKeys.insert(document.key)
                diagnostics += file.diagnostics[reported..<document.diagnosticsUpTo]
                reported = document.diagnosticsUpTo
                diagnostics.append(duplicate(document, of: first))
            }
            diagnostics += file.diagnostics[reported...]
        }
        if !duplicates.isEmpty { declarations.removeAll { duplicates.contains($0.key) } }
    }

    private func duplicate(_ document: LoadedFile.Document, of first: SourceLocation) -> Diagnostic {
        Diagnostic(
            at: document.place, document: document.index,
            "`\(document.key)` is declared a second time; the first stands at \(first)",
            rule: ManifestRule.duplicateResource.rawValue)
    }
}
