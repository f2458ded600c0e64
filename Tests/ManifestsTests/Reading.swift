import Fleet
import Manifests

/// Loads one text under the name `test.yaml`.
func load(_ text: String, as path: String = "test.yaml") -> LoadedManifests {
    ManifestLoader.load([ManifestFile(path: path, bytes: Array(text.utf8))])
}

extension LoadedManifests {
    /// `PATH RULE` of each diagnostic, in order.
    var findings: [String] { diagnostics.map { "\($0.path) \($0.rule)" } }
}

extension Declaration {
    /// The same, from nowhere in particular.
    var withoutSource: Declaration {
        var copy = self
        copy.source = nil
        return copy
    }
}
