import BSON
import Testing

struct ExtendedJSONTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let value: Value
        let canonical: String
        let relaxed: String
        var testDescription: String { canonical }

        init(_ value: Value, _ canonical: String, relaxed: String? = nil) {
            self.value = value
            self.canonical = canonical
            self.relaxed = relaxed ?? canonical
        }
    }

    static let cases = [
        Case(.double(1), #"{"$numberDouble":"1.0"}"#, relaxed: "1.0"),
        Case(.double(-0.0), #"{"$numberDouble":"-0.0"}"#, relaxed: "-0.0"),
        Case(.double(1e100), #"{"$numberDouble":"1e+100"}"#, relaxed: "1e+100"),
        Case(.double(.leastNonzeroMagnitude), #"{"$numberDouble":"5e-324"}"#, relaxed: "5e-324"),
        Case(.double(.infinity), #"{"$numberDouble":"Infinity"}"#),
        Case(.double(-.infinity), #"{"$numberDouble":"-Infinity"}"#),
        Case("a\"b\\c/d\u{8}\u{C}\n\r\t\u{1}\0é𝄞", #""a\"b\\c/d\b\f\n\r\t\u0001\u0000é𝄞""#),
        Case([:], "{}"),
        Case([], "[]"),
        Case(["x": [1, nil]], #"{"x":[{"$numberInt":"1"},null]}"#, relaxed: #"{"x":[1,null]}"#),
        Case(.binary(Binary(bytes: [])), #"{"$binary":{"base64":"","subType":"00"}}"#),
        Case(.binary(Binary(subtype: 0x80, bytes: [255, 254])), #"{"$binary":{"base64":"//4=","subType":"80"}}"#),
        Case(.binary(Binary(subtype: 2, bytes: [255, 255])), #"{"$binary":{"base64":"//8=","subType":"02"}}"#),
        Case(.binary(Binary(subtype: 4, bytes: [1, 2, 3])), #"{"$binary":{"base64":"AQID","subType":"04"}}"#),
        Case(.undefined, #"{"$undefined":true}"#),
        Case(.objectID(RoundTripTests.id), #"{"$oid":"0123456789abcdef01234567"}"#),
        Case(true, "true"),
        Case(false, "false"),
        Case(nil, "null"),
        Case(
            .dateTime(1_356_351_330_501), #"{"$date":{"$numberLong":"1356351330501"}}"#,
            relaxed: #"{"$date":"2012-12-24T12:15:30.501Z"}"#),
        Case(.dateTime(0), #"{"$date":{"$numberLong":"0"}}"#, relaxed: #"{"$date":"1970-01-01T00:00:00Z"}"#),
        Case(
            .dateTime(253_402_300_799_999), #"{"$date":{"$numberLong":"253402300799999"}}"#,
            relaxed: #"{"$date":"9999-12-31T23:59:59.999Z"}"#),
        Case(
            .dateTime(951_782_400_000), #"{"$date":{"$numberLong":"951782400000"}}"#,
            relaxed: #"{"$date":"2000-02-29T00:00:00Z"}"#),
        // Outside of 1970 to 9999 the relaxed form is the canonical one.
        Case(.dateTime(-1), #"{"$date":{"$numberLong":"-1"}}"#),
        Case(.dateTime(253_402_300_800_000), #"{"$date":{"$numberLong":"253402300800000"}}"#),
        Case(
            .regex(pattern: "a\"/b", options: "im"),
            #"{"$regularExpression":{"pattern":"a\"/b","options":"im"}}"#),
        Case(
            .dbPointer(namespace: "d.c", id: RoundTripTests.id),
            #"{"$dbPointer":{"$ref":"d.c","$id":{"$oid":"0123456789abcdef01234567"}}}"#),
        Case(.javaScript("f()"), #"{"$code":"f()"}"#),
        Case(
            .javaScriptWithScope("f(x)", ["x": 1]), #"{"$code":"f(x)","$scope":{"x":{"$numberInt":"1"}}}"#,
            relaxed: #"{"$code":"f(x)","$scope":{"x":1}}"#),
        Case(.symbol("s"), #"{"$symbol":"s"}"#),
        Case(.int32(.min), #"{"$numberInt":"-2147483648"}"#, relaxed: "-2147483648"),
        Case(.int64(.max), #"{"$numberLong":"9223372036854775807"}"#, relaxed: "9223372036854775807"),
        Case(.timestamp(BSONTimestamp(seconds: .max, increment: 1)), #"{"$timestamp":{"t":4294967295,"i":1}}"#),
        Case(.decimal128(Decimal128(high: 0x303E_0000_0000_0000, low: 1)), #"{"$numberDecimal":"0.1"}"#),
        Case(.decimal128(.nan), #"{"$numberDecimal":"NaN"}"#),
        Case(.minKey, #"{"$minKey":1}"#),
        Case(.maxKey, #"{"$maxKey":1}"#),
        // Keys of queries and references, which are no types.
        Case(["$regex": "a", "$options": "i"], #"{"$regex":"a","$options":"i"}"#),
        Case(["$type": "string"], #"{"$type":"string"}"#),
        Case(["$ref": "c", "$id": "x", "$db": "d"], #"{"$ref":"c","$id":"x","$db":"d"}"#),
    ]

    @Test(arguments: cases)
    func `a value is written and read in both forms`(item: Case) throws {
        let document: Document = ["v": item.value]
        #expect(try ExtendedJSON.encode(document) == #"{"v":\#(item.canonical)}"#)
        #expect(try ExtendedJSON.encode(document, canonical: false) == #"{"v":\#(item.relaxed)}"#)
        #expect(try ExtendedJSON.decode(#"{"v":\#(item.canonical)}"#) == document)
        let relaxed = try ExtendedJSON.decode(#"{"v":\#(item.relaxed)}"#)
        #expect(relaxed["v"]?.isEqualAsMongoDB(item.value) == true)
    }

    @Test(arguments: cases)
    func `the canonical text of libbson is read to the same bytes`(item: Case) throws {
        let document: Document = ["v": item.value]
        let text = try #require(LibBSON.canonicalJSON(document.bytes))
        #expect(try ExtendedJSON.decode(text) == document, "\(text)")
    }

    @Test func `a NaN is read back as a NaN`() throws {
        let text = try ExtendedJSON.encode(["v": .double(.nan)])
        #expect(text == #"{"v":{"$numberDouble":"NaN"}}"#)
        #expect(try ExtendedJSON.decode(text)["v"]?.doubleValue?.isNaN == true)
    }

    /// What people write, and what it is read as.
    static let readings: [(String, Value)] = [
        ("1", .int32(1)), ("-0", .int32(0)), ("2147483648", .int64(2_147_483_648)),
        ("9223372036854775808", .double(0x1p63)),
        ("1.0", .double(1)), ("1e2", .double(100)), ("-1.5E-3", .double(-0.0015)), (" \t\r\n[ 1 , 2 ] ", [1, 2]),
        (#""\u00e9\ud834\udd1e\/""#, "é𝄞/"), (#"{"$uuid":"73ffd264-44b3-4c69-90e8-e7d1dfc035d4"}"#, uuid),
        (#"{"$date":"2012-12-24T13:15:30.5+01:00"}"#, .dateTime(1_356_351_330_500)),
        (#"{"$date":"1960-12-24T12:15:30.501Z"}"#, .dateTime(-284_643_869_499)),
        (#"{"$date":1356351330501}"#, .dateTime(1_356_351_330_501)),
        (#"{"$scope":{"x":1},"$code":"f"}"#, .javaScriptWithScope("f", ["x": 1])),
        (#"{"$binary":{"subType":"0","base64":"AA=="}}"#, .binary(Binary(bytes: [0]))),
        (#"{"$gt":{"$numberInt":"3"}}"#, ["$gt": 3]), (#"{"":{}}"#, ["": [:]]),
        (#"{"a":1,"a":2}"#, ["a": 1, "a": 2]),  // BSON keeps both.
    ]

    private static let uuid = Value.binary(Binary(subtype: 4, bytes: bytesOf("73ffd26444b34c6990e8e7d1dfc035d4")))

    @Test(arguments: readings)
    func `what people write is read`(text: String, value: Value) throws {
        #expect(try ExtendedJSON.decode(#"{"v":\#(text)}"#)["v"] == value)
    }

    static let malformed = [
        "", "{", "}", "[]", "1", "null", "{}{}", "{} x", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{,}"#, #"{a:1}"#,
        "{'a':1}",
        #"{"a":[1,]}"#, #"{"a":[1 2]}"#, #"{"a":01}"#, #"{"a":+1}"#, #"{"a":1.}"#, #"{"a":.5}"#, #"{"a":1e}"#,
        #"{"a":-}"#,
        #"{"a":NaN}"#, #"{"a":1e999}"#, #"{"a":tru}"#, #"{"a":"x}"#, #"{"a":"\x"}"#, #"{"a":"\u12"}"#,
        #"{"a":"\ud800"}"#,
        #"{"a":"\ud800\u0041"}"#, #"{"a":"\udc00"}"#, "{\"a\":\"\u{1}\"}", #"{"a\u0000b":1}"#, #"{"a":{"b\u0000":1}}"#,
        "{\"a\":1 // x\n}", #"{"$oid":"0123456789abcdef01234567"}"#, #"{"$numberInt":"1"}"#, "\u{FEFF}{}",
    ]

    @Test(arguments: malformed)
    func `text that is no document is refused`(text: String) {
        #expect(throws: BSONError.self) { try ExtendedJSON.decode(text) }
    }

    static let misused = [
        #"{"$oid":"0123"}"#, #"{"$oid":1}"#, #"{"$oid":"0123456789abcdef0123456g"}"#,
        #"{"$oid":"0123456789abcdef01234567","x":1}"#,
        #"{"$numberInt":1}"#, #"{"$numberInt":"2147483648"}"#, #"{"$numberInt":"+1"}"#, #"{"$numberInt":"1.0"}"#,
        #"{"$numberInt":""}"#, #"{"$numberInt":"1","x":1}"#, #"{"$numberLong":9}"#,
        #"{"$numberLong":"9223372036854775808"}"#,
        #"{"$numberLong":" 1"}"#, #"{"$numberDouble":1.5}"#, #"{"$numberDouble":"0x1p3"}"#, #"{"$numberDouble":"inf"}"#,
        #"{"$numberDouble":"nan(3)"}"#, #"{"$numberDouble":"1e999"}"#, #"{"$numberDouble":"1.5 "}"#,
        #"{"$numberDecimal":1}"#,
        #"{"$numberDecimal":"1.5x"}"#, #"{"$binary":"AA=="}"#, #"{"$binary":{"base64":"AA=="}}"#,
        #"{"$binary":{"base64":"AA==","subType":"000"}}"#, #"{"$binary":{"base64":"AA==","subType":"+1"}}"#,
        #"{"$binary":{"base64":"AA==","subType":"xx"}}"#, #"{"$binary":{"base64":"AA=","subType":"00"}}"#,
        #"{"$binary":{"base64":"AB==","subType":"00"}}"#, #"{"$binary":{"base64":"A===","subType":"00"}}"#,
        #"{"$binary":{"base64":"A=A=","subType":"00"}}"#, #"{"$binary":{"base64":"_-==","subType":"00"}}"#,
        #"{"$binary":{"base64":"","subType":"00","x":1}}"#, #"{"$uuid":"73ffd26444b34c6990e8e7d1dfc035d4"}"#,
        #"{"$uuid":"73ffd264-44b3-4c69-90e8-e7d1dfc035dg"}"#, #"{"$code":1}"#, #"{"$code":"f","$scope":1}"#,
        #"{"$code":"f","x":1}"#, #"{"$code":"f","$code":"g"}"#, #"{"$symbol":1}"#, #"{"$timestamp":{"t":1}}"#,
        #"{"$timestamp":{"t":"1","i":1}}"#, #"{"$timestamp":{"t":-1,"i":1}}"#,
        #"{"$timestamp":{"t":4294967296,"i":1}}"#,
        #"{"$timestamp":{"t":1.0,"i":1}}"#, #"{"$timestamp":{"t":1,"i":1,"x":1}}"#, #"{"$timestamp":[1,1]}"#,
        #"{"$regularExpression":{"pattern":"a"}}"#, #"{"$regularExpression":{"pattern":"a","options":1}}"#,
        #"{"$regularExpression":{"pattern":"a\u0000b","options":""}}"#, #"{"$regularExpression":"a"}"#,
        #"{"$dbPointer":{"$ref":"c"}}"#, #"{"$dbPointer":{"$ref":"c","$id":"x"}}"#, #"{"$date":true}"#,
        #"{"$date":"x"}"#,
        #"{"$date":"2023-02-30T00:00:00Z"}"#, #"{"$date":"2023-02-29T00:00:00Z"}"#,
        #"{"$date":"2023-13-01T00:00:00Z"}"#,
        #"{"$date":"2023-01-01T24:00:00Z"}"#, #"{"$date":"2023-01-01T00:00:00"}"#,
        #"{"$date":"2023-01-01T00:00:00.Z"}"#,
        #"{"$date":"2023-01-01T00:00:00.1234Z"}"#, #"{"$date":"2023-01-01"}"#, #"{"$date":1.5}"#, #"{"$minKey":2}"#,
        #"{"$maxKey":"1"}"#, #"{"$undefined":false}"#, #"{"x":1,"$oid":"0123456789abcdef01234567"}"#,
    ]

    @Test(arguments: misused)
    func `a wrong use of the form's keys is refused`(text: String) {
        #expect(throws: BSONError.self) { try ExtendedJSON.decode(#"{"v":\#(text)}"#) }
    }
}
