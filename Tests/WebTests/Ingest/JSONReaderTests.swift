import BSON
import Testing

@testable import Web

struct JSONReaderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var value: JSONValue
        var testDescription: String { text }

        init(_ text: String, _ value: JSONValue) {
            self.text = text
            self.value = value
        }
    }

    @Test(arguments: [
        Case("null", .null), Case(" [true,\tfalse\r\n] ", .array([.bool(true), .bool(false)])), Case("{}", .object([])),
        Case("-0", .integer(0)), Case("9223372036854775807", .integer(.max)),
        Case("9223372036854775808", .number(9_223_372_036_854_775_808)), Case("1.0", .number(1)),
        Case("-2.5e-1", .number(-0.25)), Case(#""\u00e9\n\/\ud83d\ude00""#, .string("é\n/😀")),
        Case(#"{"a":{"b":[1]},"":2}"#, .members(["a": .members(["b": .array([.integer(1)])]), "": .integer(2)])),
    ])
    func `what is JSON is read`(_ one: Case) throws {
        #expect(try JSONReader.read(Array(one.text.utf8)) == one.value)
    }

    @Test(arguments: [
        "", "[", "{", "01", "1.", ".5", "+1", "1e", "nul", "tru e", "[1,]", "{\"a\":1,}", "{a:1}", "'a'", "\"a",
        "\"\\x\"",
        "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "1 2", "NaN", "Infinity", "1e999",
        "{\"a\":1,\"a\":2}", "\u{FEFF}{}", String(repeating: "[", count: 100_000),
    ])
    func `what is not JSON is refused with its place`(_ text: String) {
        let fault = #expect(throws: JSONFault.self) { try JSONReader.read(Array(text.utf8)) }
        #expect((0...text.utf8.count).contains(fault?.offset ?? -1))
    }

    @Test(arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] as [[UInt8]])
    func `what is no UTF-8 is refused`(_ bytes: [UInt8]) {
        #expect(throws: JSONFault.self) { try JSONReader.read(bytes) }
    }

    @Test func `a doubled member is found among many`() throws {
        let many = (0..<2_000).map { "\"m\($0)\":0" }.joined(separator: ",")
        #expect(throws: Never.self) { try JSONReader.read(Array("{\(many)}".utf8)) }
        #expect(throws: JSONFault.self) { try JSONReader.read(Array("{\(many),\"m7\":1}".utf8)) }
    }

    @Test func `what is written is read again`() throws {
        let value = JSONValue.members([
            "t": .string("a\"\\\u{1}\n/é"), "n": .array([.integer(-1), .number(0.5), .null, .bool(false)]),
        ])
        #expect(try JSONReader.read(value.bytes) == value)
    }
}
