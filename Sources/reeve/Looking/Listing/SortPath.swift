import ArgumentParser
import Fleet

/// `--sort-by`: a path in an object as `-o json` shows it, such as `spec.max_nodes` or `metadata.created_at`.
struct SortPath: ExpressibleByArgument {
    private let components: [String]

    /// Also as other tools write it: `{.spec.max_nodes}`, `.spec.max_nodes`.
    init?(argument: String) {
        var text = Substring(argument)
        if text.hasPrefix("{"), text.hasSuffix("}") { text = text.dropFirst().dropLast() }
        if text.hasPrefix(".") { text = text.dropFirst() }
        components = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if components.contains("") { return nil }
    }

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
