// What stands beside `spec` in every manifest: `metadata` and `lifecycle`, as tables of the same rows.

/// The three parts of a manifest below its kind, each with a table of fields.
package enum ManifestSection: String, CaseIterable, Sendable {
    case metadata
    case spec
    case lifecycle
}

/// What a label may be; names are looked up and filtered by, so they hold nothing that MongoDB would interpret.
package enum LabelRule {
    package static let maximumCount = 64
    package static let nameLength = 1...63
    package static let valueLength = 0...256
    /// Letters, digits, `.`, `_`, `/` and `-`; the first and the last are letters or digits.
    package static let namePattern = "^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$"

    package static func allowsName(_ name: String) -> Bool {
        let bytes = name.utf8
        guard nameLength.contains(bytes.count), let first = bytes.first, let last = bytes.last,
            isAlphanumeric(first), isAlphanumeric(last)
        else { return false }
        return bytes.allSatisfy { byte in
            isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "-")
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

/// The leaves of `metadata` and `lifecycle`, by name.
package enum MetadataLeaf {
    package static let name = FieldTable.nodeMetadata.index("name")
    package static let id = FieldTable.nodeMetadata.index("id")
    package static let movedFrom = FieldTable.nodeMetadata.index("moved_from")
    package static let labels = FieldTable.nodeMetadata.index("labels")
}

package enum LifecycleLeaf {
    private static let table = FieldTable.nodeLifecycle
    package static let prune = table.index("prune")
    package static let drift = table.index("drift")
    package static let suspendReason = table.index("suspend.reason")
    package static let suspendBy = table.index("suspend.by")
    package static let suspendUntil = table.index("suspend.until")
    package static let onDelete = table.index("on_delete")
    package static let dependsOn = table.index("depends_on")
}

extension Kind {
    /// The table of one part of the kind's manifests; `.spec` gives the kind's `table`.
    package func table(of section: ManifestSection) -> FieldTable {
        switch (section, self) {
        case (.spec, _): table
        case (.metadata, .scalingPolicy): FieldTable.scalingPolicyMetadata
        case (.metadata, .nodePool): FieldTable.nodePoolMetadata
        case (.metadata, .node): FieldTable.nodeMetadata
        case (.lifecycle, .scalingPolicy): FieldTable.scalingPolicyLifecycle
        case (.lifecycle, .nodePool): FieldTable.nodePoolLifecycle
        case (.lifecycle, .node): FieldTable.nodeLifecycle
        }
    }

    /// What the kind's ids must be.
    package var idRule: StringRule { Fleet.idRule(self) }

    /// What the kind is, in one sentence.
    package var summary: String {
        switch self {
        case .scalingPolicy: "A scaling policy that pools name in `scaling_policy_ref`."
        case .nodePool: "A pool of nodes: how many it may hold, what they may use and cost, and how it is scaled."
        case .node: "A machine of the fleet: what it is, where it stands, and how it is to be used."
        }
    }
}

extension FieldTable {
    static let scalingPolicyMetadata = FieldTable(.scalingPolicy, metadataFields(.scalingPolicy))
    static let nodePoolMetadata = FieldTable(.nodePool, metadataFields(.nodePool))
    static let nodeMetadata = FieldTable(.node, metadataFields(.node))
    static let scalingPolicyLifecycle = FieldTable(.scalingPolicy, lifecycleFields)
    static let nodePoolLifecycle = FieldTable(.nodePool, lifecycleFields)
    static let nodeLifecycle = FieldTable(.node, lifecycleFields)
}

private func metadataFields(_ kind: Kind) -> [Field] {
    let storage = kind.collection == nil ? Field.Storage.declaration : .document
    let unique = kind == .node ? "; unique within the pool" : ""
    return [
        Field(
            "name", .string(StringRule(length: 3...100, pattern: NamePattern())), required: true, storage: storage,
            example: kind.exampleName, "The name that people use; case-sensitive\(unique)."),
        Field(
            "id", .string(idRule(kind)), mutability: .immutable, storage: storage,
            storedName: "\(kind.idPrefix)id", example: kind.idPrefix + kind.exampleName,
            "What names the resource for ever. Unstated: `\(kind.idPrefix)` and the name; required where that is longer"
                + " than 64 characters or reserved. With an id, a new name is an update."),
        Field(
            "moved_from", .string(idRule(kind)), mutability: .immutable, storage: storage,
            storedName: "\(kind.idPrefix)id", example: "\(kind.idPrefix)\(kind.exampleName)-old",
            "The id that the resource had under its former name, and keeps: its document and history stay. To be stated"
                + " for as long as the new name alone would make another id; the same as `id`."),
        Field(
            "labels", .pairs, storage: .declaration, example: "{team: render}",
            "Names and texts of your own, to select by; at most \(LabelRule.maximumCount)."),
    ]
}

extension Kind {
    fileprivate var exampleName: String {
        switch self {
        case .scalingPolicy: "steady"
        case .nodePool: "render-eu"
        case .node: "fra-01"
        }
    }
}

private let lifecycleFields: [Field] = [
    Field(
        "prune", .boolean, default: .bool(true), storage: .declaration, example: "false",
        "False: never deleted by a directory sync."),
    Field(
        "drift", .choice(Lifecycle.Drift.allCases.map(\.rawValue)), default: .string(Lifecycle.Drift.correct.rawValue),
        storage: .declaration, example: "report",
        "What happens to a document that somebody edits by hand: it is put back, reported, or left alone."),
    Field(
        "suspend",
        .group([
            Field(
                "reason", .string(StringRule(length: 1...500)), required: true, storage: .declaration,
                example: "migration", "Why."),
            Field(
                "by", .string(StringRule(length: 1...100)), default: .string(Suspension.byManifest),
                storage: .declaration,
                example: "ops", "Who."),
            Field(
                "until", .timestamp, storage: .declaration, example: "2030-12-01T00:00:00Z",
                "When the pause ends by itself; unstated: when the manifest no longer states it."),
        ]), storage: .declaration, "A pause: nothing of the resource is written. A pool's nodes inherit it."),
    Field(
        "on_delete", .choice(Lifecycle.Deletion.allCases.map(\.rawValue)),
        default: .string(Lifecycle.Deletion.drain.rawValue), storage: .declaration, example: "orphan",
        "Whether a deleted declaration takes its document with it, once drained, or leaves it undeclared."),
    Field(
        "depends_on",
        .list(of: .string(StringRule(length: 1...100, format: .reference)), count: 0...64), storage: .declaration,
        example: "[NodePool/pool_render-eu]", "Resources that must be Ready before this one is reconciled."),
]
