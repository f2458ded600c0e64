import BSON
import FleetStore
import MongoDB
import Testing

/// What the validators let through and what they refuse, each by an insert into a real server.
struct ValidatorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var collection = "nodes"
        var document: Document
        var isTaken: Bool

        var testDescription: String { name }
    }

    static let node: [(String, Value)] = [("node_id", "node_one"), ("name", "one")]

    static func node(_ more: (String, Value)...) -> Document { Document(node + more) }

    static let cases: [Case] = [
        Case(name: "the id alone", document: ["node_id": "node_one"], isTaken: true),
        Case(name: "no id", document: ["name": "one"], isTaken: false),
        Case(name: "an id of 7 characters", document: ["node_id": "node_ab"], isTaken: false),
        Case(name: "an id that ends with a newline", document: ["node_id": "node_one\n"], isTaken: false),
        Case(name: "fields of others", document: node(("owner", ["name": "x"])), isTaken: true),
        Case(
            name: "null where a field is optional", document: node(("pool_id", nil), ("hardware_info", nil)),
            isTaken: true),
        Case(name: "a status", document: node(("status", "error")), isTaken: true),
        Case(name: "a status that is none", document: node(("status", "broken")), isTaken: false),
        Case(name: "cores as a double", document: node(("hardware_info", ["cpu": ["cores": 16.0]])), isTaken: true),
        Case(name: "half a core", document: node(("hardware_info", ["cpu": ["cores": 1.5]])), isTaken: false),
        Case(name: "129 cores", document: node(("hardware_info", ["cpu": ["cores": 129]])), isTaken: false),
        Case(name: "cores as a text", document: node(("hardware_info", ["cpu": ["cores": "16"]])), isTaken: false),
        Case(name: "hardware that is a text", document: node(("hardware_info", "big")), isTaken: false),
        Case(
            name: "memory at its most",
            document: node(("hardware_info", ["memory": ["total_bytes": .int64(1 << 40)]])), isTaken: true),
        Case(
            name: "memory above its most",
            document: node(("hardware_info", ["memory": ["total_bytes": .int64((1 << 40) + 1)]])), isTaken: false),
        Case(
            name: "a network interface",
            document: node(
                ("hardware_info", ["network": [["interface": "eth0", "mac_address": "02:00:5e:10:00:01"]]])),
            isTaken: true),
        Case(
            name: "a wrong MAC",
            document: node(
                ("hardware_info", ["network": [["interface": "eth0", "mac_address": "02:00:5e:10:00:0g"]]])),
            isTaken: false),
        Case(name: "no network interface", document: node(("hardware_info", ["network": []])), isTaken: false),
        Case(name: "a score above 100", document: node(("poot_score", 100.5)), isTaken: false),
        Case(name: "a heartbeat that is no date", document: node(("last_heartbeat", "now")), isTaken: false),
        Case(
            name: "a limit of zero", document: node(("configuration", ["resource_limits": ["cpu_percent": 0]])),
            isTaken: false),
        Case(
            name: "a pool", collection: "node_pools",
            document: [
                "pool_id": "pool_one", "max_nodes": 40, "pricing": ["cost_per_hour": 0.12, "currency": "USDT"],
            ],
            isTaken: true),
        Case(
            name: "a pool for 1001 nodes", collection: "node_pools",
            document: ["pool_id": "pool_one", "max_nodes": 1001], isTaken: false),
        Case(
            name: "a pool with less than no nodes", collection: "node_pools",
            document: ["pool_id": "pool_one", "node_count": -1], isTaken: false),
        Case(
            name: "a currency in small letters", collection: "node_pools",
            document: ["pool_id": "pool_one", "pricing": ["currency": "usdt"]], isTaken: false),
        Case(
            name: "a sample of nothing", collection: "resource_metrics",
            document: ["node_id": "node_one", "timestamp": .dateTime(0)], isTaken: true),
        Case(
            name: "a sample without its instant", collection: "resource_metrics", document: ["node_id": "node_one"],
            isTaken: false),
        Case(
            name: "a sample's figures", collection: "resource_metrics",
            document: [
                "node_id": "node_one", "timestamp": .dateTime(0), "gpu": nil,
                "cpu": ["usage_percent": 99.5, "cores": 8, "load_average": [1, 0.5, 0.25]],
                "network": ["interfaces": [["name": "eth0", "bytes_in": 7]], "total_bytes_in": .int64(.max)],
            ],
            isTaken: true),
        Case(
            name: "more than all processors", collection: "resource_metrics",
            document: ["node_id": "node_one", "timestamp": .dateTime(0), "cpu": ["usage_percent": 100.5]],
            isTaken: false),
        Case(
            name: "four load averages", collection: "resource_metrics",
            document: ["node_id": "node_one", "timestamp": .dateTime(0), "cpu": ["load_average": [1, 1, 1, 1]]],
            isTaken: false),
        Case(
            name: "half a byte", collection: "resource_metrics",
            document: ["node_id": "node_one", "timestamp": .dateTime(0), "memory": ["used_bytes": 0.5]],
            isTaken: false),
        Case(
            name: "a declaration without its frame", collection: "desired",
            document: ["_id": "Node/node_one", "kind": "Node"], isTaken: false),
    ]

    private static let prepared = Task {
        let client = try await TestServer.client()
        let database = TestServer.newDatabase()
        _ = try await Preparation.run(on: client, database: database)
        return (client, database)
    }

    @Test(arguments: cases)
    func `a validator takes what the data model allows`(_ each: Case) async throws {
        let (client, database) = try await Self.prepared.value
        let collection = Namespace(database, each.collection)
        // In a transaction that is given up; while another holds the same id, it is run again.
        struct Taken: Error {}
        do {
            _ = try await client.run { connection in
                try connection.transaction { transaction in
                    try transaction.insert(collection, [each.document])
                    throw Taken()
                }
            }
            Issue.record("neither taken nor refused")
        } catch is Taken {
            #expect(each.isTaken)
        } catch let error as MongoError {
            #expect(!each.isTaken, "\(error)")
            #expect(error.writeErrors.first?.code == 121)
        }
    }

    @Test func `a document that was bad before may still beat`() async throws {
        try await TestServer.withDatabase { client, database in
            let nodes = Namespace(database, "nodes")
            let matched = try await { () async throws -> Int in
                _ = try await client.run {
                    try $0.insert(nodes, [["node_id": "node_one", "name": "one", "status": "odd"]])
                }
                _ = try await Preparation.run(on: client, database: database)
                return try await client.run { connection in
                    try connection.bulkWrite(
                        nodes,
                        [.updateOne(filter: [:], update: ["$currentDate": ["last_heartbeat": true]])]
                    ).modified
                }
            }()
            #expect(matched == 1)
        }
    }
}
