import BSON
import Fleet
import FleetStore
import MongoDB
import TestServer
import Testing

@testable import Engine

/// Others write to the same documents, and a single change meets a convergence, on a real MongoDB.
@Suite(.timeLimit(.minutes(2))) struct ContentionTests {
    @Test func `changes of nodes that beat all the time end`() async throws {
        try await Server.withStore { store, database in
            let cli = try await Server.store(database, role: "cli", instance: "cli")
            let client = try await Server.client()
            let watched = WatchedStore(store)
            let nodes = Namespace(database, "nodes")
            let names = (1...250).map { "n-\($0)" }
            try await withDaemon(watched) {
                try await declare(
                    [pool("europe", ["max_nodes": .int(500)])] + names.map { node($0, in: "europe") }, cli)
                try await eventually("all are synced") { try await synced(names.map(nodeKey), cli) == 250 }
                let beating = Task {
                    var beats = 0
                    while !Task.isCancelled {
                        for part in 0..<10 {
                            let operations = names[(part * 25)..<(part * 25 + 25)].map { name in
                                WriteOperation.updateOne(
                                    filter: ["node_id": .string("node_\(name)")],
                                    update: ["$currentDate": ["last_heartbeat": true]])
                            }
                            beats += try await client.run { try $0.bulkWrite(nodes, operations).matched }
                        }
                    }
                    return beats
                }
                try await eventually("each has beaten") {
                    try await beaten(names, cli) == 250
                }
                watched.forget()
                let changed: [String: FieldValue] = ["hardware_info.cpu.cores": .int(64)]
                try await declare(names.map { node($0, in: "europe", changed) }, cli)
                try await eventually("all are changed") { try await synced(names.map(nodeKey), cli) == 250 }
                beating.cancel()
                #expect(try await beating.value > 0)
                #expect(try await beaten(names, cli) == 250)
                #expect(watched.commits.allSatisfy { $0.nodesChanged <= 100 })
                let written = watched.commits.filter { $0.outcome == .committed }.reduce(0) { $0 + $1.nodesChanged }
                #expect(written >= 250)
            }
            await client.close()
            await cli.close()
        }
    }

    private func poolsOfOneLane(_ count: Int) -> [String] {
        let map = LaneMap(count: Int(Preparation.lanes))
        let names = (1...1000).lazy.map { "pl-\($0)" }.filter { map.lane(of: poolKey($0), pool: nil) == 3 }
        return Array(names.prefix(count))
    }

    private func beaten(_ names: [String], _ store: any Store) async throws -> Int {
        let view = try await store.read(names.map(nodeKey))
        return names.count { view.observed[nodeKey($0)]?.lastHeartbeat != nil }
    }

    @Test func `a single change is written while five thousand nodes converge`() async throws {
        try await Server.withStore { store, database in
            let cli = try await Server.store(database, role: "cli", instance: "cli")
            let watched = WatchedStore(store)
            try await withDaemon(watched) {
                // All of them on one lane, which has one transaction at a time; the first has a place for one more.
                let pools = poolsOfOneLane(5)
                try await declare(
                    pools.map { pool($0, ["max_nodes": .int(1000)]) } + [node("one", in: pools[0])], cli)
                try await eventually("the first is synced") { try await synced([nodeKey("one")], cli) == 1 }
                watched.forget()
                // A slow server, so that ten batches outlast a declaration on a machine under whatever load.
                watched.slowBulk(by: .milliseconds(400))
                try await declare((1...4999).map { node("n-\($0)", in: pools[$0 % 5]) }, cli)
                try await declare([node("one", in: pools[0], ["hardware_info.cpu.cores": .int(64)])], cli)
                try await eventually("all are created", within: .seconds(60)) {
                    watched.commits.reduce(0) { $0 + ($1.outcome == .committed ? $1.nodesCreated : 0) } >= 4999
                }
                try await eventually("the change is synced") { try await synced([nodeKey("one")], cli) == 1 }
                let change = watched.commits.firstIndex { $0.keys.contains(nodeKey("one")) }
                let last = watched.commits.lastIndex { $0.nodesCreated > 0 }
                #expect(try #require(change) < #require(last), "the change came after the convergence")
                #expect(watched.commits.allSatisfy { $0.nodesCreated <= 500 })
            }
            await cli.close()
        }
    }
}
