import BSON
import Testing

/// The kinds of malformed documents of the BSON corpus (github.com/mongodb/specifications, "bson-corpus").
struct MalformedTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        let error: BSONError

        init(_ name: String, _ hex: String, _ error: BSONError) {
            testDescription = name
            bytes = bytesOf(hex)
            self.error = error
        }

        /// A document of one element `a` of `type`; its length and its NUL are right, `content` is not.
        init(_ name: String, type: BSONType, _ content: String, _ error: BSONError) {
            testDescription = name
            let element = [type.rawValue, 0x61, 0] + bytesOf(content)
            bytes = [UInt8(element.count + 5), 0, 0, 0] + element + [0]
            self.error = error
        }
    }

    /// Where the value of the only element stands.
    private static let at = 7

    static let frames = [
        Case("no bytes", "", .malformed(.documentLength, offset: 0)),
        Case("shorter than any document", "04000000", .malformed(.documentLength, offset: 0)),
        Case("length of zero", "0000000000", .malformed(.documentLength, offset: 0)),
        Case("negative length", "FBFFFFFF00", .malformed(.documentLength, offset: 0)),
        Case("length too long", "0600000000", .malformed(.documentLength, offset: 0)),
        Case("length too short, bytes follow", "050000000000", .malformed(.documentLength, offset: 0)),
        Case("the greatest length", "FFFFFF7F00", .malformed(.documentLength, offset: 0)),
        Case("no NUL at the end", "0500000001", .malformed(.documentEnd, offset: 4)),
        Case("NUL before the end", "06000000 00 00", .malformed(.unknownType, offset: 4)),
        Case("a type without a key", "06000000 0A 00", .malformed(.unterminatedString, offset: 5)),
        Case("a key without NUL", "08000000 0A6162 00", .malformed(.unterminatedString, offset: 5)),
        Case("an unknown type", "08000000 806100 00", .malformed(.unknownType, offset: 4)),
        Case("an unknown type below", "08000000 146100 00", .malformed(.unknownType, offset: 4)),
        Case("a key that is not UTF-8", "08000000 0AE900 00", .invalidUTF8(offset: 5)),
    ]

    static let fixed = [
        Case("double truncated", type: .double, "00000000000000", .malformed(.truncated, offset: at)),
        Case("int32 truncated", type: .int32, "000000", .malformed(.truncated, offset: at)),
        Case("int64 truncated", type: .int64, "00000000000000", .malformed(.truncated, offset: at)),
        Case("date truncated", type: .dateTime, "00000000000000", .malformed(.truncated, offset: at)),
        Case("timestamp truncated", type: .timestamp, "00000000000000", .malformed(.truncated, offset: at)),
        Case("object id truncated", type: .objectID, "0102030405060708090A0B", .malformed(.truncated, offset: at)),
        Case("decimal truncated", type: .decimal128, "00000000", .malformed(.truncated, offset: at)),
        Case("bool missing", type: .bool, "", .malformed(.bool, offset: at)),
        Case("bool of 2", type: .bool, "02", .malformed(.bool, offset: at)),
        Case("bool of -1", type: .bool, "FF", .malformed(.bool, offset: at)),
    ]

    static let strings = [BSONType.string, .symbol, .javaScript].flatMap { type in
        [
            Case("\(type) of length 0", type: type, "00000000 00", .malformed(.stringLength, offset: at)),
            Case("\(type) of length -1", type: type, "FFFFFFFF 00", .malformed(.stringLength, offset: at)),
            Case("\(type) of the least length", type: type, "00000080 00", .malformed(.stringLength, offset: at)),
            Case("\(type) eats the NUL", type: type, "05000000 62006200", .malformed(.stringLength, offset: at)),
            Case("\(type) of the greatest length", type: type, "FFFFFF7F 00", .malformed(.stringLength, offset: at)),
            Case("\(type) without length", type: type, "000000", .malformed(.truncated, offset: at)),
            Case("\(type) without NUL", type: type, "03000000 616263", .malformed(.unterminatedString, offset: at)),
            Case("\(type) of a lone continuation", type: type, "02000000 8000", .invalidUTF8(offset: at + 4)),
            Case("\(type) cut within a character", type: type, "04000000 61E28200", .invalidUTF8(offset: at + 5)),
            Case("\(type) of an overlong NUL", type: type, "03000000 C08000", .invalidUTF8(offset: at + 4)),
            Case("\(type) overlong", type: type, "03000000 C0AF00", .invalidUTF8(offset: at + 4)),
            Case("\(type) of a surrogate", type: type, "04000000 EDA08000", .invalidUTF8(offset: at + 4)),
            Case("\(type) above U+10FFFF", type: type, "05000000 F490808000", .invalidUTF8(offset: at + 4)),
        ]
    }

    static let nested = [BSONType.document, .array].flatMap { type in
        [
            Case("\(type) longer than its parent", type: type, "18000000 00", .malformed(.documentLength, offset: at)),
            Case("\(type) eats the NUL", type: type, "06000000 00", .malformed(.documentLength, offset: at)),
            Case("\(type) of length 4", type: type, "04000000 00", .malformed(.documentLength, offset: at)),
            Case("\(type) of negative length", type: type, "FFFFFFFF 00", .malformed(.documentLength, offset: at)),
            Case("\(type) without NUL", type: type, "05000000 01", .malformed(.documentEnd, offset: at)),
            Case(
                "\(type) with a wrong element", type: type, "09000000 08620002 00",
                .malformed(.bool, offset: 7)),  // Counted from the start of the nested document.
        ]
    }

    static let binaries = [
        Case("binary of negative length", type: .binary, "FFFFFFFF 00", .malformed(.binaryLength, offset: at)),
        Case("binary too long", type: .binary, "02000000 00 61", .malformed(.binaryLength, offset: at)),
        Case("binary without subtype", type: .binary, "00000000", .malformed(.binaryLength, offset: at)),
        Case(
            "old binary, inner too long", type: .binary, "06000000 02 03000000 6161",
            .malformed(.binaryLength, offset: at)),
        Case(
            "old binary, inner too short", type: .binary, "06000000 02 01000000 6161",
            .malformed(.binaryLength, offset: at)),
        Case(
            "old binary, inner negative", type: .binary, "06000000 02 FFFFFFFF 6161",
            .malformed(.binaryLength, offset: at)),
        Case(
            "old binary without inner length", type: .binary, "03000000 02 616161",
            .malformed(.binaryLength, offset: at)),
    ]

    static let compounds = [
        Case("regex without NUL in its pattern", type: .regex, "616263", .malformed(.unterminatedString, offset: at)),
        Case("regex without options", type: .regex, "616200", .malformed(.unterminatedString, offset: at + 3)),
        Case("regex options without NUL", type: .regex, "61620069", .malformed(.unterminatedString, offset: at + 3)),
        Case("regex that is not UTF-8", type: .regex, "E90000", .invalidUTF8(offset: at)),
        Case("DBPointer of length 0", type: .dbPointer, "00000000" + id, .malformed(.stringLength, offset: at)),
        Case(
            "DBPointer of negative length", type: .dbPointer, "FFFFFFFF 6200" + id,
            .malformed(.stringLength, offset: at)),
        Case("DBPointer too long", type: .dbPointer, "20000000 6200" + id, .malformed(.stringLength, offset: at)),
        Case(
            "DBPointer without NUL", type: .dbPointer, "02000000 6262" + id, .malformed(.unterminatedString, offset: at)
        ),
        Case("DBPointer with a short id", type: .dbPointer, "02000000 6200 010203", .malformed(.truncated, offset: at)),
        Case("DBPointer that is not UTF-8", type: .dbPointer, "02000000 E900" + id, .invalidUTF8(offset: at + 4)),
        scope("of length 0", "00000000 01000000 00 0500000000", .malformed(.scopeLength, offset: at)),
        scope("negative", "FFFFFFFF 01000000 00 0500000000", .malformed(.scopeLength, offset: at)),
        scope("one too short", "0D000000 01000000 00 0500000000", .malformed(.scopeLength, offset: at)),
        scope("one too long, eating the NUL", "0F000000 01000000 00 0500000000", .malformed(.scopeLength, offset: at)),
        scope("longer than its parts", "0F000000 01000000 00 0500000000 61", .malformed(.scopeLength, offset: at)),
        scope("with code that eats the scope", "0E000000 06000000 00 0500000000", .malformed(.scopeLength, offset: at)),
        scope("with code of length 0", "0E000000 00000000 00 0500000000", .malformed(.stringLength, offset: at + 4)),
        scope(
            "with code that is too long", "0E000000 FF000000 00 0500000000", .malformed(.stringLength, offset: at + 4)),
        scope(
            "with a scope that is too long", "0E000000 01000000 00 FF00000000",
            .malformed(.documentLength, offset: at + 9)),
        scope(
            "with a scope of length 4", "0E000000 01000000 00 0400000000", .malformed(.documentLength, offset: at + 9)),
        scope("without parts", "04000000", .malformed(.scopeLength, offset: at)),
    ]

    private static let id = "0102030405060708090A0B0C"

    private static func scope(_ name: String, _ content: String, _ error: BSONError) -> Case {
        Case("code with scope \(name)", type: .javaScriptWithScope, content, error)
    }

    @Test(arguments: frames + fixed + strings + nested + binaries + compounds)
    func `malformed bytes are refused with the defect and its place`(malformed: Case) {
        #expect(throws: malformed.error) { _ = try Document(validating: malformed.bytes) }
    }

    @Test(arguments: frames + fixed + strings + nested + binaries + compounds)
    func `readers of unchecked bytes throw or get values, and never trap`(malformed: Case) {
        let document = Document(unchecked: malformed.bytes)
        let elements = try? document.elements()
        #expect(document["a"] == nil || elements != nil)
        // A nested document is handed out as bytes; what is wrong inside shows when those are read.
        for element in elements ?? [] {
            let inner = element.value.documentValue
            #expect(inner == nil || (try? inner?.elements()) == nil)
        }
    }

    @Test func `documents nest 200 deep and no deeper`() throws {
        func nested(_ depth: Int) -> Document {
            (1..<depth).reduce(Document()) { inner, _ in ["a": .document(inner)] }
        }
        #expect(throws: Never.self) { try Document(validating: nested(200).bytes) }
        #expect(throws: BSONError.tooDeep) { try Document(validating: nested(201).bytes) }
        #expect(throws: BSONError.tooDeep) { _ = try ExtendedJSON.encode(nested(201)) }
        let text = try ExtendedJSON.encode(nested(200))
        #expect(try ExtendedJSON.decode(text) == nested(200))
        #expect(throws: BSONError.tooDeep) { try ExtendedJSON.decode(#"{"a":\#(text)}"#) }
        let bottomless = String(repeating: #"{"a":"#, count: 100_000)
        #expect(throws: BSONError.tooDeep) { try ExtendedJSON.decode(bottomless) }
    }

    @Test func `array keys are not looked at`() throws {
        let bytes = bytesOf("10000000 04 6100 08000000 0A7800 00 00")
        #expect(try Document(validating: bytes)["a"]?.arrayValue == [nil])
    }
}

/// The bytes of hexadecimal digits; spaces are for the reader.
func bytesOf(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
