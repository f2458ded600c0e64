import Fleet

/// The units in which bytes may be written: decimal ones, and binary ones with an `i`.
package enum ByteUnit {
    /// By size, the smallest first.
    static let all: [(name: String, size: Int64)] = [
        ("B", 1), ("kB", 1_000), ("KB", 1_000), ("KiB", 1 << 10), ("MB", 1_000_000), ("MiB", 1 << 20),
        ("GB", 1_000_000_000), ("GiB", 1 << 30), ("TB", 1_000_000_000_000), ("TiB", 1 << 40),
        ("PB", 1_000_000_000_000_000), ("PiB", 1 << 50),
    ]

    /// What JSON Schema allows a quantity to be.
    package static let pattern = "^(0|[1-9][0-9]*)(\\.[0-9]+)?(\(all.map(\.name).joined(separator: "|")))$"

    enum Reading: Equatable {
        case bytes(Int64)
        /// A right quantity of more bytes than fit.
        case tooLarge
        case fractionOfAByte
        case unknownUnit(String)
        case malformed
    }

    /// Reads `64GiB`, `1.5TB` or `1500000000`, exactly.
    static func read(_ text: String) -> Reading { whole(text).map { .bytes($0) } ?? exact(text) }

    /// The usual case, quickly: up to nine digits, and a unit.
    private static func whole(_ text: String) -> Int64? {
        var count: Int64 = 0
        var digits = 0
        for byte in text.utf8 {
            guard byte >= 48, byte <= 57 else { break }
            count = count * 10 + Int64(byte - 48)
            digits += 1
            if digits > 9 { return nil }
        }
        guard digits > 0, count > 0, text.utf8.first != 48 else { return nil }
        let unit = text.utf8.dropFirst(digits)
        if unit.isEmpty { return count }
        guard let size = all.first(where: { $0.name.utf8.elementsEqual(unit) })?.size else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
        return overflow ? nil : bytes
    }

    private static func exact(_ text: String) -> Reading {
        let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." || $0 == "-" }
        let unit = text[digits.endIndex...]
        guard NumberText(digits).isPlain, let count = DecimalNumber(digits) else {
            return NumberText(digits).isPlain ? .tooLarge : .malformed
        }
        guard unit.isEmpty || all.contains(where: { $0.name == unit }) else { return .unknownUnit(String(unit)) }
        let size = all.first { $0.name == unit }?.size ?? 1
        let (product, overflow) = count.significand.multipliedReportingOverflow(by: Int128(size))
        if overflow { return .tooLarge }
        let total = DecimalNumber(significand: product, exponent: count.exponent)
        if total.exponent < 0 { return .fractionOfAByte }
        return total.integer.map { .bytes($0) } ?? .tooLarge
    }
}
