import BSON
import Foundation
import Testing

struct CodableTests {
    struct Location: Codable, Hashable {
        var city: String
        var latitude: Double
    }

    enum Status: String, Codable { case active, maintenance }

    struct Node: Codable, Hashable {
        var id: ObjectID
        var name: String
        var status: Status
        var ports: [Int]
        var weights: [String: Double]
        var location: Location?
        var seen: Date
        var price: Decimal128
        var digest: Binary
        var clock: BSONTimestamp
        var raw: Document
        var anything: Value
        var small: Int8
        var wide: UInt32
        var float: Float
        var matrix: [[Bool?]]
        var locations: [Location]

        enum CodingKeys: String, CodingKey {
            case id = "_id"
            case name, status, ports, weights, location, seen, price, digest, clock, raw, anything, small, wide, float,
                matrix,
                locations
        }
    }

    static let node = Node(
        id: RoundTripTests.id, name: "n1", status: .maintenance, ports: [1, 2], weights: ["a": 0.5],
        location: Location(city: "Köln", latitude: 50.9), seen: Date(timeIntervalSince1970: 1_700_000_000.123),
        price: .infinity, digest: Binary(subtype: 5, bytes: [1]), clock: BSONTimestamp(seconds: 1, increment: 2),
        raw: ["x": [1, "y"]], anything: .regex(pattern: "a", options: ""), small: -3, wide: .max, float: 0.5,
        matrix: [[true, nil], []], locations: [Location(city: "B", latitude: 1)])

    @Test func `a value is written as a document and read back`() throws {
        let document = try BSONEncoder().encode(Self.node)
        #expect(document["_id"] == .objectID(RoundTripTests.id))
        #expect(document["ports"] == [.int64(1), .int64(2)])
        #expect(document["seen"] == .dateTime(1_700_000_000_123))
        #expect(document["small"] == .int32(-3))
        #expect(document["wide"] == .int64(4_294_967_295))
        #expect(document["matrix"] == [[true, nil], []])
        #expect(document["anything"] == .regex(pattern: "a", options: ""))
        #expect(try BSONDecoder().decode(Node.self, from: Document(validating: document.bytes)) == Self.node)
    }

    @Test func `an optional that is nil is left out, and null is read as nil`() throws {
        struct Holder: Codable, Hashable { var value: Int? }
        #expect(try BSONEncoder().encode(Holder()) == [:])
        #expect(try BSONDecoder().decode(Holder.self, from: [:]) == Holder())
        #expect(try BSONDecoder().decode(Holder.self, from: ["value": nil]) == Holder())
    }

    struct Narrow: Codable { var small: Int8 }
    struct Large: Codable { var large: UInt64 }

    @Test(arguments: [.int32(5), .int64(5), .double(5)] as [Value])
    func `integers are read from any whole number`(value: Value) throws {
        #expect(try BSONDecoder().decode(Narrow.self, from: ["small": value]).small == 5)
    }

    @Test(arguments: [300, 1.5, "5", true, nil] as [Value])
    func `what does not fit is an error with its path`(value: Value) throws {
        let error = try #require(throws: DecodingError.self) {
            try BSONDecoder().decode([String: Narrow].self, from: ["inner": ["small": value]])
        }
        let context: DecodingError.Context? =
            switch error {
            case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context): context
            default: nil
            }
        #expect(context?.codingPath.map(\.stringValue) == ["inner", "small"])
    }

    @Test func `a missing key and malformed bytes are decoding errors`() {
        #expect(throws: DecodingError.self) { try BSONDecoder().decode(Narrow.self, from: [:]) }
        #expect(throws: DecodingError.self) {
            try BSONDecoder().decode(Narrow.self, from: Document(unchecked: [5, 0]))
        }
    }

    @Test func `what BSON cannot hold is not written`() {
        #expect(throws: EncodingError.self) { try BSONEncoder().encode(Large(large: .max)) }
        #expect(throws: EncodingError.self) { try BSONEncoder().encode([1, 2]) }
        #expect(throws: EncodingError.self) { try BSONEncoder().encode("text") }
    }

    @Test func `other coders refuse the types of BSON`() {
        #expect(throws: EncodingError.self) { try JSONEncoder().encode([Value.null]) }
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([ObjectID].self, from: Data("[1]".utf8)) }
    }

    class Base: Codable {
        var base = 1
    }

    final class Derived: Base {
        var derived = 2

        private enum Key: CodingKey { case derived }

        override init() { super.init() }

        required init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            derived = try container.decode(Int.self, forKey: .derived)
            try super.init(from: container.superDecoder())
        }

        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(derived, forKey: .derived)
            try super.encode(to: container.superEncoder())
        }
    }

    @Test func `a superclass stands under its own key`() throws {
        let document = try BSONEncoder().encode(Derived())
        #expect(document == ["derived": .int64(2), "super": ["base": .int64(1)]])
        let read = try BSONDecoder().decode(Derived.self, from: ["derived": 5, "super": ["base": 6]])
        #expect(read.derived == 5)
        #expect(read.base == 6)
    }
}
