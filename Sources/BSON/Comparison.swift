extension Value {
    /// Whether the server's `$eq` would call the two equal.
    ///
    /// Numbers go by what they count for, whatever their type (`16`, `16.0` and the decimal `1.6E1` are equal, NaN
    /// equals NaN, −0 equals 0); symbols are strings; arrays go by order, documents by order and keys.
    /// Malformed or too deep documents equal nothing. Doubles are compared exactly, where the server rounds them to 34
    /// digits before it holds them against a decimal.
    package func isEqualAsMongoDB(_ other: Value) -> Bool {
        isEqual(other, depth: 1)
    }

    private func isEqual(_ other: Value, depth: Int) -> Bool {
        guard depth <= Document.maximumDepth else { return false }
        if let left = ComparableNumber(self), let right = ComparableNumber(other) { return left == right }
        switch (self, other) {
        case (.string(let left), .symbol(let right)), (.symbol(let left), .string(let right)):
            return left == right
        case (.document(let left), .document(let right)):
            return Self.areEqual(left, right, keysCount: true, depth: depth + 1)
        case (.array(let left), .array(let right)):
            return Self.areEqual(left, right, keysCount: false, depth: depth + 1)
        case (.javaScriptWithScope(let left, let leftScope), .javaScriptWithScope(let right, let rightScope)):
            return left == right && Self.areEqual(leftScope, rightScope, keysCount: true, depth: depth + 1)
        default:
            return self == other
        }
    }

    private static func areEqual(_ left: Document, _ right: Document, keysCount: Bool, depth: Int) -> Bool {
        guard let left = try? left.elements(), let right = try? right.elements() else { return false }
        return left.count == right.count
            && zip(left, right).allSatisfy { left, right in
                (!keysCount || left.key == right.key) && left.value.isEqual(right.value, depth: depth)
            }
    }
}

/// A number of any BSON type in a form that equal numbers share: ± rest × 2^twos × 5^fives, where `rest` is
/// divisible by neither.
private enum ComparableNumber: Equatable {
    case nan
    case infinite(negative: Bool)
    case zero
    case finite(negative: Bool, rest: UInt128, twos: Int, fives: Int)

    init?(_ value: Value) {
        switch value {
        case .int32(let value):
            self = .reduced(value < 0, UInt128(value.magnitude), 0, 0)
        case .int64(let value):
            self = .reduced(value < 0, UInt128(value.magnitude), 0, 0)
        case .double(let value):
            if value.isNaN {
                self = .nan
            } else if value.isInfinite {
                self = .infinite(negative: value < 0)
            } else if value == 0 {
                self = .zero
            } else {
                // The significand of a finite double is below 2: 52 bits after the point hold it.
                let significand = UInt128(value.significand * 0x1p52)
                self = .reduced(value < 0, significand, Int(value.exponent) - 52, 0)
            }
        case .decimal128(let value):
            if let parts = value.parts {
                self = .reduced(parts.negative, parts.significand, parts.exponent, parts.exponent)
            } else {
                self = value.isNaN ? .nan : .infinite(negative: value.isNegative)
            }
        default:
            return nil
        }
    }

    private static func reduced(_ negative: Bool, _ magnitude: UInt128, _ twos: Int, _ fives: Int) -> Self {
        guard magnitude != 0 else { return .zero }
        let shift = magnitude.trailingZeroBitCount
        var rest = magnitude >> shift
        var fives = fives
        while rest % 5 == 0 {
            rest /= 5
            fives += 1
        }
        return .finite(negative: negative, rest: rest, twos: twos + shift, fives: fives)
    }
}
