import Fleet
import Manifests

/// A document that no manifest declares, as the manifest that declares it just so.
///
/// It is written and read again, so that nothing stands in `desired` that no manifest could say.
struct FoundManifest {
    let key: ResourceKey
    /// Nil when no valid manifest says what stands there.
    let declaration: Declaration?
    /// Why not; the paths are those of a manifest.
    let diagnostics: [Diagnostic]

    init(_ observed: Observed) {
        key = observed.key
        let table = key.kind.table
        let found = observed.leaves.leaves.compactMap { leaf -> Spec.Leaf? in
            // Null is how other services say that a field is not there.
            guard table.leaves[leaf.index].storedPath != nil, leaf.value != .null else { return nil }
            return Spec.Leaf(leaf.index, leaf.value.withoutNullMembers)
        }
        var sketch = Declaration(key: key, name: observed.name?.string ?? "", spec: Spec(key.kind, found))
        // Somebody holds it there. The other statuses say how it was found, and Reeve finds them anew.
        if key.kind == .node, observed.state == .maintenance {
            sketch.spec[NodeLeaf.status] = .string(NodeState.maintenance.rawValue)
        }
        let file = ManifestFile(path: key.description, bytes: Array(ManifestWriter.text(sketch).utf8))
        let loaded = ManifestLoader.load([file])
        var diagnostics = loaded.diagnostics.filter { $0.severity == .error }
        if let read = loaded.declarations.first, diagnostics.isEmpty {
            diagnostics = FoundManifest.changes(from: sketch, to: read)
        }
        self.diagnostics = diagnostics.map { [key] diagnostic in
            // Lines of a text that nobody has seen tell nobody anything.
            Diagnostic(path: diagnostic.path, "\(key): \(diagnostic.message)", rule: diagnostic.rule)
        }
        if diagnostics.isEmpty, var declaration = loaded.declarations.first {
            declaration.source = nil
            self.declaration = declaration
        } else {
            declaration = nil
        }
    }

    /// What a manifest can't say: it would be read as something else.
    private static func changes(from found: Declaration, to read: Declaration) -> [Diagnostic] {
        let table = found.key.kind.table
        return found.spec.leaves.compactMap { leaf in
            let value = read.spec[leaf.index]
            guard value?.withSortedMembers != leaf.value.withSortedMembers else { return nil }
            return Diagnostic(
                path: "spec." + table.leaves[leaf.index].path,
                "holds \(leaf.value), which no manifest can say"
                    + (value.map { ": it would be \($0)" } ?? ""), rule: AdoptingRule.notExpressible.rawValue)
        }
    }
}

/// Why a document can't be adopted, beside the rules of manifests.
enum AdoptingRule: String, CaseIterable {
    case notExpressible = "not-expressible"
}

extension FieldValue {
    fileprivate var withoutNullMembers: FieldValue {
        switch self {
        case .list(let values): .list(values.map(\.withoutNullMembers))
        case .record(let members):
            .record(
                members.filter { $0.value != .null }.map { Member($0.name, $0.value.withoutNullMembers) })
        default: self
        }
    }

    /// The order of a record's members is no part of what a manifest says.
    fileprivate var withSortedMembers: FieldValue {
        switch self {
        case .list(let values): .list(values.map(\.withSortedMembers))
        case .record(let members):
            .record(members.map { Member($0.name, $0.value.withSortedMembers) }.sorted { $0.name < $1.name })
        default: self
        }
    }
}
