import BSON
internal import Fleet

/// How a kind's leaves lie in documents, worked out once per kind.
struct SpecLayout: Sendable {
    let kind: Kind
    /// Each leaf's path, split; by index.
    let components: [[String]]
    let indexes: [String: Int]
    /// Finds the leaves below `spec` in `desired`.
    let declared: FieldTrie
    /// Finds the leaves in the kind's own collection, and the fields beside them (`ObservedField`).
    let stored: FieldTrie

    private init(_ kind: Kind) {
        self.kind = kind
        let table = kind.table
        components = table.leaves.map(\.components)
        indexes = Dictionary(uniqueKeysWithValues: table.leaves.map { ($0.path, $0.index) })
        declared = FieldTrie(table.leaves.map { ($0.components, $0.index) })
        let fields = ObservedField.all(of: kind).map { (components: [$0.name], target: $0.field.target) }
        let leaves = table.leaves.filter { $0.storedPath != nil }.map { (components: $0.components, target: $0.index) }
        stored = FieldTrie(fields + leaves)
    }

    private static let scalingPolicy = SpecLayout(.scalingPolicy)
    private static let nodePool = SpecLayout(.nodePool)
    private static let node = SpecLayout(.node)

    static func of(_ kind: Kind) -> SpecLayout {
        switch kind {
        case .scalingPolicy: scalingPolicy
        case .nodePool: nodePool
        case .node: node
        }
    }
}

extension DocumentWriter {
    /// Writes leaves as nested documents, each group once.
    mutating func append(leavesOf spec: Spec, _ layout: SpecLayout) {
        append(spec.leaves[...], at: layout.components)
    }

    /// `paths` holds each leaf's path, by index. Leaves stand in the table's order, in which the leaves of a group
    /// follow one another.
    mutating func append(_ leaves: ArraySlice<Spec.Leaf>, at paths: [[String]], depth: Int = 0) {
        var start = leaves.startIndex
        while start < leaves.endIndex {
            let path = paths[leaves[start].index]
            if path.count == depth + 1 {
                append(path[depth], field: leaves[start].value)
                start += 1
                continue
            }
            var end = start + 1
            while end < leaves.endIndex, paths[leaves[end].index].count > depth + 1,
                paths[leaves[end].index][depth] == path[depth]
            {
                end += 1
            }
            document(path[depth]) { group in group.append(leaves[start..<end], at: paths, depth: depth + 1) }
            start = end
        }
    }
}

/// Gathers the leaves that a walk finds.
struct LeafCollector: FieldSink {
    private(set) var leaves: [Spec.Leaf]
    private(set) var obstacles: [Obstacle] = []
    private var isAscending = true

    init(reserving count: Int) {
        leaves = []
        leaves.reserveCapacity(count)
    }

    mutating func leaf(_ target: Int, _ element: ElementView) {
        if let last = leaves.last, last.index >= target { isAscending = false }
        leaves.append(Spec.Leaf(target, FieldValue(element)))
    }

    mutating func obstacle(_ path: String, _ element: ElementView) {
        obstacles.append(Obstacle(path: path, value: FieldValue(element)))
    }

    /// The leaves as a spec. Of a field that stands there twice, which BSON allows, the first counts, as for MongoDB.
    func spec(_ kind: Kind) -> Spec {
        guard !isAscending else { return Spec(kind, leaves) }
        var spec = Spec(kind)
        for leaf in leaves where spec[leaf.index] == nil { spec[leaf.index] = leaf.value }
        return spec
    }
}
