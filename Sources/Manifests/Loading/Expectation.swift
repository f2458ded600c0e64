import Fleet

extension FieldType {
    /// What values the type takes, in words that follow "expected".
    package var expectation: String {
        switch self {
        case .string(let rule): rule.expectation
        case .choice(let words): oneOf(words)
        case .integer(let range): "a whole number " + range.inWords { String($0) }
        case .bytes(let range): "bytes such as 1500000000, 64GiB or 500GB, " + range.inWords(quantity)
        case .number(let rule): "a number " + rule.inWords
        case .boolean: "true or false"
        case .decimal(let rule):
            "an exact decimal in quotes, such as \"0.12\", from 0 to \(rule.maximum)"
                + " with at most \(rule.fractionDigits) digits after the point"
        case .timestamp: "a time such as 2030-12-01T00:00:00Z (RFC 3339)"
        case .list(of: let element, let count): "a list of \(count.inWords) of: \(element.expectation)"
        case .record(let fields), .group(let fields):
            "a mapping with " + namesToState(fields).joined(separator: ", ")
        case .pairs: "a mapping of names to texts"
        case .oneOrMore(let element): "\(element.expectation), or a list of them"
        }
    }
}

/// What a mapping must state; where that is nothing, what it may.
private func namesToState(_ fields: [Field]) -> [String] {
    let required = fields.filter(\.required)
    return (required.isEmpty ? fields : required).map(\.name)
}

extension StringRule {
    fileprivate var expectation: String {
        let size = length.inWords + " characters"
        switch format {
        case .timeZone?: return "an IANA time zone such as Europe/Berlin"
        case .mac?: return "six pairs of hexadecimal digits such as 02:00:5e:10:00:01"
        case .reference?: return "KIND/ID such as NodePool/pool_render-eu"
        case nil: break
        }
        switch pattern {
        case let pattern? where pattern.characters == .capitals: return "\(size), all capital letters"
        case let pattern? where pattern.prefix.isEmpty: return "\(size): letters, digits, `_` and `-`"
        case let pattern?: return "\(size): `\(pattern.prefix)` and letters, digits, `_` and `-`"
        case nil: return "a text of \(size)"
        }
    }
}

extension NumberRule {
    /// `from 0 to 100`, `above 0 and at most 100`, `above 0`.
    package var inWords: String {
        // Beyond this a bound is only there to keep numbers exact.
        let limit = maximum < 1e15
        if exclusiveMinimum { return "above \(decimal(minimum))" + (limit ? " and at most \(decimal(maximum))" : "") }
        return limit ? "from \(decimal(minimum)) to \(decimal(maximum))" : "of at least \(decimal(minimum))"
    }
}

extension ClosedRange where Bound: FixedWidthInteger {
    /// `from 1 to 128`, or `of at least 1` where the upper bound is the type's own or only keeps numbers exact.
    func inWords(_ show: (Bound) -> String) -> String {
        let open = upperBound == .max || Int64(upperBound) >= 1_000_000_000_000_000
        return open ? "of at least \(show(lowerBound))" : "from \(show(lowerBound)) to \(show(upperBound))"
    }
}

extension ClosedRange<Int> {
    /// `3 to 100`, `at least 3`, `17`.
    package var inWords: String {
        if lowerBound == upperBound { return String(lowerBound) }
        return upperBound == .max ? "at least \(lowerBound)" : "\(lowerBound) to \(upperBound)"
    }
}

/// A whole double without its point.
func decimal(_ value: Double) -> String { Int64(exactly: value).map(String.init) ?? String(value) }

/// Bytes in the largest unit that shows them exactly in four digits or fewer; otherwise the plain number.
package func quantity(_ bytes: Int64) -> String {
    for (unit, size) in ByteUnit.all.reversed() where bytes % size == 0 && size > 1 {
        let count = bytes / size
        if (1...9999).contains(count) { return "\(count)\(unit)" }
    }
    return String(bytes)
}
