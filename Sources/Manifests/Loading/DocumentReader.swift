import Fleet
import YAML

/// Reads one document of a file by the field tables, collecting everything that is wrong with it.
struct DocumentReader {
    /// What a document came to.
    struct Outcome {
        /// Nil unless the document is valid.
        var declaration: Declaration?
        /// Nil when kind or id cannot be told.
        var key: ResourceKey?
    }

    /// A leaf that the manifest states; without a value when what it states is wrong.
    struct StatedLeaf {
        let index: Int
        let value: FieldValue?
        let mark: Mark
    }

    static let apiVersion = "reeve/v1"
    private static let parts = ["apiVersion", "kind", "metadata", "spec", "lifecycle"]

    let file: String
    let document: Int
    var diagnostics: [Diagnostic] = []
    var trail = Trail()
    /// Lent from document to document, so that a zone is looked up once.
    var timeZones: TimeZoneNames

    init(file: String, document: Int, timeZones: TimeZoneNames) {
        self.file = file
        self.document = document
        self.timeZones = timeZones
    }

    private(set) var hasErrors = false

    mutating func report(
        _ rule: ManifestRule, at mark: Mark, _ message: String, severity: Diagnostic.Severity = .error,
        path: String? = nil
    ) {
        if severity == .error { hasErrors = true }
        let place = SourceLocation(file: file, line: mark.line, column: mark.column)
        diagnostics.append(
            Diagnostic(
                severity, at: place, document: document, path: path ?? trail.description, message, rule: rule.rawValue))
    }

    /// The document's declaration, if it is valid; the diagnostics say why it is not.
    mutating func read(_ root: Node) -> Outcome {
        guard let parts = envelope(root) else { return Outcome() }
        checkVersion(parts.apiVersion, root)
        guard let kind = kind(parts.kind, root) else { return Outcome() }
        let metadata = section(.metadata, of: kind, parts.metadata, root)
        let key = key(kind, metadata, at: parts.metadata?.mark ?? root.mark)
        var spec = section(.spec, of: kind, parts.spec, root)
        if kind == .nodePool { spec.stateEmptyPolicy(parts.spec) }
        let lifecycle = section(.lifecycle, of: kind, parts.lifecycle, root)
        checkAcrossFields(kind, spec, lifecycle, key)
        guard !hasErrors, let key, let name = metadata.value(MetadataLeaf.name)?.string else {
            return Outcome(key: key)
        }
        let leaves = spec.compactMap { leaf in leaf.value.map { Spec.Leaf(leaf.index, $0) } }
        let place = SourceLocation(file: file, line: root.mark.line, column: root.mark.column)
        let declaration = Declaration(
            key: key, name: name, labels: labels(metadata), spec: Spec(kind, leaves),
            lifecycle: Lifecycle(lifecycle), source: place)
        return Outcome(declaration: declaration, key: key)
    }
}

// MARK: - The envelope

extension DocumentReader {
    private struct Parts {
        var apiVersion: Node?
        var kind: Node?
        var metadata: Node?
        var spec: Node?
        var lifecycle: Node?
    }

    private mutating func envelope(_ root: Node) -> Parts? {
        guard case .mapping(let pairs) = root.content else {
            report(.wrongType, at: root.mark, "a manifest is a mapping with apiVersion, kind, metadata and spec")
            return nil
        }
        var parts = Parts()
        var seen: [String] = []
        for pair in pairs {
            guard let name = keyText(pair.key) else { continue }
            if seen.contains(name) {
                report(.duplicateKey, at: pair.key.mark, "stated twice", path: name)
                continue
            }
            seen.append(name)
            switch name {
            case "apiVersion": parts.apiVersion = pair.value
            case "kind": parts.kind = pair.value
            case "metadata": parts.metadata = pair.value
            case "spec": parts.spec = pair.value
            case "lifecycle": parts.lifecycle = pair.value
            case "status":
                report(.unknownField, at: pair.key.mark, "is what Reeve finds; a manifest cannot state it", path: name)
            default: reportUnknown(name, at: pair.key.mark, among: DocumentReader.parts, inside: "a manifest")
            }
        }
        return parts
    }

    private mutating func checkVersion(_ node: Node?, _ root: Node) {
        guard let node, !node.isNull else {
            report(.missingRequired, at: root.mark, "is required: `\(DocumentReader.apiVersion)`", path: "apiVersion")
            return
        }
        if node.scalar?.text != DocumentReader.apiVersion {
            let message = "is \(shown(node)); expected `\(DocumentReader.apiVersion)`"
            report(.unsupportedVersion, at: node.mark, message, path: "apiVersion")
        }
    }

    private mutating func kind(_ node: Node?, _ root: Node) -> Kind? {
        let names = Kind.allCases.map(\.rawValue)
        guard let node, !node.isNull else {
            report(.missingRequired, at: root.mark, "is required: \(oneOf(names))", path: "kind")
            return nil
        }
        if let text = node.scalar?.text, let kind = Kind(rawValue: text) { return kind }
        let suggestion = Spelling.suggestion(for: node.scalar?.text ?? "", among: names)
        report(.unknownKind, at: node.mark, "is \(shown(node)); expected \(oneOf(names))\(suggestion)", path: "kind")
        return nil
    }

    /// Reads one part; one that is absent or null is read as if it were empty, so that what it requires is reported.
    private mutating func section(
        _ section: ManifestSection, of kind: Kind, _ node: Node?, _ root: Node
    ) -> [StatedLeaf] {
        let group = FieldGroup.of(kind, section)
        trail.enter(section.rawValue)
        defer { trail.leave() }
        var stated: [StatedLeaf] = []
        if let node, !node.isNull {
            read(node, as: group, into: &stated)
        } else {
            reportMissing(in: group, present: 0, at: node?.mark ?? root.mark)
        }
        return stated
    }
}

// MARK: - Metadata

extension DocumentReader {
    private mutating func key(_ kind: Kind, _ metadata: [StatedLeaf], at mark: Mark) -> ResourceKey? {
        let (stated, former) = (metadata.stated(MetadataLeaf.id), metadata.stated(MetadataLeaf.movedFrom))
        if let own = stated?.value?.string, let former, let old = former.value?.string, own != old {
            let message = "is `\(old)`, and `metadata.id` is `\(own)`: a resource has one id"
            report(.idConflict, at: former.mark, message, path: "metadata.moved_from")
            return nil
        }
        if let given = stated ?? former { return given.value?.string.map { ResourceKey(kind, $0) } }
        guard let name = metadata.stated(MetadataLeaf.name), let text = name.value?.string else { return nil }
        let id = kind.idPrefix + text
        let rule = kind.idRule
        if id.utf8.count > rule.length.upperBound {
            let limit = "the prefix and the name are \(id.utf8.count) characters, more than \(rule.length.upperBound)"
            report(.idRequired, at: name.mark, "is required: \(limit)", path: "metadata.id")
            return nil
        }
        if let prefix = rule.reserved.first(where: { id.hasPrefix($0) }) {
            let message = "is required: `\(id)` would be reserved, as is every id that begins with `\(prefix)`"
            report(.idRequired, at: name.mark, message, path: "metadata.id")
            return nil
        }
        return ResourceKey(kind, id)
    }

    private func labels(_ metadata: [StatedLeaf]) -> [Label] {
        guard case .record(let members)? = metadata.value(MetadataLeaf.labels) else { return [] }
        return members.map { Label($0.name, $0.value.string ?? "") }
    }
}

extension [DocumentReader.StatedLeaf] {
    func stated(_ index: Int) -> DocumentReader.StatedLeaf? { first { $0.index == index } }

    /// Nil when the leaf is not stated, and also when what is stated is wrong.
    func value(_ index: Int) -> FieldValue? { stated(index)?.value }
}

extension Lifecycle {
    fileprivate init(_ stated: [DocumentReader.StatedLeaf]) {
        self.init()
        if stated.isEmpty { return }
        if let value = stated.value(LifecycleLeaf.prune)?.bool { prune = value }
        if let value = stated.value(LifecycleLeaf.drift)?.string.flatMap(Drift.init(rawValue:)) { drift = value }
        if let value = stated.value(LifecycleLeaf.onDelete)?.string.flatMap(Deletion.init(rawValue:)) {
            onDelete = value
        }
        if let reason = stated.value(LifecycleLeaf.suspendReason)?.string {
            suspend = Suspension(
                reason: reason, by: stated.value(LifecycleLeaf.suspendBy)?.string ?? Suspension.byManifest,
                until: stated.value(LifecycleLeaf.suspendUntil)?.timestamp)
        }
        dependsOn =
            stated.value(LifecycleLeaf.dependsOn)?.list?.compactMap { $0.string.flatMap { ResourceKey($0) } } ?? []
    }
}

extension [DocumentReader.StatedLeaf] {
    /// A `scaling_policy` that states no field (`{}`, `{min_nodes: null}`, or wrong ones alone) is a policy all the same,
    /// of which nothing is required: it states one of the defaults.
    fileprivate mutating func stateEmptyPolicy(_ spec: Node?) {
        let leaves = PoolLeaf.policy..<PoolLeaf.policy + PolicyLeaf.count
        guard let policy = spec?["scaling_policy"], !policy.isNull, !contains(where: { leaves.contains($0.index) })
        else { return }
        let value = Kind.scalingPolicy.table.leaves[0].field.defaultValue
        append(DocumentReader.StatedLeaf(index: PoolLeaf.policy, value: value, mark: policy.mark))
    }
}
