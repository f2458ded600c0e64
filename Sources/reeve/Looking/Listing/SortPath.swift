import ArgumentParser
import Fleet

/// `--sort-by`: a path in an object as `-o json` shows it, such as `spec.max_nodes` or `metadata.created_at`.
struct SortPath: ExpressibleByArgument, CustomStringConvertible {
    private let components: [String]

    /// Also as other tools write it: `{.spec.max_nodes}`, `.spec.max_nodes`.
    init?(argument: String) {
        var text = Substring(argument)
        if text.hasPrefix("{"), text.hasSuffix("}") { text = text.dropFirst().dropLast() }
        if text.hasPrefix(".") { text = text.dropFirst() }
        components = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if components.contains("") { return nil }
    }

    var description: String { components.joined(separator: ".") }

    /// Whether objects of one of the kinds can have a value there, even if none has one now.
    func isKnown(of kinds: [Kind]) -> Bool {
        if kinds.contains(where: {
            hasLeaf($0.table, below: "spec") || hasLeaf($0.table(of: .lifecycle), below: "lifecycle")
        }) {
            return true
        }
        return isAmong(SortPath.optional)
    }

    /// Whether a set can have a value there, even if none has one now.
    var isKnownOfSets: Bool { isAmong(SortPath.optionalOfSets) }

    private func isAmong(_ optional: [(part: String, names: Set<String>)]) -> Bool {
        optional.contains { part, names in
            let path = components.first == part ? components.dropFirst() : components[...]
            return path.first.map(names.contains) ?? false
        }
    }

    /// A list's or a mapping's own parts are whatever somebody writes.
    private func hasLeaf(_ table: FieldTable, below part: String) -> Bool {
        let paths = components.first == part ? [components[...], components.dropFirst()] : [components[...]]
        return paths.contains { path in table.leaves.contains { path.starts(with: $0.components) } }
    }

    /// What not every object has, beside the fields of the tables.
    private static let optional: [(part: String, names: Set<String>)] = [
        ("metadata", ["labels", "created_at", "set", "source", "commit", "deletion"]),
        (
            "status",
            ["state", "last_heartbeat", "draining_since", "counts", "scaling", "attempts", "next_retry", "conditions"]
        ),
        ("overrides", ["cordon", "drain", "suspend", "scale"]),
    ]

    private static let optionalOfSets: [(part: String, names: Set<String>)] = [
        ("status", ["attempted", "applied", "blocked", "pin", "attempts", "next_retry"])
    ]

    /// What stands there; a path that starts with none of an object's parts is looked for in each of them.
    func value(in object: FieldValue) -> FieldValue? {
        if let value = SortPath.value(components, in: object) { return value }
        for part in ["metadata", "spec", "status"] {
            if let inner = object.member(part), let value = SortPath.value(components, in: inner) { return value }
        }
        return nil
    }

    private static func value(_ path: [String], in object: FieldValue) -> FieldValue? {
        var value: FieldValue? = object
        for component in path {
            if let position = Int(component), let list = value?.list {
                value = list.indices.contains(position) ? list[position] : nil
            } else {
                value = value?.member(component)
            }
        }
        return value
    }

    /// Numbers by size, texts by their characters, times by age; what has no value comes last.
    static func precedes(_ left: FieldValue?, _ right: FieldValue?) -> Bool {
        guard let left else { return false }
        guard let right else { return true }
        if let a = left.double, let b = right.double { return a < b }
        if let a = left.string, let b = right.string { return a < b }
        if let a = left.timestamp, let b = right.timestamp { return a < b }
        if let a = left.bool, let b = right.bool { return !a && b }
        return left.double != nil && right.double == nil
    }
}
