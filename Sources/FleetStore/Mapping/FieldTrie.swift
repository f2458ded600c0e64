import BSON
internal import Fleet

/// A kind's leaves as a tree over the names of a document's fields, flat in memory: a walk over a document finds the
/// leaf of each element by comparing bytes, and makes no string and no dictionary on its way.
///
/// Fields that the tree does not hold are passed over.
struct FieldTrie: Sendable {
    /// One name within a group. `target` is what a leaf is reported as; a negative one is the group `~target`.
    private struct Entry {
        let nameStart: Int
        let nameCount: Int
        let target: Int
    }

    /// The entries of a group, and its path.
    private struct Group {
        var entries: Range<Int>
        let path: String
    }

    private var names: [UInt8] = []
    private var entries: [Entry] = []
    private var groups: [Group] = []

    /// `leaves`: dotted paths, split, and what each is reported as (0 or above).
    init(_ leaves: [(components: [String], target: Int)]) {
        addGroup(leaves[...], depth: 0, path: "")
    }

    @discardableResult
    private mutating func addGroup(
        _ leaves: ArraySlice<(components: [String], target: Int)>, depth: Int, path: String
    ) -> Int {
        let group = groups.count
        groups.append(Group(entries: 0..<0, path: path))
        var children: [(name: String, target: Int)] = []
        var rest = leaves
        while let first = rest.first {
            let name = first.components[depth]
            if first.components.count == depth + 1 {
                children.append((name, first.target))
                rest = rest.dropFirst()
            } else {
                let below = rest.prefix { $0.components.count > depth + 1 && $0.components[depth] == name }
                let child = addGroup(below, depth: depth + 1, path: path.isEmpty ? name : "\(path).\(name)")
                children.append((name, ~child))
                rest = rest.dropFirst(below.count)
            }
        }
        let start = entries.count
        for child in children {
            entries.append(Entry(nameStart: names.count, nameCount: child.name.utf8.count, target: child.target))
            names += child.name.utf8
        }
        groups[group].entries = start..<entries.count
        return group
    }

    /// Reports each element of `document` that is a leaf, with its target, and each that stands where a group should
    /// and is no document, with the group's path.
    func walk<Sink: FieldSink>(_ document: DocumentView, into sink: inout Sink) throws(BSONError) {
        try walk(document, group: 0, into: &sink)
    }

    private func walk<Sink: FieldSink>(
        _ document: DocumentView, group: Int, into sink: inout Sink
    ) throws(BSONError) {
        let range = groups[group].entries
        // Most documents hold their fields in the table's order: the next one is tried first.
        var expected = range.lowerBound
        var cursor = try document.cursor()
        while let element = try cursor.next() {
            guard let found = find(element.key.bytes, from: expected, in: range) else { continue }
            expected = found + 1
            let target = entries[found].target
            if target >= 0 {
                sink.leaf(target, element)
            } else if element.type == .document {
                try walk(try element.document(), group: ~target, into: &sink)
            } else {
                sink.obstacle(groups[~target].path, element)
            }
        }
    }

    private func find(_ key: UnsafeRawBufferPointer, from expected: Int, in range: Range<Int>) -> Int? {
        names.withUnsafeBytes { names in
            var index = expected
            for _ in range {
                if index >= range.upperBound { index = range.lowerBound }
                let entry = entries[index]
                if entry.nameCount == key.count {
                    var offset = 0
                    while offset < key.count, names[entry.nameStart + offset] == key[offset] { offset += 1 }
                    if offset == key.count { return index }
                }
                index += 1
            }
            return nil
        }
    }
}

/// What takes a walk's findings.
protocol FieldSink {
    mutating func leaf(_ target: Int, _ element: ElementView)
    /// Something other than a document stands at `path`, above leaves.
    mutating func obstacle(_ path: String, _ element: ElementView)
}
