import BSON
import Fleet
import FleetStore
import MemoryStore
import MongoDB

/// What others do to a database, and what tests look at, past the port.
protocol Backdoor: Sendable {
    /// Sets or unsets one path of a document, whatever any validator says.
    func edit(_ key: ResourceKey, _ path: String, _ value: FieldValue?) async throws
    func insert(_ key: ResourceKey, _ fields: [PathValue]) async throws
    func delete(_ key: ResourceKey) async throws
    func deleteStatus(_ key: ResourceKey) async throws
    /// A report of a node: moves `last_heartbeat` alone.
    func beat(_ nodeID: String, at: Timestamp) async throws
    func value(_ key: ResourceKey, _ path: String) async throws -> FieldValue?
    /// Documents in `node_history`, `events`, `tombstones`.
    func count(_ collection: String) async throws -> Int
    /// The generations kept of what was replaced or deleted, ascending.
    func generations(of key: ResourceKey) async throws -> [Int64]
    /// The ingest writes down what it learned.
    func learn(_ facts: [AgentFacts]) async throws
    func ingestServes(_ instance: String, lapse: Int64) async throws
    /// As if so much time had passed since every ingest said something.
    func ageIngests(seconds: Int64) async throws
    /// An ingest stores samples; memory in whole percent.
    func store(_ samples: [NodeLoad]) async throws
}

extension Kind {
    var idField: String { self == .node ? "node_id" : "pool_id" }
}

struct MemoryBackdoor: Backdoor {
    let store: InMemoryStore

    func edit(_ key: ResourceKey, _ path: String, _ value: FieldValue?) { store.edit(key) { $0[path] = value } }
    func insert(_ key: ResourceKey, _ fields: [PathValue]) { store.insertDocument(key, fields) }
    func delete(_ key: ResourceKey) { store.deleteDocument(key) }
    func deleteStatus(_ key: ResourceKey) { store.deleteStatus(key) }
    func beat(_ nodeID: String, at: Timestamp) { store.beat(nodeID, at: at) }
    func value(_ key: ResourceKey, _ path: String) -> FieldValue? { store.document(key)?[path] }

    func count(_ collection: String) -> Int {
        switch collection {
        case "node_history": store.history.count
        case "events": store.allEvents.count
        default: store.tombstones.count
        }
    }

    func generations(of key: ResourceKey) -> [Int64] { store.revisions(of: key).map(\.generation).sorted() }
    func learn(_ facts: [AgentFacts]) { for each in facts { store.learn(each) } }
    func ingestServes(_ instance: String, lapse: Int64) { store.ingestServes(instance, lapse: lapse) }
    func ageIngests(seconds: Int64) { store.ageIngests(seconds: seconds) }
    func store(_ samples: [NodeLoad]) { store.store(samples) }
}

/// A plain client beside the store, as another service would have it.
struct MongoBackdoor: Backdoor {
    let client: Client
    let database: String
    let store: MongoStore

    func edit(_ key: ResourceKey, _ path: String, _ value: FieldValue?) async throws {
        let change: Document = value.map { ["$set": .document([path: $0.bson])] } ?? ["$unset": .document([path: ""])]
        try await update(key, change)
    }

    func insert(_ key: ResourceKey, _ fields: [PathValue]) async throws {
        var document = MemoryDocument(id: DocumentID(high: 0, low: 0))
        document[key.kind.idField] = .string(key.id)
        for field in fields { document[field.path] = field.value }
        let stored = Document(document.fields.map { ($0.name, $0.value.bson) })
        let command = Document { command in
            command.append("insert", collection(key))
            command.append("documents", [stored])
            command.append("bypassDocumentValidation", true)
        }
        _ = try await client.run { [database] in try $0.command(database, command) }
    }

    func delete(_ key: ResourceKey) async throws {
        let operation = WriteOperation.deleteOne(filter: filter(key))
        let namespace = Namespace(database, collection(key))
        _ = try await client.run { try $0.bulkWrite(namespace, [operation]) }
    }

    func deleteStatus(_ key: ResourceKey) async throws {
        let operation = WriteOperation.deleteOne(filter: ["_id": .string(key.description)])
        let namespace = Namespace(database, "status")
        _ = try await client.run { try $0.bulkWrite(namespace, [operation]) }
    }

    func beat(_ nodeID: String, at: Timestamp) async throws {
        try await update(
            ResourceKey(.node, nodeID), ["$set": ["last_heartbeat": .dateTime(at.milliseconds)]])
    }

    func value(_ key: ResourceKey, _ path: String) async throws -> FieldValue? {
        let (namespace, filter) = (Namespace(database, collection(key)), filter(key))
        var value = try await client.run { try $0.findOne(namespace, filter: filter) }.map(Value.document)
        for name in path.split(separator: ".") { value = value?.documentValue?[String(name)] }
        return value?.field
    }

    func count(_ collection: String) async throws -> Int {
        let command: Document = ["count": .string(collection)]
        return try await client.run { [database] in
            Int(try $0.command(database, command)["n"]?.int64Value ?? -1)
        }
    }

    func generations(of key: ResourceKey) async throws -> [Int64] {
        let namespace = Namespace(database, "desired_revisions")
        return try await client.run { connection in
            var found: [Int64] = []
            try connection.find(namespace, filter: ["resource": .string(key.description)]) { document in
                found.append(document["generation"]?.int64Value ?? -1)
            }
            return found.sorted()
        }
    }

    func learn(_ facts: [AgentFacts]) async throws { try await store.put(facts) }

    func store(_ samples: [NodeLoad]) async throws {
        try await store.insert(
            samples.map { load in
                var sample = ResourceSample(nodeID: load.nodeID, timestamp: load.at)
                sample[MetricLeaf.cpuUsage] = load.cpu.map(FieldValue.double)
                sample[MetricLeaf.gpuUsage] = load.gpu.map(FieldValue.double)
                if let memory = load.memory {
                    sample[MetricLeaf.memoryUsed] = .int(Int64(memory))
                    sample[MetricLeaf.memoryTotal] = .int(100)
                }
                return sample
            })
    }

    func ingestServes(_ instance: String, lapse: Int64) async throws {
        try await store.ingestServes(instance, lapse: lapse)
    }

    func ageIngests(seconds: Int64) async throws {
        let moved = ["since", "alive_at", "counted_until"].map { field in
            (field, ["$subtract": [.string("$" + field), .int64(seconds * 1000)]] as Value)
        }
        let stage: Document = ["$set": .document(Document(moved))]
        let operation = WriteOperation.updateMany(
            filter: ["since": ["$exists": true]], update: Document([("0", .document(stage))]))
        let namespace = Namespace(database, "leases")
        _ = try await client.run { try $0.bulkWrite(namespace, [operation]) }
    }

    private func collection(_ key: ResourceKey) -> String { key.kind == .node ? "nodes" : "node_pools" }
    private func filter(_ key: ResourceKey) -> Document { [key.kind.idField: .string(key.id)] }

    private func update(_ key: ResourceKey, _ change: Document) async throws {
        let command = Document { command in
            command.append("update", collection(key))
            command.append(
                "updates", [["q": .document(filter(key)), "u": .document(change)]] as [Document])
            command.append("bypassDocumentValidation", true)
        }
        _ = try await client.run { [database] in try $0.command(database, command) }
    }
}

extension FieldValue {
    /// For the types that these tests write.
    var bson: Value {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int(let value): .int64(value)
        case .double(let value): .double(value)
        case .decimal(let value):
            Decimal128.from(significand: value.significand, exponent: value.exponent).map(Value.decimal128) ?? .null
        case .string(let value): .string(value)
        case .timestamp(let value): .dateTime(value.milliseconds)
        case .list(let values): .array(values.map(\.bson))
        case .record(let members): .document(Document(members.map { ($0.name, $0.value.bson) }))
        case .foreign: .undefined
        }
    }
}

extension Value {
    fileprivate var field: FieldValue? {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int32(let value): .int(Int64(value))
        case .int64(let value): .int(value)
        case .double(let value): .double(value)
        case .string(let value): .string(value)
        case .dateTime(let value): .timestamp(Timestamp(milliseconds: value))
        case .array: .list((arrayValue ?? []).compactMap(\.field))
        case .document(let document):
            .record(((try? document.elements()) ?? []).map { .init($0.key, $0.value.field ?? .null) })
        default: nil
        }
    }
}
