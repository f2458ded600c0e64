import Fleet
import FleetStore

// The documented shape of an object for programs:
// `{"kind","metadata":{"id","name","generation",…},"spec","status":{"observed_generation","conditions":[…]}}`.

extension ScanRow {
    var value: FieldValue {
        .members([
            ("kind", .string(key.kind.rawValue)), ("metadata", metadata),
            ("spec", desired.map { .nested($0.spec) } ?? .record([])),
            ("lifecycle", desired.flatMap(\.declaration.lifecycle.value)),
            ("overrides", desired.flatMap(\.overrides.value)), ("status", statusValue),
            // What nobody declares is shown as it stands.
            ("observed", desired == nil ? observed?.value : nil),
        ])
    }

    private var metadata: FieldValue {
        guard let desired else {
            return .members([
                ("id", .string(key.id)), ("name", observed?.name), ("declared", .bool(false)),
                ("created_at", observed?.createdAt),
            ])
        }
        let declaration = desired.declaration
        let labels = declaration.labels.map { FieldValue.Member($0.name, .string($0.value)) }
        return .members([
            ("id", .string(key.id)), ("name", .string(declaration.name)), ("generation", .int(desired.generation)),
            ("revision", .int(desired.revision)), ("labels", .record(labels)),
            ("created_at", .timestamp(desired.createdAt)), ("updated_at", .timestamp(desired.updatedAt)),
            ("manager", .string(desired.manager)), ("set", desired.set.map { .string($0) }),
            ("source", declaration.source.map { .string($0.description) }),
            ("commit", desired.commit.map { .string($0) }), ("deletion", desired.deletion?.value),
        ])
    }

    private var statusValue: FieldValue {
        let status = currentStatus
        return .members([
            ("observed_generation", .int(status?.observedGeneration ?? 0)),
            ("conditions", .list(status?.conditions.map(\.value) ?? [])),
            ("state", (observed?.state ?? status?.state).map { .string($0.rawValue) }),
            ("last_heartbeat", observed?.lastHeartbeat.map { .timestamp($0) }),
            ("draining_since", status?.drainingSince.map { .timestamp($0) }), ("counts", status?.counts?.value),
            ("scaling", status?.scaling?.value),
            ("attempts", status?.attempts.map { .int($0) }),
            ("next_retry", status?.nextRetry.map { .timestamp($0) }),
        ])
    }
}

extension Condition {
    var value: FieldValue {
        .members([
            ("type", .string(type.rawValue)), ("status", .string(status.rawValue)), ("reason", .string(reason)),
            ("message", .string(message)), ("last_transition_time", .timestamp(lastTransition)),
            ("observed_generation", .int(observedGeneration)),
        ])
    }
}

extension NodeCounts {
    var value: FieldValue {
        .members([
            ("total", .int(total)), ("active", .int(active)), ("inactive", .int(inactive)),
            ("maintenance", .int(maintenance)), ("error", .int(error)), ("undeclared", .int(undeclared)),
            ("declared", .int(declared)),
        ])
    }
}

extension Lifecycle {
    /// What differs from the defaults; nil when nothing does.
    var value: FieldValue? {
        let usual = Lifecycle()
        guard self != usual else { return nil }
        return .members([
            ("prune", prune == usual.prune ? nil : .bool(prune)),
            ("drift", drift == usual.drift ? nil : .string(drift.rawValue)), ("suspend", suspend?.value),
            ("on_delete", onDelete == usual.onDelete ? nil : .string(onDelete.rawValue)),
            ("depends_on", dependsOn.isEmpty ? nil : .list(dependsOn.map { .string($0.description) })),
        ])
    }
}

extension Suspension {
    var value: FieldValue {
        .members([("reason", .string(reason)), ("by", .string(by)), ("until", until.map { .timestamp($0) })])
    }
}

extension Overrides {
    var value: FieldValue? {
        guard !isEmpty else { return nil }
        return .members([
            ("cordon", cordon?.value), ("drain", drain?.value), ("suspend", suspend?.value), ("scale", scale?.value),
        ])
    }
}

extension ScaleOverride {
    var value: FieldValue {
        .members([
            ("nodes", .int(nodes)), ("by", .string(by)), ("reason", .string(reason)), ("at", .timestamp(at)),
        ])
    }
}

extension Override {
    var value: FieldValue {
        .members([("by", .string(by)), ("reason", .string(reason)), ("at", .timestamp(at))])
    }
}

extension DeletionMark {
    var value: FieldValue {
        .members([("by", .string(by)), ("at", .timestamp(at)), ("cascade", .bool(cascade))])
    }
}

extension Observed {
    /// The fields of the kind's table, under the names that they have in the collection.
    var value: FieldValue {
        let table = key.kind.table
        let stored = leaves.leaves.compactMap { leaf -> (path: ArraySlice<Substring>, value: FieldValue)? in
            table.leaves[leaf.index].storedPath.map { ($0.split(separator: ".")[...], leaf.value) }
        }
        let head: [(String, FieldValue?)] = [
            ("name", name), ("status", key.kind == .node ? status : nil),
            ("node_count", key.kind == .nodePool ? nodeCount : nil),
            ("last_heartbeat", lastHeartbeat.map { .timestamp($0) }), ("created_at", createdAt),
        ]
        guard case .record(let first) = FieldValue.members(head), case .record(let rest) = FieldValue.nested(stored)
        else { return .record([]) }
        return .record(first + rest)
    }
}

extension FieldValue {
    /// The groups of a spec, built up again from its leaves.
    static func nested(_ spec: Spec) -> FieldValue {
        let table = spec.kind.table
        return nested(
            spec.leaves.map { (table.leaves[$0.index].components.map { Substring($0) }[...], $0.value) })
    }

    /// Leaves of one group follow one another, as in the table.
    static func nested(_ leaves: [(path: ArraySlice<Substring>, value: FieldValue)]) -> FieldValue {
        var members: [Member] = []
        var rest = leaves[...]
        while let first = rest.first, let name = first.path.first {
            if first.path.count == 1 {
                members.append(Member(String(name), first.value))
                rest.removeFirst()
            } else {
                let group = rest.prefix { $0.path.first == name }
                rest = rest.dropFirst(group.count)
                members.append(Member(String(name), nested(group.map { ($0.path.dropFirst(), $0.value) })))
            }
        }
        return .record(members)
    }
}
