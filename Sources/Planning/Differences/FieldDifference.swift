import Fleet

/// One field whose document does not hold what is declared.
package struct FieldDifference: Hashable, Sendable {
    /// Dotted, in the document.
    package var path: String
    /// Nil: missing.
    package var found: FieldValue?
    /// Nil: to be unset.
    package var declared: FieldValue?

    package init(path: String, found: FieldValue?, declared: FieldValue?) {
        self.path = path
        self.found = found
        self.declared = declared
    }
}

/// What a declaration wants its document to hold, leaf by leaf.
struct WantedDocument {
    var name: String
    /// Stated leaves, defaults and what references resolve to; stored leaves only.
    var leaves: Spec
    /// Stored leaves that are no longer stated and are to be unset once.
    var released: [Int]
}

/// Compares what is wanted with what was observed.
enum Differences {
    /// In the order of the table, `name` first; empty when the document is as wanted.
    static func between(_ wanted: WantedDocument, _ observed: Observed) -> [FieldDifference] {
        var found: [FieldDifference] = []
        if observed.name != .string(wanted.name) {
            found.append(FieldDifference(path: "name", found: observed.name, declared: .string(wanted.name)))
        }
        let table = wanted.leaves.kind.table
        // Both lists are sorted by leaf, so one walk meets every wanted leaf with its observed value.
        var position = 0
        let held = observed.leaves.leaves
        for leaf in wanted.leaves.leaves {
            while position < held.count, held[position].index < leaf.index { position += 1 }
            let value = position < held.count && held[position].index == leaf.index ? held[position].value : nil
            if value != leaf.value {
                let path = table.leaves[leaf.index].path
                found.append(FieldDifference(path: path, found: value, declared: leaf.value))
            }
        }
        for index in wanted.released {
            guard let value = observed.leaves[index] else { continue }
            found.append(FieldDifference(path: table.leaves[index].path, found: value, declared: nil))
        }
        return found
    }

    /// Everything of a document that does not exist yet, as differences from nothing.
    static func whole(_ wanted: WantedDocument) -> [FieldDifference] {
        let table = wanted.leaves.kind.table
        return [FieldDifference(path: "name", found: nil, declared: .string(wanted.name))]
            + wanted.leaves.leaves.map {
                FieldDifference(path: table.leaves[$0.index].path, found: nil, declared: $0.value)
            }
    }

    /// The compare-and-set that removes differences: guards hold the values that were read, writes touch only their
    /// paths. A path below something that is not an object is written with its whole parent, because MongoDB refuses
    /// to create a field in null (error 28).
    static func write(
        _ differences: [FieldDifference], over obstacles: [Obstacle]
    ) -> (guards: [PathGuard], writes: [PathValue]) {
        var guards: [PathGuard] = []
        var writes: [PathValue] = []
        var parents: [String: [(components: ArraySlice<Substring>, value: FieldValue)]] = [:]
        for difference in differences {
            guard let obstacle = obstacles.first(where: { difference.path.hasPrefix($0.path + ".") }) else {
                guards.append(PathGuard(difference.path, difference.found))
                writes.append(PathValue(difference.path, difference.declared))
                continue
            }
            guard let value = difference.declared else { continue }
            let below = difference.path.dropFirst(obstacle.path.count + 1).split(separator: ".")
            parents[obstacle.path, default: []].append((below[...], value))
        }
        for obstacle in obstacles {
            guard let members = parents[obstacle.path] else { continue }
            guards.append(PathGuard(obstacle.path, obstacle.value))
            writes.append(PathValue(obstacle.path, record(members)))
        }
        return (guards, writes)
    }

    /// Nests dotted members, in their order.
    private static func record(_ members: [(components: ArraySlice<Substring>, value: FieldValue)]) -> FieldValue {
        var names: [Substring] = []
        var groups: [Substring: [(components: ArraySlice<Substring>, value: FieldValue)]] = [:]
        for member in members {
            guard let name = member.components.first else { continue }
            if groups[name] == nil { names.append(name) }
            groups[name, default: []].append((member.components.dropFirst(), member.value))
        }
        return .record(
            names.map { name in
                let group = groups[name] ?? []
                if let only = group.first, only.components.isEmpty {
                    return FieldValue.Member(String(name), only.value)
                }
                return FieldValue.Member(String(name), record(group))
            })
    }
}
