import BSON
import Fleet
import FleetStore
import MongoDB
import Testing

/// Heartbeats, and what an agent is told about its node.
struct HeartbeatTests {
    @Test func `a heartbeat is the server's time, and nothing else moves`() async throws {
        try await MongoDatabases.withDatabase { database in
            let store = database.store
            let fence = try await store.lead()
            try await store.settle([.node("node_one"), .node("node_two"), .node("node_not")], under: fence)
            let before = try await database.documents("nodes")
            let start = try await store.serverTime()
            try await store.beat(["node_one", "node_gone", "$x", "node_two", ""])
            let end = try await store.serverTime()
            let after = try await database.documents("nodes")
            #expect(after.count == 3)
            for (old, new) in zip(before, after) {
                let id = old["node_id"]?.stringValue
                guard id != "node_not" else {
                    #expect(new == old)
                    continue
                }
                let beat = try #require(new["last_heartbeat"]?.dateTimeValue)
                #expect((start.milliseconds...end.milliseconds).contains(beat))
                let (was, became) = (try old.withoutHeartbeat, try new.withoutHeartbeat)
                #expect(became == was)
            }
            try await store.beat([])
        }
    }

    @Test func `heartbeats of more than one command all count, and the feed does not tell them`() async throws {
        try await MongoDatabases.withDatabase { database in
            let nodes = (0..<1_200).map { "node_\($0 + 1_000)" }
            for id in [nodes[0], nodes[600], nodes[1_199]] {
                try await database.insertUnchecked("nodes", ["node_id": .string(id), "name": .string(id)])
            }
            try await withFeed(of: database.fixture) { seen in
                try await database.other.beat(nodes)
                try await database.fixture.backdoor.edit(ResourceKey(.node, nodes[600]), "owner", .string("x"))
                #expect(try await seen.next().map(\.key) == [ResourceKey(.node, nodes[600])])
            }
            let beaten = try await database.documents("nodes").filter { $0["last_heartbeat"] != nil }
            #expect(beaten.count == 3)
        }
    }

    @Test func `a standing is the document's status and the drain that goes on`() async throws {
        try await MongoDatabases.withDatabase { database in
            try await database.insertUnchecked("nodes", ["node_id": "node_one", "status": "active"])
            try await database.insertUnchecked("nodes", ["node_id": "node_two", "name": "two", "status": "odd"])
            try await database.insertUnchecked("nodes", ["node_id": "node_three", "name": "three"])
            try await database.insertUnchecked(
                "status", ["_id": "Node/node_two", "draining_since": .dateTime(noon.milliseconds)])
            try await database.insertUnchecked(
                "status", ["_id": "Node/node_gone", "draining_since": .dateTime(noon.milliseconds)])
            try await database.insertUnchecked("status", ["_id": "Node/node_one", "draining_since": "soon"])
            let asked = ["node_one", "node_two", "node_three", "node_gone", "$ne"]
            let standings = try await database.store.standings(asked)
            #expect(
                standings == [
                    "node_one": NodeStanding(state: .active),
                    "node_two": NodeStanding(state: nil, drainingSince: noon),
                    "node_three": NodeStanding(state: nil),
                ])
            #expect(try await database.store.standings([]) == [:])
        }
    }
}

extension Document {
    fileprivate var withoutHeartbeat: Document {
        get throws { Document(try elements().filter { $0.key != "last_heartbeat" }.map { ($0.key, $0.value) }) }
    }
}
