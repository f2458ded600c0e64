/// An exact decimal: `significand × 10^exponent`, kept in its shortest form so that equal values are identical.
///
/// Money is never a Double (DESIGN, reading 2). 38 digits cover Decimal128's 34.
package struct DecimalNumber: Hashable, Sendable {
    package let significand: Int128
    package let exponent: Int

    /// Normalises by dropping trailing zeros of the significand.
    package init(significand: Int128, exponent: Int) {
        var digits = significand
        var power = exponent
        if digits == 0 { power = 0 }
        while digits != 0, digits % 10 == 0 {
            digits /= 10
            power += 1
        }
        self.significand = digits
        self.exponent = power
    }

    package init(_ value: Int64) {
        self.init(significand: Int128(value), exponent: 0)
    }

    /// Reads plain decimal notation: an optional minus, digits, and optionally a point and more digits.
    ///
    /// Exponents, a plus sign, blanks, `NaN`, a bare point and more than 34 significant digits are refused.
    package init?(_ text: some StringProtocol) {
        var negative = false
        var digits: Int128 = 0
        var count = 0
        var fraction: Int?
        var seenDigit = false
        for (position, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where position == 0: negative = true
            case UInt8(ascii: ".") where fraction == nil && seenDigit: fraction = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                seenDigit = true
                if digits != 0 || byte != UInt8(ascii: "0") { count += 1 }
                guard count <= 34, (fraction ?? 0) < 6200 else { return nil }
                digits = digits * 10 + Int128(byte - UInt8(ascii: "0"))
                fraction = fraction.map { $0 + 1 }
            default: return nil
            }
        }
        guard seenDigit, fraction != 0 else { return nil }
        self.init(significand: negative ? -digits : digits, exponent: -(fraction ?? 0))
    }

    /// How many digits stand after the point in the shortest notation.
    package var fractionDigits: Int { max(0, -exponent) }

    package var isNegative: Bool { significand < 0 }

    package var integer: Int64? {
        guard exponent >= 0, exponent <= 18 else { return nil }
        var value = significand
        for _ in 0..<exponent { value *= 10 }
        return Int64(exactly: value)
    }

    package var nearestDouble: Double { Double(description) ?? .nan }

    func isExactly(_ double: Double) -> Bool { double.isFinite && nearestDouble == double }
}

extension DecimalNumber: Comparable {
    package static func < (left: DecimalNumber, right: DecimalNumber) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        // Magnitudes first: aligning two 38-digit significands could overflow.
        let (a, b) = (left.magnitudeKey, right.magnitudeKey)
        let smaller = a.scale == b.scale ? a.digits.lexicographicallyPrecedes(b.digits) : a.scale < b.scale
        let equal = left == right
        return !equal && (left.isNegative ? !smaller : smaller)
    }

    /// The position of the leading digit, and the digits from there on.
    private var magnitudeKey: (scale: Int, digits: [UInt8]) {
        let digits = Array(String(significand.magnitude).utf8)
        return (significand == 0 ? Int.min : digits.count + exponent, digits)
    }
}

extension DecimalNumber: CustomStringConvertible {
    package var description: String {
        let sign = isNegative ? "-" : ""
        var digits = String(significand.magnitude)
        if exponent >= 0 { return sign + digits + String(repeating: "0", count: exponent) }
        if digits.utf8.count <= -exponent {
            digits = String(repeating: "0", count: -exponent - digits.utf8.count + 1) + digits
        }
        let point = digits.index(digits.endIndex, offsetBy: exponent)
        return sign + digits[..<point] + "." + digits[point...]
    }
}
