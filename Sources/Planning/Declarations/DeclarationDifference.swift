import Fleet

/// One field of a manifest that differs between two declarations of a resource.
package struct DeclarationDifference: Hashable, Sendable {
    /// As in the manifest: `metadata.name`, `spec.max_nodes`, `lifecycle.drift`.
    package var path: String
    package var old: FieldValue?
    package var new: FieldValue?

    package init(path: String, old: FieldValue?, new: FieldValue?) {
        self.path = path
        self.old = old
        self.new = new
    }
}

extension Declaration {
    /// What differs between `old` (nil: nothing was declared) and this declaration, in the manifest's order.
    package func differences(from old: Declaration?) -> [DeclarationDifference] {
        let before = old?.statedFields() ?? []
        let after = statedFields()
        let oldValues = Dictionary(uniqueKeysWithValues: before)
        let newValues = Dictionary(uniqueKeysWithValues: after)
        var paths = after.map(\.0)
        for (path, _) in before where newValues[path] == nil { paths.append(path) }
        return paths.compactMap { path in
            let (old, new) = (oldValues[path], newValues[path])
            return old == new ? nil : DeclarationDifference(path: path, old: old, new: new)
        }
    }

    /// Every field that the manifest states, with its path there; what equals a lifecycle's default is not stated.
    private func statedFields() -> [(String, FieldValue)] {
        var fields: [(String, FieldValue)] = [("metadata.name", .string(name))]
        for label in labels { fields.append(("metadata.labels.\(label.name)", .string(label.value))) }
        let table = key.kind.table
        for leaf in spec.leaves { fields.append(("spec." + table.leaves[leaf.index].path, leaf.value)) }
        let usual = Lifecycle()
        if lifecycle.prune != usual.prune { fields.append(("lifecycle.prune", .bool(lifecycle.prune))) }
        if lifecycle.drift != usual.drift { fields.append(("lifecycle.drift", .string(lifecycle.drift.rawValue))) }
        if let suspend = lifecycle.suspend {
            fields.append(("lifecycle.suspend.reason", .string(suspend.reason)))
            fields.append(("lifecycle.suspend.by", .string(suspend.by)))
            if let until = suspend.until { fields.append(("lifecycle.suspend.until", .timestamp(until))) }
        }
        if lifecycle.onDelete != usual.onDelete {
            fields.append(("lifecycle.on_delete", .string(lifecycle.onDelete.rawValue)))
        }
        if !lifecycle.dependsOn.isEmpty {
            fields.append(("lifecycle.depends_on", .list(lifecycle.dependsOn.map { .string($0.description) })))
        }
        return fields
    }
}
