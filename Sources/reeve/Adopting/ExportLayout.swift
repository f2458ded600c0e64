import Fleet
import Manifests

/// A manifest that is to be exported, with what is said above it.
struct ExportedManifest: Sendable {
    var declaration: Declaration
    var remarks: [String] = []

    init(_ desired: Desired) {
        declaration = desired.declaration
        let hands = desired.overrides.sentences
        if !hands.isEmpty { remarks.append("set by hand, and no part of this: \(hands.joined(separator: "; "))") }
    }

    /// Of a document that nobody declares.
    init(found declaration: Declaration) {
        self.declaration = declaration
        remarks.append("undeclared: as found in MongoDB")
    }

    var text: String {
        remarks.map { "# \($0.printable)\n" }.joined() + ManifestWriter.text(declaration)
    }

    /// The pool that it is, or is in; nil for policies and nodes without one.
    var poolID: String? {
        switch declaration.key.kind {
        case .scalingPolicy: nil
        case .nodePool: declaration.key.id
        case .node: declaration.spec[NodeLeaf.poolID]?.string
        }
    }
}

/// Which manifest comes into which file: the policies into one, each pool with its nodes into one, the other nodes into
/// one. The same manifests lie in the same files in the same order, however they came.
struct ExportLayout {
    struct File {
        var name: String
        var manifests: [ExportedManifest]

        var text: String { manifests.map(\.text).joined(separator: "---\n") }
    }

    private(set) var files: [File] = []

    init(_ manifests: [ExportedManifest]) {
        let sorted = manifests.sorted { $0.declaration.key < $1.declaration.key }
        let pools = Dictionary(grouping: sorted.filter { $0.poolID != nil }) { $0.poolID ?? "" }
        add("policies.yaml", sorted.filter { $0.declaration.key.kind == .scalingPolicy })
        for (id, members) in pools.sorted(by: { $0.key < $1.key }) { add("\(id).yaml", members) }
        add("nodes.yaml", sorted.filter { $0.declaration.key.kind == .node && $0.poolID == nil })
    }

    private mutating func add(_ name: String, _ manifests: [ExportedManifest]) {
        if !manifests.isEmpty { files.append(File(name: name, manifests: manifests)) }
    }

    /// All of it as one stream.
    var text: String { files.map(\.text).joined(separator: "---\n") }
}

extension Overrides {
    /// What operators set, as it is told to people; holds no age.
    fileprivate var sentences: [String] {
        [
            cordon.map { "cordoned by \($0.by) (\($0.reason))" }, drain.map { "drained by \($0.by) (\($0.reason))" },
            suspend.map { "suspended by \($0.by) (\($0.reason))" },
            scale.map { "scaled to \($0.nodes) by \($0.by) (\($0.reason))" },
        ].compactMap(\.self)
    }
}
