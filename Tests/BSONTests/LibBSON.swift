import BSON
import CBSON

/// libbson's view of the same bytes: a second opinion.
enum LibBSON {
    /// `bson_validate` alone stops silently at the first string that is not UTF-8 and at the first unknown type,
    /// and calls what it has seen so far valid; the conversion to JSON refuses both.
    static func accepts(_ bytes: [UInt8]) -> Bool {
        let isValid = bytes.withUnsafeBufferPointer { cbson_is_valid($0.baseAddress, $0.count, flags) }
        return isValid && canonicalJSON(bytes) != nil
    }

    static func canonicalJSON(_ bytes: [UInt8]) -> String? {
        bytes.withUnsafeBufferPointer { buffer in
            guard let text = cbson_canonical_json(buffer.baseAddress, buffer.count) else { return nil }
            defer { bson_free(text) }
            return String(cString: text)
        }
    }

    static func text(_ decimal: Decimal128) -> String {
        let capacity = Int(BSON_DECIMAL128_STRING)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
            buffer.initialize(repeating: 0)
            guard let text = buffer.baseAddress else { return "" }
            cbson_decimal_text(decimal.high, decimal.low, text)
            return String(cString: text)
        }
    }

    static func decimal(_ text: String) -> Decimal128? {
        var (high, low): (UInt64, UInt64) = (0, 0)
        return cbson_decimal_parse(text, &high, &low) ? Decimal128(high: high, low: low) : nil
    }

    /// Strings must be UTF-8 and may hold NUL, as in Swift.
    private static let flags = bson_validate_flags_t(
        rawValue: BSON_VALIDATE_UTF8.rawValue | BSON_VALIDATE_UTF8_ALLOW_NULL.rawValue)
}
