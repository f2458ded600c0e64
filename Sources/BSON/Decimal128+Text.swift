// The conversions of the specification "BSON Decimal128 Type Handling in Drivers".

extension Decimal128 {
    /// Reads a decimal number, `Infinity`, `Inf` or `NaN` (any case, with or without a sign).
    ///
    /// Strict: nil for anything else, and nil where the number would have to be rounded. What fits exactly by
    /// dropping or adding zeros is taken: `1E6112` is `10E6111`.
    package init?(_ text: String) {
        var digits = Substring(text).utf8
        let negative = digits.first == UInt8(ascii: "-")
        if negative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        switch String(Substring(digits)).lowercased() {
        case "inf", "infinity": self = negative ? .negativeInfinity : .infinity
        case "nan": self = .nan
        default:
            guard let number = DecimalScan(digits) else { return nil }
            guard let fitted = number.fitted() else { return nil }
            self.init(negative: negative, significand: fitted.significand, exponent: fitted.exponent)
        }
    }
}

extension Decimal128: CustomStringConvertible {
    /// The canonical text, which `init(_:)` reads back to the same bits (but for NaN's sign and payload).
    package var description: String {
        guard let (negative, significand, exponent) = parts else {
            return isNaN ? "NaN" : isNegative ? "-Infinity" : "Infinity"
        }
        let sign = negative ? "-" : ""
        let digits = String(significand)
        let adjusted = exponent + digits.count - 1
        if exponent > 0 || adjusted < -6 {
            let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
            return "\(sign)\(digits.prefix(1))\(fraction)E\(adjusted < 0 ? "" : "+")\(adjusted)"
        }
        if exponent == 0 { return sign + digits }
        let whole = digits.count + exponent
        if whole > 0 { return "\(sign)\(digits.prefix(whole)).\(digits.dropFirst(whole))" }
        return "\(sign)0.\(String(repeating: "0", count: -whole))\(digits)"
    }
}

/// An unsigned decimal number as it is written, before it is made to fit the format.
private struct DecimalScan {
    var significand: UInt128 = 0
    var exponent = 0
    private var digitCount = 0

    /// Nil for anything but `digits[.digits][e[±]digits]` with a digit before the `e`, and for more than 34 digits
    /// that count.
    init?(_ text: Substring.UTF8View) {
        var sawDigit = false
        var sawPoint = false
        var rest = text
        scan: while let character = rest.first {
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                sawDigit = true
                if sawPoint { exponent -= 1 }
                guard take(character - UInt8(ascii: "0")) else { return nil }
            case UInt8(ascii: ".") where !sawPoint:
                sawPoint = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                break scan
            default:
                return nil
            }
            rest.removeFirst()
        }
        guard sawDigit else { return nil }
        if !rest.isEmpty {
            guard let stated = Self.exponent(rest.dropFirst()) else { return nil }
            exponent += stated
        }
    }

    /// Takes one more digit; beyond 34 only zeros, which move into the exponent.
    private mutating func take(_ digit: UInt8) -> Bool {
        if digitCount == 34 {
            exponent += 1
            return digit == 0
        }
        if significand != 0 || digit != 0 { digitCount += 1 }
        significand = significand * 10 + UInt128(digit)
        return true
    }

    /// An exponent with an optional sign; far beyond the format's range it only keeps its sign.
    private static func exponent(_ text: Substring.UTF8View) -> Int? {
        var digits = text
        let negative = digits.first == UInt8(ascii: "-")
        if negative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        guard !digits.isEmpty else { return nil }
        var value = 0
        for character in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) else { return nil }
            value = min(value * 10 + Int(character - UInt8(ascii: "0")), 1 << 40)
        }
        return negative ? -value : value
    }

    /// The same number with an exponent that the format has; nil if that takes rounding.
    func fitted() -> (significand: UInt128, exponent: Int)? {
        let range = Decimal128.exponents
        var (significand, exponent) = (significand, exponent)
        if significand == 0 {
            return (0, min(max(exponent, range.lowerBound), range.upperBound))
        }
        while exponent > range.upperBound {
            guard significand <= Decimal128.maximumSignificand / 10 else { return nil }
            significand *= 10
            exponent -= 1
        }
        while exponent < range.lowerBound {
            guard significand % 10 == 0 else { return nil }
            significand /= 10
            exponent += 1
        }
        return (significand, exponent)
    }
}
