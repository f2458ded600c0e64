/// What a resource states about itself, leaf by leaf: pairs of a leaf's index in the kind's `FieldTable` and a value.
///
/// Flat and sorted, so that comparing two of them is one walk; absent leaves take no space.
package struct Spec: Hashable, Sendable {
    package struct Leaf: Hashable, Sendable {
        package let index: Int
        package var value: FieldValue

        package init(_ index: Int, _ value: FieldValue) {
            self.index = index
            self.value = value
        }
    }

    package let kind: Kind
    /// In ascending order of index, each at most once.
    package private(set) var leaves: [Leaf]

    package init(_ kind: Kind, _ leaves: [Leaf] = []) {
        self.kind = kind
        self.leaves = leaves
        let sorted = zip(leaves, leaves.dropFirst()).allSatisfy { $0.index < $1.index }
        if !sorted { self.leaves.sort { $0.index < $1.index } }
    }

    package subscript(index: Int) -> FieldValue? {
        get { position(of: index).found.map { leaves[$0].value } }
        set {
            let (found, insertion) = position(of: index)
            switch (found, newValue) {
            case (let found?, let value?): leaves[found].value = value
            case (let found?, nil): leaves.remove(at: found)
            case (nil, let value?): leaves.insert(Leaf(index, value), at: insertion)
            case (nil, nil): break
            }
        }
    }

    /// By the leaf's dotted path; nil also when the kind has no such field.
    package subscript(path: String) -> FieldValue? { kind.table.leaf(path).flatMap { self[$0.index] } }

    /// Adds the table's default for every leaf that is not stated.
    package func withDefaults() -> Spec {
        var result = self
        for leaf in kind.table.leaves {
            if let value = leaf.field.defaultValue, result[leaf.index] == nil { result[leaf.index] = value }
        }
        return result
    }

    private func position(of index: Int) -> (found: Int?, insertion: Int) {
        var (low, high) = (0, leaves.count)
        while low < high {
            let middle = (low + high) / 2
            if leaves[middle].index < index { low = middle + 1 } else { high = middle }
        }
        return (low < leaves.count && leaves[low].index == index ? low : nil, low)
    }
}
