import BSON
import Fleet
import MongoDB
import Testing

@testable import FleetStore

struct `Compare-and-set on the wire` {
    private let id = DocumentID(high: 1, low: 2)

    private func condition(_ expected: FieldValue?) -> Value? {
        compareFilter(id, [PathGuard("a.b", expected)])["a.b"]
    }

    @Test func `a value is compared with $eq and never as an array's member`() {
        let noArray: Value = ["$type": 4]
        #expect(condition(.string("x")) == ["$eq": "x", "$not": noArray])
        #expect(condition(.int(5)) == ["$eq": .int64(5), "$not": noArray])
        #expect(condition(.null) == ["$type": 10, "$not": noArray])
        #expect(condition(nil) == ["$exists": false])
        let noNested: Value = ["$elemMatch": noArray]
        #expect(condition(.list([.bool(true)])) == ["$eq": [true], "$size": .int64(1), "$not": noNested])
    }

    @Test func `text that looks like an operator stays text`() {
        let found = FieldValue.record([.init("$gt", .string(""))])
        #expect(condition(found) == ["$eq": ["$gt": ""], "$not": ["$type": 4]])
    }

    @Test func `the server is never asked to compare with undefined`() {
        let undefined = FieldValue.foreign(type: BSONType.undefined.rawValue, bytes: [])
        #expect(condition(undefined) == ["$type": 6, "$not": ["$type": 4]])
    }

    @Test func `an update touches its paths and updated_at alone`() {
        let update = updateDocument([PathValue("a.b", .int(1)), PathValue("c", nil)])
        let expected: Document = [
            "$set": ["a.b": .int64(1)], "$unset": ["c": ""], "$currentDate": ["updated_at": true],
        ]
        #expect(update == expected)
        #expect(updateDocument([]) == ["$currentDate": ["updated_at": true]])
    }
}

struct `What MongoDB refuses` {
    @Test(
        arguments: [
            (.serverSelection, .unavailable("m")), (.network, .unavailable("m")),
            (.notWritablePrimary, .unavailable("m")),
            (.maxTimeExpired, .unavailable("m")), (.unauthorized, .refused("m")), (.authentication, .refused("m")),
            (.commitOutcomeUnknown, .outcomeUnknown("m")), (.other, .failed(code: 7, message: "m")),
        ] as [(MongoError.Kind, StoreError)])
    func `an error becomes the store's`(kind: MongoError.Kind, expected: StoreError) {
        #expect(StoreError(MongoError(kind, code: 7, message: "m")) == expected)
    }

    @Test func `the store's own errors pass`() {
        #expect(StoreError(StoreError.fenced) == .fenced)
    }

    private func writes() -> KeyedWrites {
        var writes = KeyedWrites()
        let now = Timestamp(milliseconds: 0)
        let id = DocumentID(high: 1, low: 2)
        writes.add(.insert(id: id, fields: []), of: ResourceKey(.node, "node_inserted"), at: now)
        writes.add(.update(id: id, guards: [], writes: []), of: ResourceKey(.node, "node_updated"), at: now)
        writes.add(.delete(id: id, guards: []), of: ResourceKey(.node, "node_deleted"), at: now)
        return writes
    }

    private func rejection(_ failure: MongoError.WriteFailure) -> (ResourceKey, Rejection)? {
        writes().rejection(MongoError(.other, message: "", writeErrors: [failure]), in: .nodes)
    }

    @Test(arguments: [(0, "node_deleted"), (1, "node_updated"), (2, "node_inserted")])
    func `the index of a refused operation names its resource`(index: Int, id: String) throws {
        let (key, _) = try #require(rejection(.init(index: index, code: 121, message: "m")))
        #expect(key == ResourceKey(.node, id))
    }

    @Test func `a duplicate key is a taken name or a taken id`() throws {
        let name = try #require(
            rejection(.init(index: 0, code: 11000, message: "", violatedKeys: ["pool_id", "name"])))
        #expect(name.1 == .nameTaken)
        let id = try #require(rejection(.init(index: 0, code: 11000, message: "", violatedKeys: ["node_id"])))
        #expect(id.1 == .duplicateID)
    }

    @Test func `a validator's and a path's refusal keep their reason`() throws {
        #expect(try #require(rejection(.init(index: 0, code: 121, message: "bad"))).1 == .invalidDocument("bad"))
        #expect(
            try #require(rejection(.init(index: 0, code: 28, message: "null"))).1 == .other(code: 28, message: "null"))
    }

    @Test func `a write conflict and an error of the connection are nobody's fault`() {
        #expect(rejection(.init(index: 0, code: 112, message: "")) == nil)
        #expect(writes().rejection(MongoError(.network, message: ""), in: .nodes) == nil)
    }
}
