import Fleet
import Testing

@Suite struct ValueTests {
    @Test(arguments: [
        ("0", "0"), ("0.10", "0.1"), ("-12.500", "-12.5"), ("1200", "1200"), ("0.00000001", "0.00000001"),
        ("1234567890123456789012345678901234", "1234567890123456789012345678901234"),
    ])
    func `a decimal is read exactly and written shortest`(_ text: String, _ shortest: String) {
        #expect(DecimalNumber(text)?.description == shortest)
    }

    @Test(arguments: ["", "-", ".5", "5.", "1e3", "+1", "NaN", "1 ", "1.2.3", "12345678901234567890123456789012345"])
    func `what is no plain decimal is refused`(_ text: String) {
        #expect(DecimalNumber(text) == nil)
    }

    @Test func `decimals compare by value`() {
        let ordered = ["-100", "-0.5", "0", "0.000001", "0.5", "2", "10", "10.01", "1000000"]
        let values = ordered.compactMap { DecimalNumber($0) }
        #expect(values.count == ordered.count && values == values.reversed().sorted())
        #expect(DecimalNumber("1.0") == DecimalNumber("1"))
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2024-02-29T12:30:45.250Z", 1_709_209_845_250),
            ("2024-02-29t14:30:45.25+02:00", 1_709_209_845_250), ("1969-12-31T23:59:59.999Z", -1),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000), ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ] as [(String, Int64)])
    func `a time is read and written back`(_ text: String, _ milliseconds: Int64) {
        let time = Timestamp(rfc3339: text)
        #expect(time?.milliseconds == milliseconds)
        #expect(time.flatMap { Timestamp(rfc3339: $0.description) } == time)
    }

    @Test(arguments: [
        "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:60Z", "2024-01-01",
        "2024-01-01T00:00:00", "2024-01-01T00:00:00Z ", "2024-01-01 00:00:00Z", "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00+24:00", "0000-01-01T00:00:00Z",
    ])
    func `what is no time is refused`(_ text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func `numbers are equal by value and hash alike, as MongoDB compares them`() {
        let sixteen: [FieldValue] = [.int(16), .double(16), .decimal(DecimalNumber(16))]
        for left in sixteen {
            for right in sixteen { #expect(left == right && left.hashValue == right.hashValue) }
        }
        #expect(FieldValue.int(1) != .bool(true))
        #expect(FieldValue.null != .string(""))
        #expect(FieldValue.int(1 << 53 + 1) != .double(Double(1 << 53)))
    }

    @Test func `records compare in order`() {
        let one = FieldValue.record([.init("a", .int(1)), .init("b", .int(2))])
        let other = FieldValue.record([.init("b", .int(2)), .init("a", .int(1))])
        #expect(one != other)
        #expect(one.member("b") == .int(2) && one.member("c") == nil)
    }

    @Test func `a spec is sorted, and sets, changes and removes leaves`() {
        var spec = Spec(.node, [.init(NodeLeaf.cores, .int(8)), .init(NodeLeaf.type, .string("worker"))])
        #expect(spec.leaves.map(\.index) == [NodeLeaf.type, NodeLeaf.cores])
        spec[NodeLeaf.poolID] = .string("pool_abc")
        spec[NodeLeaf.cores] = .int(16)
        spec[NodeLeaf.type] = nil
        #expect(spec["hardware_info.cpu.cores"] == .int(16) && spec["node_type"] == nil && spec["nonsense"] == nil)
        #expect(spec.leaves.map(\.index) == [NodeLeaf.poolID, NodeLeaf.cores])
        #expect(Spec(.nodePool).withDefaults()["max_nodes"] == .int(100))
    }

    @Test func `a diagnostic is one line with its place and its rule`() {
        let place = SourceLocation(file: "a.yaml", line: 3, column: 7)
        let full = Diagnostic(at: place, document: 0, path: "spec.x", "is wrong", rule: "range")
        #expect(full.description == "a.yaml:3:7: error: spec.x: is wrong [range]")
        #expect(Diagnostic(.warning, "is odd", rule: "odd").description == "warning: is odd [odd]")
    }
}
