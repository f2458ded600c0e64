import BSON
import Fleet
import Testing

@testable import FleetStore

struct `What is written is read back the same` {
    @Test(arguments: 0..<300 as Range<UInt64>)
    func `a declaration`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let desired = generator.desired()
        let document = desired.document()
        try document.validate()
        #expect(try document.withView { (view) throws(StoreError) in try Desired(view) } == desired)
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `a status`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let status = generator.status()
        let document = status.document()
        try document.validate()
        #expect(try document.withView { (view) throws(StoreError) in try ResourceStatus(view) } == status)
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `an event`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let event = generator.event()
        #expect(try event.document().withView { (view) throws(StoreError) in try Event(view) } == event)
    }

    @Test(arguments: [Kind.node, .nodePool], 0..<100 as Range<UInt64>)
    func `a new document, whatever the order of its fields`(kind: Kind, seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let key = ResourceKey(kind, "\(kind.idPrefix)x")
        let id = DocumentID(high: generator.next(), low: 7)
        var spec = Spec(kind)
        for leaf in kind.table.leaves where leaf.storedPath != nil {
            if let value = generator.maybe({ $0.value() }) { spec[leaf.index] = value }
        }
        var fields = spec.leaves.map { PathValue(kind.table.leaves[$0.index].path, $0.value) }
        fields.append(PathValue("name", .string("render-1")))
        fields.shuffle(using: &generator)
        let now = generator.time()
        let document = newDocument(key, id, fields, at: now)
        try document.validate()
        let read = try document.withView { (view) throws(StoreError) in try Observed(view, kind: kind) }
        #expect(read.key == key)
        #expect(read.documentID == id)
        #expect(read.leaves == spec)
        #expect(read.obstacles == [])
        #expect(read.name == .string("render-1"))
        #expect(read.createdAt == .timestamp(now))
        #expect(document["updated_at"] == .dateTime(now.milliseconds))
    }

    @Test(
        arguments: [
            ("0", 0, 0), ("1.10", 11, -1), ("-0.00000001", -1, -8),
            ("9999999999999999999999999999999999", 9_999_999_999_999_999_999_999_999_999_999_999, 0),
        ] as [(String, Int128, Int)])
    func `a decimal, exactly`(text: String, significand: Int128, exponent: Int) throws {
        let number = try #require(DecimalNumber(text))
        let document = Document { $0.append("cost", field: .decimal(number)) }
        guard case .decimal128? = document["cost"] else {
            Issue.record("\(text) is not written as a Decimal128")
            return
        }
        let read = FieldValue(in: document, "cost")
        #expect(read == .decimal(DecimalNumber(significand: significand, exponent: exponent)))
    }

    @Test func `a decimal of the largest exponent`() {
        let number = DecimalNumber(significand: 1, exponent: 6144)
        let document = Document { $0.append("cost", field: .decimal(number)) }
        #expect(FieldValue(in: document, "cost") == .decimal(number))
    }
}

extension FieldValue {
    init?(in document: Document, _ key: String) {
        let value = document.withView { view -> FieldValue? in
            guard let element = try? view.first(key) else { return nil }
            return FieldValue(element)
        }
        guard let value else { return nil }
        self = value
    }
}
