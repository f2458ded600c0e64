/// An IEEE 754-2008 decimal floating point number of 34 digits, in its binary-integer encoding.
///
/// Equality is that of the bits: `1.0` and `1.00` differ, as do the two zeros. `Value.isEqualAsMongoDB`
/// compares as numbers.
package struct Decimal128: Hashable, Sendable {
    /// Sign, combination field and the upper part of the significand.
    package let high: UInt64
    package let low: UInt64

    package static let maximumSignificand: UInt128 = 9_999_999_999_999_999_999_999_999_999_999_999
    package static let exponents = -6176...6111

    package static let nan = Decimal128(high: 0x7C00_0000_0000_0000, low: 0)
    package static let infinity = Decimal128(high: 0x7800_0000_0000_0000, low: 0)
    package static let negativeInfinity = Decimal128(high: 0xF800_0000_0000_0000, low: 0)

    @inlinable
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// `significand` × 10^`exponent`, kept exactly as stated (no normalisation); nil outside the format's range.
    package init?(negative: Bool, significand: UInt128, exponent: Int) {
        guard significand <= Self.maximumSignificand, Self.exponents.contains(exponent) else { return nil }
        let biased = UInt64(exponent - Self.exponents.lowerBound)
        high = (negative ? 1 << 63 : 0) | biased << 49 | UInt64(truncatingIfNeeded: significand >> 64)
        low = UInt64(truncatingIfNeeded: significand)
    }

    /// `significand` × 10^`exponent`, kept exactly as stated; nil outside the format's range.
    package static func from(significand: Int128, exponent: Int) -> Decimal128? {
        Decimal128(negative: significand < 0, significand: significand.magnitude, exponent: exponent)
    }

    package var isNegative: Bool { high >> 63 == 1 }
    package var isNaN: Bool { high >> 58 & 0x1F == 0x1F }
    package var isInfinite: Bool { high >> 58 & 0x1F == 0x1E }

    /// Sign, significand and decimal exponent; nil for NaN and the infinities.
    ///
    /// A significand that the format does not allow (more than 34 digits) is read as 0, as IEEE 754 has it.
    package var parts: (negative: Bool, significand: UInt128, exponent: Int)? {
        guard !isNaN, !isInfinite else { return nil }
        let negative = isNegative
        if high >> 61 & 3 == 3 {
            // The second form has an implied leading 0b100, which is always beyond 34 digits.
            return (negative, 0, Int(high >> 47 & 0x3FFF) + Self.exponents.lowerBound)
        }
        let significand = UInt128(high & 0x1_FFFF_FFFF_FFFF) << 64 | UInt128(low)
        let exponent = Int(high >> 49 & 0x3FFF) + Self.exponents.lowerBound
        return (negative, significand <= Self.maximumSignificand ? significand : 0, exponent)
    }
}
