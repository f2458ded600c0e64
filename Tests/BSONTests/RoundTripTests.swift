import BSON
import Testing

struct RoundTripTests {
    static let id = ObjectID(hex: "0123456789abcdef01234567")!  // 24 digits, as the initializer wants.

    static let values: [Value] = [
        .double(1.5), .double(-0.0), .double(.infinity), "", "text", "with\0NUL", "grüße 🚀", ["a": 1],
        [1, "two", [3.0], nil], .binary(Binary(bytes: [])), .binary(Binary(subtype: 2, bytes: [1, 2, 3])),
        .binary(Binary(subtype: 4, bytes: Array(0..<16))), .undefined, .objectID(id), true, false,
        .dateTime(-1), .dateTime(.max), nil, .regex(pattern: "^a.*b$", options: "ims"),
        .regex(pattern: "", options: ""), .dbPointer(namespace: "db.c", id: id), .javaScript("f()"),
        .symbol("sym"), .javaScriptWithScope("f(x)", ["x": 1]), .int32(.min), .int32(.max),
        .timestamp(BSONTimestamp(seconds: 7, increment: .max)), .int64(.min), .int64(.max),
        .decimal128(.nan), .decimal128(Decimal128(high: 0x3040_0000_0000_0000, low: 42)), .minKey, .maxKey,
    ]

    @Test(arguments: values)
    func `a value that is written is read back as it was`(value: Value) throws {
        let document = try Document(validating: (["before": 1, "it": value, "after": "x"] as Document).bytes)
        #expect(document["it"] == value)
        let elements = try document.elements()
        #expect(elements.map(\.key) == ["before", "it", "after"])
        #expect(elements[1].value == value)
        #expect(Document(elements.map { ($0.key, $0.value) }) == document)
    }

    @Test func `every type is among the values`() {
        #expect(Set(Self.values.map(\.type)) == Set(BSONType.allCases))
    }

    @Test func `bytes are those of the specification's own example`() {
        let document: Document = ["BSON": ["awesome", 5.05, 1986]]
        let expected = "\u{31}\0\0\0\u{4}BSON\0\u{26}\0\0\0\u{2}\u{30}\0\u{8}\0\0\0awesome\0\u{1}\u{31}\0"
        let tail: [UInt8] = [0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x14, 0x40, 0x10, 0x32, 0, 0xC2, 0x07, 0, 0, 0, 0]
        #expect(document.bytes == Array(expected.utf8) + tail)
    }

    @Test func `nested writers give the bytes of copied documents`() {
        let inPlace = Document { writer in
            writer.document("d") { inner in
                inner.append("a", 1)
                inner.array("b") { array in
                    array.append("x")
                    array.document { $0.append("deep", true) }
                    array.array { $0.append(2.5) }
                }
            }
            writer.append("end", Int32(9))
        }
        let copied: Document = ["d": ["a": .int64(1), "b": ["x", ["deep": true], [2.5]]], "end": 9]
        #expect(inPlace == copied)
    }

    struct Interrupted: Error {}

    @Test func `a nested writer that throws leaves nothing behind`() {
        let document = Document { writer in
            writer.append("a", 1)
            try? writer.document("d") { (inner: inout DocumentWriter) throws(Interrupted) in
                inner.append("x", 1)
                throw Interrupted()
            }
            try? writer.array("e") { (inner: inout ArrayWriter) throws(Interrupted) in
                inner.append("x")
                throw Interrupted()
            }
            writer.append("b", 2)
        }
        #expect(
            document
                == Document {
                    $0.append("a", 1)
                    $0.append("b", 2)
                })
    }

    @Test func `a NUL in a key cannot cut it short`() throws {
        let document: Document = ["$set\0x": .regex(pattern: "a\0b", options: "")]
        let elements = try document.elements()
        #expect(elements.map(\.key) == ["$set\u{FFFD}x"])
        #expect(elements.map(\.value) == [.regex(pattern: "a\u{FFFD}b", options: "")])
    }

    @Test func `keys are told apart without strings`() throws {
        var seen: [Int64] = []
        let document: Document = ["one": 1, "other": 0, "two": 2, "nested": ["three": 3]]
        try document.forEachElement { (key, element) throws(BSONError) in
            switch key {
            case "one", "two": seen.append(try element.int64())
            case "nested": seen.append(try element.document().first("three")?.int64() ?? 0)
            default: #expect(key == "other")
            }
        }
        #expect(seen == [1, 2, 3])
    }

    @Test func `reading a value as another type names the key and both types`() {
        let document: Document = ["size": "big", "half": 0.5]
        #expect(throws: BSONError.typeMismatch(key: "size", expected: .int64, found: .string)) {
            try document.withView { _ = try $0.first("size")?.int64() }
        }
        #expect(throws: BSONError.outOfRange(key: "half")) {
            try document.withView { _ = try $0.first("half")?.int64() }
        }
    }

    @Test func `object ids are unique, ordered by time and keep their hexadecimal form`() {
        let ids = (0..<1000).map { _ in ObjectID() }
        #expect(Set(ids).count == 1000)
        #expect(ids.allSatisfy { ObjectID(hex: $0.hex) == $0 && ObjectID(bytes: $0.bytes) == $0 })
        #expect(Self.id.hex == "0123456789abcdef01234567")
        #expect(Self.id.seconds == 0x0123_4567)
        #expect(ObjectID(hex: "0123456789abcdef0123456") == nil)
        #expect(ObjectID(hex: "0123456789abcdef0123456g") == nil)
    }
}
