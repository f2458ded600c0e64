internal import Fleet

/// The table of metrics as a tree whose leaves know their index, in the order of `FieldTable.leaves`.
struct MetricTree: Sendable {
    enum Content: Sendable {
        case leaf(Int)
        case group([MetricTree])
    }

    var field: Field
    var content: Content

    static let roots: [MetricTree] = {
        var next = 0
        return roots(of: FieldTable.resourceMetrics.fields, next: &next)
    }()

    private static func roots(of fields: [Field], next: inout Int) -> [MetricTree] {
        fields.map { field in
            if case .group(let children) = field.type {
                return MetricTree(field: field, content: .group(roots(of: children, next: &next)))
            }
            next += 1
            return MetricTree(field: field, content: .leaf(next - 1))
        }
    }
}
