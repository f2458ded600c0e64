import BSON
import Testing

struct DecimalTests {
    /// Text, the bits that it has, and the canonical text if that is another one (BSON corpus, decimal128-*).
    struct Case: CustomTestStringConvertible, Sendable {
        let text: String
        let high: UInt64
        let low: UInt64
        let canonical: String
        var testDescription: String { text }

        init(_ text: String, _ high: UInt64, _ low: UInt64, _ canonical: String? = nil) {
            self.text = text
            self.high = high
            self.low = low
            self.canonical = canonical ?? text
        }
    }

    static let cases = [
        Case("0", 0x3040_0000_0000_0000, 0),
        Case("-0", 0xB040_0000_0000_0000, 0),
        Case("-0.0", 0xB03E_0000_0000_0000, 0),
        Case("0.1", 0x303E_0000_0000_0000, 1),
        Case(".5", 0x303E_0000_0000_0000, 5, "0.5"),
        Case("5.", 0x3040_0000_0000_0000, 5, "5"),
        Case("+5", 0x3040_0000_0000_0000, 5, "5"),
        Case("007", 0x3040_0000_0000_0000, 7, "7"),
        Case("0.1234567890123456789012345678901234", 0x2FFC_3CDE_6FFF_9732, 0xDE82_5CD0_7E96_AFF2),
        Case("1.000", 0x303A_0000_0000_0000, 1000),
        Case("0.001234", 0x3034_0000_0000_0000, 0x4D2),
        Case("0.00123400000", 0x302A_0000_0000_0000, 0x75AE_F40),
        Case("0.000001", 0x3034_0000_0000_0000, 1),
        Case("0.0000001", 0x3032_0000_0000_0000, 1, "1E-7"),
        Case("1E+3", 0x3046_0000_0000_0000, 1),
        Case("1e3", 0x3046_0000_0000_0000, 1, "1E+3"),
        Case("10E2", 0x3044_0000_0000_0000, 10, "1.0E+3"),
        Case("1.2345E-5", 0x302E_0000_0000_0000, 12345, "0.000012345"),
        Case("0E-5", 0x3036_0000_0000_0000, 0, "0.00000"),
        Case("0E-7", 0x3032_0000_0000_0000, 0),
        Case("0E+3", 0x3046_0000_0000_0000, 0),
        Case("9.999999999999999999999999999999999E+6144", 0x5FFF_ED09_BEAD_87C0, 0x378D_8E63_FFFF_FFFF),
        Case("-9.999999999999999999999999999999999E+6144", 0xDFFF_ED09_BEAD_87C0, 0x378D_8E63_FFFF_FFFF),
        Case("1E-6176", 0, 1),
        Case("1E-6143", 0x0042_0000_0000_0000, 1),
        // Clamped: the exponent is brought down by zeros, or brought to the nearest for zero.
        Case("1E6112", 0x5FFE_0000_0000_0000, 10, "1.0E+6112"),
        Case("1E6144", 0x5FFE_314D_C644_8D93, 0x38C1_5B0A_0000_0000, "1.000000000000000000000000000000000E+6144"),
        Case("0E+8000", 0x5FFE_0000_0000_0000, 0, "0E+6111"),
        Case("-0E-99999999999999999999", 0x8000_0000_0000_0000, 0, "-0E-6176"),
        // Exact rounding: only zeros are dropped.
        Case("10E-6177", 0, 1, "1E-6176"),
        Case(
            "1" + String(repeating: "0", count: 40), 0x304E_314D_C644_8D93, 0x38C1_5B0A_0000_0000,
            "1.000000000000000000000000000000000E+40"),
        Case("Infinity", 0x7800_0000_0000_0000, 0),
        Case("-Infinity", 0xF800_0000_0000_0000, 0),
        Case("inf", 0x7800_0000_0000_0000, 0, "Infinity"),
        Case("-iNF", 0xF800_0000_0000_0000, 0, "-Infinity"),
        Case("NaN", 0x7C00_0000_0000_0000, 0),
        Case("nan", 0x7C00_0000_0000_0000, 0, "NaN"),
    ]

    @Test(arguments: cases)
    func `text has the bits that the specification gives it`(item: Case) throws {
        let decimal = try #require(Decimal128(item.text))
        #expect(decimal == Decimal128(high: item.high, low: item.low))
        #expect(decimal.description == item.canonical)
        #expect(Decimal128(item.canonical) == decimal)
        #expect(LibBSON.text(decimal) == item.canonical)
    }

    @Test(arguments: cases)
    func `parts are taken apart and put together again`(item: Case) {
        let decimal = Decimal128(high: item.high, low: item.low)
        guard let parts = decimal.parts else {
            #expect(decimal.isNaN || decimal.isInfinite)
            return
        }
        let again = Decimal128(negative: parts.negative, significand: parts.significand, exponent: parts.exponent)
        #expect(again == decimal)
    }

    @Test(arguments: [
        "", " ", "+", "-", ".", "e5", "E", "1e", "1e+", "1E-", "1..2", "1.2.3", "--1", "+-1", "1-", "1 ", " 1", "1_000",
        "0x1", "1e1.5", "1ee5", "1e5e", "abc", "1.10abc", "Infinit", "infinityy", "NaNa", "in", "١", "1\01", "1,5",
        "E+9",
        ".e1", "1e+-5", "1e 5",
    ])
    func `text that is no decimal is refused`(text: String) {
        #expect(Decimal128(text) == nil)
    }

    @Test(arguments: [
        "12345678901234567890123456789012345",  // 35 digits
        "0.12345678901234567890123456789012345",
        "1E-6177", "15E-6177", "1E6145", "10E6144", "99999999999999999999999999999999999E6111",
        "1" + String(repeating: "0", count: 6145),
        "1000000000000000000000000000000000000000000000001",
    ])
    func `text that had to be rounded is refused`(text: String) {
        #expect(Decimal128(text) == nil)
        #expect(LibBSON.decimal(text) == nil)
    }

    /// libbson lets the exponent overflow and reads these as 0.1 and 1.
    @Test(arguments: ["1E99999999999999999999", "1E-99999999999999999999", "-1E9223372036854775807"])
    func `exponents beyond any integer are refused`(text: String) {
        #expect(Decimal128(text) == nil)
    }

    @Test func `significands outside of the format count as zero`() {
        let secondForm = Decimal128(high: 0x6C10_0000_0000_0000, low: 7)
        #expect(secondForm.description == "0")
        #expect(LibBSON.text(secondForm) == "0")
        let tooLarge = Decimal128(high: 0x3041_FFFF_FFFF_FFFF, low: .max)
        #expect(tooLarge.description == "0")
    }

    @Test func `bounds of significand and exponent`() {
        #expect(Decimal128.from(significand: -5, exponent: -2)?.description == "-0.05")
        #expect(Decimal128.from(significand: 1, exponent: 6111) != nil)
        #expect(Decimal128.from(significand: 1, exponent: 6112) == nil)
        #expect(Decimal128.from(significand: 1, exponent: -6177) == nil)
        #expect(Decimal128.from(significand: Int128(Decimal128.maximumSignificand), exponent: 0) != nil)
        #expect(Decimal128.from(significand: Int128(Decimal128.maximumSignificand) + 1, exponent: 0) == nil)
    }

    @Test func `random bits read and write as in libbson`() throws {
        var random = SplitMix64(state: 34)
        for _ in 0..<5_000 {
            let exponent =
                Bool.random(using: &random)
                ? Int.random(in: -40...10, using: &random) : Int.random(in: -6176...6111, using: &random)
            let significand = UInt128(random.next()) << 64 | UInt128(random.next())
            let decimal = try #require(
                Decimal128(
                    negative: Bool.random(using: &random),
                    significand: significand >> Int.random(in: 15...127, using: &random),
                    exponent: exponent))
            let text = decimal.description
            #expect(text == LibBSON.text(decimal))
            #expect(Decimal128(text) == decimal)
            #expect(LibBSON.decimal(text) == decimal)
        }
    }
}
