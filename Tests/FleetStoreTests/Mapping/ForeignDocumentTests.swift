import BSON
import Fleet
import Testing

@testable import FleetStore

/// Other services write `nodes` and `node_pools`, too: whatever stands there is read as what it is, and harms nothing.
struct `Documents that somebody else wrote` {
    private let id = ObjectID(DocumentID(high: 0x6500_0000_0000_0001, low: 9))

    private func read(_ document: Document, kind: Kind = .node) throws(StoreError) -> Observed {
        try document.withView { (view) throws(StoreError) in try Observed(view, kind: kind) }
    }

    @Test func `numbers of any type are read by their value`() throws {
        let observed = try read([
            "_id": .objectID(id), "node_id": "node_a",
            "hardware_info": [
                "cpu": ["cores": .int32(16), "frequency_mhz": .int64(3200)], "memory": ["total_bytes": 1e9],
            ],
        ])
        #expect(observed.leaves["hardware_info.cpu.cores"] == .int(16))
        #expect(observed.leaves["hardware_info.cpu.frequency_mhz"] == .double(3200))
        #expect(observed.leaves["hardware_info.memory.total_bytes"] == .int(1_000_000_000))
    }

    @Test(
        arguments: [
            ("hardware_info", Value.null, FieldValue.null),
            ("hardware_info", "none", .string("none")),
            ("configuration", [1, 2], .list([.int(1), .int(2)])),
            ("location", .bool(true), .bool(true)),
        ] as [(String, Value, FieldValue)])
    func `a parent that is no object is an obstacle`(path: String, value: Value, expected: FieldValue) throws {
        let observed = try read(Document([("_id", .objectID(id)), ("node_id", "node_a"), (path, value)]))
        #expect(observed.obstacles == [Obstacle(path: path, value: expected)])
        #expect(observed.leaves.leaves == [])
    }

    @Test func `an obstacle names its whole path`() throws {
        let observed = try read([
            "_id": .objectID(id), "node_id": "node_a", "location": ["city": "Bonn", "coordinates": nil],
        ])
        #expect(observed.obstacles == [Obstacle(path: "location.coordinates", value: .null)])
        #expect(observed.leaves["location.city"] == .string("Bonn"))
    }

    @Test func `a value of a type that no field has is kept byte for byte`() throws {
        let values: [Value] = [
            .regex(pattern: "a.*", options: "i"), .binary(Binary(subtype: 4, bytes: [1, 2, 3])), .objectID(id), .minKey,
            .maxKey, .undefined, .javaScript("x"), .symbol("s"), .timestamp(BSONTimestamp(seconds: 1, increment: 2)),
            .decimal128(.nan), .dbPointer(namespace: "a.b", id: id),
        ]
        for value in values {
            let observed = try read(["_id": .objectID(id), "node_id": "node_a", "node_type": value])
            let found = try #require(observed.leaves["node_type"])
            guard case .foreign(let type, _) = found else {
                Issue.record("\(value) was read as \(found)")
                continue
            }
            #expect(type == value.type.rawValue)
            #expect(Document { $0.append("node_type", field: found) } == ["node_type": value])
        }
    }

    @Test func `text that is no UTF-8 is foreign, and written back as it was`() throws {
        let bytes: [UInt8] = [2, 0, 0, 0, 0xFF, 0]
        let document = Document { writer in
            writer.append("_id", id)
            writer.append("node_id", "node_a")
            writer.append("node_type", BSONType.string, valueBytes: bytes)
        }
        let found = try read(document).leaves["node_type"]
        #expect(found == .foreign(type: BSONType.string.rawValue, bytes: bytes))
    }

    @Test func `fields of others are passed over, those of the table found in any order`() throws {
        let observed = try read([
            "pool_id": "pool_a", "stranger": ["cpu": ["cores": 1]], "status": "active", "node_type": "worker",
            "_id": .objectID(id), "nodes": 1, "node_i": 2, "node_id": "node_a", "last_heartbeat": .dateTime(7),
        ])
        #expect(observed.key == ResourceKey(.node, "node_a"))
        #expect(observed.leaves.leaves.map(\.index) == [NodeLeaf.type, NodeLeaf.poolID])
        #expect(observed.status == .string("active"))
        #expect(observed.lastHeartbeat == Timestamp(milliseconds: 7))
    }

    @Test func `of a field that stands there twice the first counts`() throws {
        let observed = try read([
            "_id": .objectID(id), "node_id": "node_a", "node_type": "worker", "node_type": "storage",
        ])
        #expect(observed.leaves.leaves == [Spec.Leaf(NodeLeaf.type, .string("worker"))])
    }

    @Test(
        arguments: [
            ["node_id": "node_a"], ["_id": "text", "node_id": "node_a"], ["_id": .objectID(ObjectID())],
            ["_id": .objectID(ObjectID()), "node_id": 5],
        ] as [Document])
    func `a document without an ObjectId or an id is malformed`(document: Document) {
        #expect(throws: StoreError.self) { try read(document) }
    }

    @Test func `bytes that end too early are malformed`() {
        var bytes = (["_id": .objectID(id), "node_id": "node_a"] as Document).bytes
        bytes[4] = 0x7E
        #expect(throws: StoreError.self) { try read(Document(unchecked: bytes)) }
    }

    @Test func `a pool's own fields`() throws {
        let pool: Document = [
            "_id": .objectID(id), "pool_id": "pool_a", "name": "a", "node_count": .double(3), "max_nodes": "many",
            "created_at": "yesterday", "scaling_policy": ["min_nodes": 2],
        ]
        let observed = try read(pool, kind: .nodePool)
        #expect(observed.nodeCount == .int(3))
        #expect(observed.createdAt == .string("yesterday"))
        #expect(observed.leaves["max_nodes"] == .string("many"))
        #expect(observed.leaves["scaling_policy.min_nodes"] == .int(2))
    }
}

struct `Odd documents in desired` {
    private func read(_ document: Document) throws(StoreError) -> Desired {
        try document.withView { (view) throws(StoreError) in try Desired(view) }
    }

    private func malformed(_ document: Document) -> String? {
        do throws(StoreError) {
            _ = try read(document)
            return nil
        } catch {
            guard case .malformed(let reason) = error else { return nil }
            return reason
        }
    }

    @Test(arguments: ["name", "generation", "revision", "first_revision", "created_at", "updated_at"])
    func `a missing field is malformed, and the document named`(field: String) throws {
        var generator = SeededGenerator(seed: 4)
        let desired = generator.desired()
        let elements = try desired.document().elements().filter { $0.key != field }
        let reason = try #require(malformed(Document(elements.map { ($0.key, $0.value) })))
        #expect(reason.contains(desired.key.description))
        #expect(reason.contains(field))
    }

    @Test(
        arguments: [
            ("name", 5), ("generation", "two"), ("lifecycle", ["drift": "sometimes"]), ("spec", "nothing"),
            ("spec", ["hardware_info": 5, "resource_limits": 5, "pricing": 5]), ("labels", "a"),
            ("overrides", ["cordon": 1]),
        ] as [(String, Value)])
    func `a field of another type is malformed`(field: String, value: Value) throws {
        var generator = SeededGenerator(seed: 4)
        var desired = generator.desired()
        while desired.key.kind == .scalingPolicy { desired = generator.desired() }
        let elements = try desired.document().elements().filter { $0.key != field }.map { ($0.key, $0.value) }
        #expect(malformed(Document(elements + [(field, value)])) != nil)
    }

    @Test func `an id of no kind is malformed`() throws {
        var generator = SeededGenerator(seed: 4)
        let elements = try generator.desired().document().elements().filter { $0.key != "_id" }
        #expect(malformed(Document([("_id", "Gadget/x")] + elements.map { ($0.key, $0.value) })) != nil)
    }

    @Test func `smaller integers and unknown fields are taken`() throws {
        var generator = SeededGenerator(seed: 4)
        let desired = generator.desired()
        var elements = try desired.document().elements().filter { $0.key != "revision" }.map { ($0.key, $0.value) }
        elements += [("revision", .int32(12)), ("from_a_newer_version", ["a": 1])]
        #expect(try read(Document(elements)) == desired)
    }
}
