import BSON
import Testing

struct ComparisonTests {
    private static func decimal(_ text: String) -> Value { Decimal128(text).map(Value.decimal128) ?? .null }

    static let equal: [[Value]] = [
        [.int32(16), .int64(16), .double(16), decimal("16"), decimal("1.6E1"), decimal("16.000")],
        [.int32(0), .int64(0), .double(0), .double(-0.0), decimal("0"), decimal("-0.00"), decimal("0E+100")],
        [.double(0.5), decimal("0.5"), decimal("0.50")],
        [.double(-2.25), decimal("-2.25"), decimal("-225E-2")],
        [.int64(.min), .double(-0x1p63), decimal("-9223372036854775808")],
        [.int64(1_000_000_000_000), .double(1e12), decimal("1E+12")],
        [.double(.nan), decimal("NaN")],
        [.double(.infinity), decimal("Infinity")],
        [.double(-.infinity), decimal("-Infinity")],
        ["text", .symbol("text")],
        [["a": 1, "b": [1, 2]], ["a": 1.0, "b": [.int64(1), 2.0]]],
        [[1, "x"], .array(["7": 1, "7": "x"] as Document)],
        [.javaScriptWithScope("f", ["x": 1]), .javaScriptWithScope("f", ["x": 1.0])],
        [.null, nil],
    ]

    @Test(arguments: equal)
    func `values of one row are equal and those of other rows differ`(row: [Value]) {
        for left in row {
            for right in row { #expect(left.isEqualAsMongoDB(right)) }
            for other in Self.equal where other != row {
                for right in other { #expect(!left.isEqualAsMongoDB(right), "\(left) and \(right)") }
            }
        }
    }

    static let different: [(Value, Value)] = [
        (.int64(.max), .double(0x1p63)), (.double(0.1), decimal("0.1")), (.int32(1), true), (.null, .undefined),
        (["a": 1, "b": 2], ["b": 2, "a": 1]), ([1], [1, 2]), (["a": 1], ["a": 1, "b": 2]), ("1", 1),
        (.dateTime(1), .int64(1)),
        (.minKey, .maxKey), (.int32(5), .int32(-5)), (.double(.leastNonzeroMagnitude), .int32(0)),
        (decimal("1E-6176"), .double(.leastNonzeroMagnitude)), (decimal("9E+6144"), .double(.greatestFiniteMagnitude)),
    ]

    @Test(arguments: different)
    func `values that only look alike differ`(left: Value, right: Value) {
        #expect(!left.isEqualAsMongoDB(right))
        #expect(!right.isEqualAsMongoDB(left))
    }

    @Test func `literals choose the types that commands are written with`() {
        let document: Document = [
            "i": 1, "l": 2_147_483_648, "d": 1.0, "s": "x", "b": true, "n": nil, "a": [1], "o": ["x": 1],
        ]
        let types = ["i", "l", "d", "s", "b", "n", "a", "o"].map { document[$0]?.type }
        #expect(types == [.int32, .int64, .double, .string, .bool, .null, .array, .document])
    }
}
