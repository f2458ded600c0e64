/// Two texts line by line, in the unified format that `diff -u` prints and `patch` reads.
struct UnifiedDiff {
    private enum Line {
        case same(Substring)
        case removed(Substring)
        case added(Substring)
    }

    private static let context = 3
    private let lines: [Line]

    init(from old: String, to new: String) {
        let before = UnifiedDiff.split(old)
        let after = UnifiedDiff.split(new)
        var removed: Set<Int> = []
        var added: Set<Int> = []
        for change in after.difference(from: before) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): added.insert(offset)
            }
        }
        var lines: [Line] = []
        var (i, j) = (0, 0)
        while i < before.count || j < after.count {
            if i < before.count, removed.contains(i) {
                lines.append(.removed(before[i]))
                i += 1
            } else if j < after.count, added.contains(j) {
                lines.append(.added(after[j]))
                j += 1
            } else {
                lines.append(.same(before[i]))
                i += 1
                j += 1
            }
        }
        self.lines = lines
    }

    /// Empty when both are the same.
    func text(oldName: String, newName: String, _ terminal: Terminal) -> String {
        let hunks = hunks()
        guard !hunks.isEmpty else { return "" }
        var text = terminal.styled("--- \(oldName)", .bold) + "\n" + terminal.styled("+++ \(newName)", .bold) + "\n"
        for hunk in hunks { text += self.text(hunk, terminal) }
        return text
    }

    private static func split(_ text: String) -> [Substring] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    /// Ranges of lines around changes, where the context of neighbours does not meet.
    private func hunks() -> [Range<Int>] {
        var hunks: [Range<Int>] = []
        for (position, line) in lines.enumerated() {
            if case .same = line { continue }
            let from = max(0, position - UnifiedDiff.context)
            let to = min(lines.count, position + UnifiedDiff.context + 1)
            if let last = hunks.last, last.upperBound >= from {
                hunks[hunks.count - 1] = last.lowerBound..<to
            } else {
                hunks.append(from..<to)
            }
        }
        return hunks
    }

    private func text(_ hunk: Range<Int>, _ terminal: Terminal) -> String {
        let before = counts(lines[..<hunk.lowerBound])
        let inside = counts(lines[hunk])
        var text = "@@ -\(span(before.old, inside.old)) +\(span(before.new, inside.new)) @@\n"
        for line in lines[hunk] {
            switch line {
            case .same(let line): text += " \(String(line).printable)\n"
            case .removed(let line): text += terminal.styled("-\(String(line).printable)", .red) + "\n"
            case .added(let line): text += terminal.styled("+\(String(line).printable)", .green) + "\n"
            }
        }
        return text
    }

    private func counts(_ lines: ArraySlice<Line>) -> (old: Int, new: Int) {
        var counts = (old: 0, new: 0)
        for line in lines {
            switch line {
            case .same: (counts.old, counts.new) = (counts.old + 1, counts.new + 1)
            case .removed: counts.old += 1
            case .added: counts.new += 1
            }
        }
        return counts
    }

    /// A hunk's first line and length; an empty one names the line before it.
    private func span(_ before: Int, _ count: Int) -> String {
        "\(count == 0 ? before : before + 1),\(count)"
    }
}
