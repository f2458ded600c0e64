package import Fleet

/// A document of a data-model collection as a tree of values, with MongoDB's rules for dotted paths.
package struct MemoryDocument: Hashable, Sendable {
    package let id: DocumentID
    /// Top-level fields in the order in which they were written.
    package private(set) var fields: [FieldValue.Member]

    package init(id: DocumentID, fields: [FieldValue.Member] = []) {
        self.id = id
        self.fields = fields
    }

    /// By dotted path, through objects only. Setting makes the parents that are missing; one that is no object is
    /// replaced, as somebody who edits by hand might do.
    package subscript(path: String) -> FieldValue? {
        get { Self.value(in: fields, path.split(separator: ".")[...]) }
        set { Self.set(newValue, in: &fields, path.split(separator: ".")[...], replacingObstacles: true) }
    }

    /// `$set` or `$unset` of one path; false where MongoDB answers 28: a parent is there and is no object.
    mutating func write(_ write: PathValue) -> Bool {
        Self.set(write.value, in: &fields, write.path.split(separator: ".")[...], replacingObstacles: false)
    }

    /// Whether the value that was read still stands there: numbers compare by value, null is not missing, and a scalar
    /// is not an array that holds it.
    func matches(_ condition: PathGuard) -> Bool {
        var found: [FieldValue] = []
        Self.collect(.record(fields), condition.path.split(separator: ".")[...], into: &found)
        guard let expected = condition.expected else { return found.isEmpty }
        return found.contains(expected)
    }

    private static func value(
        in members: [FieldValue.Member], _ path: ArraySlice<Substring>
    ) -> FieldValue? {
        guard let name = path.first, let member = members.first(where: { $0.name == name }) else { return nil }
        if path.count == 1 { return member.value }
        guard case .record(let inner) = member.value else { return nil }
        return value(in: inner, path.dropFirst())
    }

    /// All that a path leads to; an array on the way stands for each of its members.
    private static func collect(
        _ value: FieldValue, _ path: ArraySlice<Substring>, into found: inout [FieldValue]
    ) {
        guard let name = path.first else {
            found.append(value)
            return
        }
        switch value {
        case .record(let members):
            if let member = members.first(where: { $0.name == name }) {
                collect(member.value, path.dropFirst(), into: &found)
            }
        case .list(let elements):
            for case .record(let members) in elements { collect(.record(members), path, into: &found) }
        default: break
        }
    }

    @discardableResult
    private static func set(
        _ value: FieldValue?, in members: inout [FieldValue.Member], _ path: ArraySlice<Substring>,
        replacingObstacles: Bool
    ) -> Bool {
        guard let name = path.first else { return false }
        let index = members.firstIndex { $0.name == name }
        if path.count == 1 {
            switch (index, value) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(FieldValue.Member(String(name), value))
            case (nil, nil): break
            }
            return true
        }
        var inner: [FieldValue.Member] = []
        if let index {
            if case .record(let present) = members[index].value {
                inner = present
            } else if value == nil {
                return true
            } else if !replacingObstacles {
                return false
            }
        } else if value == nil {
            return true
        }
        guard set(value, in: &inner, path.dropFirst(), replacingObstacles: replacingObstacles) else { return false }
        if let index {
            members[index].value = .record(inner)
        } else {
            members.append(FieldValue.Member(String(name), .record(inner)))
        }
        return true
    }
}

extension MemoryDocument {
    /// The document as decisions see it; nil when it has no id of the data model.
    func observed(_ kind: Kind) -> Observed? {
        guard let id = self[kind.idField]?.string else { return nil }
        var leaves: [Spec.Leaf] = []
        var obstacles: [Obstacle] = []
        for leaf in kind.table.leaves where leaf.storedPath != nil {
            switch find(leaf.components) {
            case .value(let value): leaves.append(Spec.Leaf(leaf.index, value))
            case .obstacle(let obstacle):
                if obstacles.last != obstacle, !obstacles.contains(obstacle) { obstacles.append(obstacle) }
            case .nothing: break
            }
        }
        var observed = Observed(ResourceKey(kind, id), documentID: self.id, leaves: Spec(kind, leaves))
        observed.obstacles = obstacles
        observed.name = self["name"]
        observed.createdAt = self["created_at"]
        if kind == .node {
            observed.status = self["status"]
            observed.lastHeartbeat = self["last_heartbeat"]?.timestamp
            observed.score = self["poot_score"]?.double
        } else {
            observed.nodeCount = self["node_count"]
        }
        return observed
    }

    private enum Finding {
        case value(FieldValue)
        case obstacle(Obstacle)
        case nothing
    }

    private func find(_ components: [String]) -> Finding {
        var members = fields
        for (depth, name) in components.enumerated() {
            guard let member = members.first(where: { $0.name == name }) else { return .nothing }
            if depth == components.count - 1 { return .value(member.value) }
            guard case .record(let inner) = member.value else {
                let path = components[...depth].joined(separator: ".")
                return .obstacle(Obstacle(path: path, value: member.value))
            }
            members = inner
        }
        return .nothing
    }
}

extension Kind {
    /// The data model's id of the kind's documents.
    var idField: String {
        switch self {
        case .node: "node_id"
        case .nodePool: "pool_id"
        case .scalingPolicy: "policy_id"
        }
    }
}
