/// A number's spelling, looked at without turning it into one.
struct NumberText {
    private let text: Substring

    init(_ text: Substring) { self.text = text }

    init(_ text: String) { self.text = text[...] }

    /// Digits alone, perhaps after a minus, without leading zeros: the one spelling of whole numbers that is accepted.
    var isWhole: Bool { isPlain && !text.utf8.contains(UInt8(ascii: ".")) }

    /// As `isWhole`, or with a point and at least one digit after it.
    var isPlain: Bool {
        var rest = text.utf8
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        let whole = rest.prefix { (48...57).contains($0) }
        rest = rest.dropFirst(whole.count)
        guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return false }
        guard rest.first == UInt8(ascii: ".") else { return rest.isEmpty }
        rest.removeFirst()
        return !rest.isEmpty && rest.allSatisfy { (48...57).contains($0) }
    }

    /// Why a spelling that people or other tools use is not accepted; nil for what is no number at all.
    var refusal: String? {
        let lower = text.lowercased()
        let unsigned = lower.hasPrefix("-") || lower.hasPrefix("+") ? lower.dropFirst() : lower[...]
        if [".nan", "nan", ".inf", "inf", "infinity"].contains(String(unsigned)) { return "is not a number here" }
        guard let first = unsigned.utf8.first, (48...57).contains(first) || first == UInt8(ascii: ".") else {
            return nil
        }
        if unsigned.hasPrefix("0x") || unsigned.hasPrefix("0o") || unsigned.hasPrefix("0b") {
            return "is not decimal; write digits alone"
        }
        if unsigned.contains("_") || unsigned.contains(",") { return "groups its digits; write digits alone" }
        if lower.hasPrefix("+") { return "has a plus sign; leave it out" }
        if unsigned.hasSuffix("%") { return "has a unit; write the number alone" }
        if unsigned.contains("e"), unsigned.utf8.allSatisfy({ (48...57).contains($0) || ".e+-".utf8.contains($0) }) {
            return "has an exponent; write the number out"
        }
        if NumberText(String(unsigned.drop { $0 == "0" })).isPlain { return "has leading zeros; leave them out" }
        if unsigned.hasPrefix(".") || unsigned.hasSuffix(".") { return "needs digits on both sides of the point" }
        return nil
    }

    /// The number nearest to a plain spelling; whole ones exactly, as far as they fit.
    var nearest: Double? { isPlain ? Double(text) : nil }
}
