import Fleet
import YAML

/// Manifests' bytes → declarations and diagnostics.
package enum ManifestLoader {
    /// Reads all files by the field tables. Pure and deterministic; finds everything that is wrong, not just the first.
    ///
    /// A key that stands twice in the input is valid in no place.
    package static func load(_ files: [ManifestFile]) -> LoadedManifests {
        LoadedManifests(merging: loadEach(files))
    }

    /// The same for each file by itself: for who keeps what a file declares while others change.
    package static func loadEach(_ files: [ManifestFile]) -> [LoadedFile] {
        var timeZones = TimeZoneNames()
        return files.map { file in
            var loading = FileLoading(timeZones: timeZones)
            loading.add(file)
            timeZones = loading.timeZones
            return loading.loaded
        }
    }
}

private struct FileLoading {
    var timeZones: TimeZoneNames
    private(set) var loaded = LoadedFile()

    init(timeZones: TimeZoneNames) {
        self.timeZones = timeZones
    }

    mutating func add(_ file: ManifestFile) {
        let (documents, errors) = Parser.documents(in: file.bytes)
        var errorsByDocument: [Int: [YAMLError]] = [:]
        for error in errors { errorsByDocument[error.document, default: []].append(error) }
        for document in documents {
            let errors = errorsByDocument.isEmpty ? [] : errorsByDocument.removeValue(forKey: document.index) ?? []
            add(document, errors, file.path)
        }
        // What is left belongs to documents that could not be read.
        for error in errors where errorsByDocument[error.document] != nil {
            loaded.diagnostics.append(diagnostic(error, file.path))
        }
        loaded.unidentified += errorsByDocument.count
        if loaded.documents == 0, errors.isEmpty { reportEmpty(file) }
    }

    /// Nothing for an empty document, which declares nothing.
    private mutating func add(_ document: ParsedDocument, _ errors: [YAMLError], _ file: String) {
        guard let root = document.root, !root.isNull || !errors.isEmpty else { return }
        loaded.documents += 1
        var reader = DocumentReader(file: file, document: document.index, timeZones: timeZones)
        var outcome = reader.read(root)
        timeZones = reader.timeZones
        if !errors.isEmpty || !reader.diagnostics.isEmpty {
            if !errors.isEmpty { outcome.declaration = nil }
            loaded.diagnostics += sorted(reader.diagnostics + unseen(errors, reader.diagnostics, file))
        }
        guard let key = outcome.key else {
            loaded.unidentified += 1
            return
        }
        loaded.identified.append(
            LoadedFile.Document(
                key: key, place: SourceLocation(file: file, line: root.mark.line, column: root.mark.column),
                index: document.index, declaration: outcome.declaration, diagnosticsUpTo: loaded.diagnostics.count))
    }

    /// An empty file is what a write cut short leaves, so it is an error; one with comments alone is meant.
    private mutating func reportEmpty(_ file: ManifestFile) {
        let isBlank = file.bytes.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) }
        let place = SourceLocation(file: file.path, line: 1, column: 1)
        loaded.diagnostics.append(
            isBlank
                ? Diagnostic(at: place, "the file is empty", rule: ManifestRule.emptyFile.rawValue)
                : Diagnostic(
                    .warning, at: place, "the file declares nothing", rule: ManifestRule.noDocuments.rawValue))
    }
}

// MARK: - Diagnostics

/// The parser's errors but for duplicate keys that the reader, which knows their paths, has reported as well.
private func unseen(_ errors: [YAMLError], _ reported: [Diagnostic], _ file: String) -> [Diagnostic] {
    errors.map { diagnostic($0, file) }.filter { error in
        !reported.contains { $0.rule == error.rule && $0.source == error.source }
    }
}

private func diagnostic(_ error: YAMLError, _ file: String) -> Diagnostic {
    let rule: ManifestRule =
        switch error.reason {
        case .duplicateKey: .duplicateKey
        case .fileTooLarge, .documentTooLarge, .tooDeep, .tooManyNodes, .tooManyDocuments, .tooManyErrors,
            .tooManyTagDirectives:
            .limit
        default: .yaml
        }
    let place = SourceLocation(file: file, line: error.mark.line, column: error.mark.column)
    return Diagnostic(at: place, document: error.document, error.message, rule: rule.rawValue)
}

/// By place; what stands at the same place keeps its order.
private func sorted(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    diagnostics.enumerated().sorted { left, right in
        let (a, b) = (left.element.source, right.element.source)
        return (a?.line ?? 0, a?.column ?? 0, left.offset) < (b?.line ?? 0, b?.column ?? 0, right.offset)
    }.map(\.element)
}
