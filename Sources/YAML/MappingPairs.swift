/// The pairs of a mapping while it is read: finds duplicate keys, resolves merges.
struct MappingPairs {
    private var pairs: [Node.Pair] = []
    /// Where each key stands first. A walk is quicker while there are few keys, so it is filled after that.
    private var positions: [ExactText: Int] = [:]
    private static let few = 12

    private var merges: [[Node.Pair]] = []
    private var mergePosition = 0
    /// Where `<<` stands.
    private(set) var mergeMark: Mark?

    /// Adds a pair, also if its key stands already; then the answer is where it stood first.
    mutating func append(_ pair: Node.Pair, text: String) -> Mark? {
        let first = firstPosition(of: text)
        if pairs.count >= Self.few { index(text, at: pairs.count) }
        let mark = first.map { pairs[$0].key.mark }
        pairs.append(pair)
        return mark
    }

    /// Notes what `<<` brings in: keys that stand here win, then the earlier source does.
    mutating func merge(_ sources: [[Node.Pair]], at mark: Mark) {
        merges = sources
        mergePosition = pairs.count
        mergeMark = mark
    }

    /// All pairs, with the merged-in ones where `<<` stood.
    consuming func resolved() -> [Node.Pair] {
        guard !merges.isEmpty else { return pairs }
        let own = pairs.count
        for pair in merges.joined() {
            if let text = pair.key.scalar?.text, firstPosition(of: text) == nil { _ = append(pair, text: text) }
        }
        return Array(pairs[..<mergePosition] + pairs[own...] + pairs[mergePosition..<own])
    }

    private func firstPosition(of text: String) -> Int? {
        if pairs.count > Self.few { return positions[ExactText(text)] }
        return pairs.firstIndex { pair in
            if case .scalar(let key) = pair.key.content { isSameText(key.text, text) } else { false }
        }
    }

    private mutating func index(_ text: String, at position: Int) {
        if positions.isEmpty {
            for (position, pair) in pairs.enumerated() {
                let key = ExactText(pair.key.scalar?.text ?? "")
                if positions[key] == nil { positions[key] = position }
            }
        }
        let key = ExactText(text)
        if positions[key] == nil { positions[key] = position }
    }
}

/// A string that equals only the same scalars.
private struct ExactText: Hashable {
    let text: String
    init(_ text: String) { self.text = text }

    static func == (left: ExactText, right: ExactText) -> Bool { isSameText(left.text, right.text) }

    func hash(into hasher: inout Hasher) {
        let isHashed: Void? = text.utf8.withContiguousStorageIfAvailable {
            hasher.combine(bytes: UnsafeRawBufferPointer($0))
        }
        if isHashed == nil { for byte in text.utf8 { hasher.combine(byte) } }
    }
}
