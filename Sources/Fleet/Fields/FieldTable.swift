/// The fields of one kind's `spec` (or `metadata`, or `lifecycle`), or of a node's reports, as a tree and as a flat list
/// of leaves.
///
/// A leaf is what has one owner and is compared, planned and written on its own; a list is one leaf.
package struct FieldTable: Sendable {
    package struct Leaf: Sendable {
        /// The position in `leaves`; what a `Spec` stores its values under.
        package let index: Int
        /// Dotted, below `spec`: `hardware_info.cpu.cores`.
        package let path: String
        package let components: [String]
        package let field: Field
        /// The path in the kind's collection; nil for what stands in `desired` alone.
        package var storedPath: String? {
            switch field.storage {
            case .document: field.storedName ?? path
            case .declaration: nil
            }
        }
    }

    /// Whose fields these are: `Node`, `ResourceMetrics`.
    package let subject: String
    package let fields: [Field]
    package let leaves: [Leaf]
    private let byPath: [String: Int]

    init(_ kind: Kind, _ fields: [Field]) { self.init(kind.rawValue, fields) }

    init(_ subject: String, _ fields: [Field]) {
        self.subject = subject
        self.fields = fields
        leaves = FieldTable.flatten(fields, below: [], from: 0)
        byPath = Dictionary(uniqueKeysWithValues: leaves.map { ($0.path, $0.index) })
    }

    package func leaf(_ path: String) -> Leaf? { byPath[path].map { leaves[$0] } }

    /// The index of a leaf that the code itself names; a wrong name is a slip that the first test run finds.
    package func index(_ path: StaticString) -> Int {
        guard let index = byPath["\(path)"] else { preconditionFailure("\(subject) has no field \(path)") }
        return index
    }

    private static func flatten(_ fields: [Field], below parents: [String], from start: Int) -> [Leaf] {
        var leaves: [Leaf] = []
        for field in fields {
            let components = parents + [field.name]
            if case .group(let children) = field.type {
                leaves += flatten(children, below: components, from: start + leaves.count)
            } else {
                let path = components.joined(separator: ".")
                leaves.append(Leaf(index: start + leaves.count, path: path, components: components, field: field))
            }
        }
        return leaves
    }
}

extension Kind {
    /// The kind's row in the table of tables.
    package var table: FieldTable {
        switch self {
        case .scalingPolicy: FieldTable.scalingPolicy
        case .nodePool: FieldTable.nodePool
        case .node: FieldTable.node
        }
    }
}
