/// "Did you mean": the nearest of the names that are allowed.
package enum Spelling {
    /// The nearest candidate, the first of equals; nil when none is near enough to be what was meant.
    package static func nearest(to text: String, among candidates: [String]) -> String? {
        let wanted = simplified(text)
        guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let distance = distance(wanted, simplified(candidate))
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        guard let best, best.distance <= max(1, wanted.count / 3) else { return nil }
        return best.name
    }

    /// `; did you mean NAME?`, or nothing.
    package static func suggestion(for text: String, among candidates: [String]) -> String {
        nearest(to: text, among: candidates).map { "; did you mean `\($0)`?" } ?? ""
    }

    /// Case, `-` and `_` are what people slip on first; without them `maxNodes` is as near as it looks.
    private static func simplified(_ text: String) -> [UInt8] {
        text.utf8.prefix(256).compactMap { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte + 32
            case UInt8(ascii: "_"), UInt8(ascii: "-"): nil
            default: byte
            }
        }
    }

    /// Insertions, deletions, replacements, and swaps of neighbours (optimal string alignment).
    package static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                var cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, beforeLast[j - 2] + 1) }
                row.append(cost)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
