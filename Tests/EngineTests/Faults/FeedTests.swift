import BSON
import Fleet
import FleetStore
import MongoDB
import TestServer
import Testing

@testable import Engine

/// The feed on a real MongoDB: what it must not miss, and what it must not bring.
@Suite(.timeLimit(.minutes(2))) struct FeedTests {
    @Test(arguments: ["nodes", "node_pools"])
    func `a collection that is dropped is noticed, and its documents come back`(collection: String) async throws {
        let instance = Server.newDatabase()
        try await Server.withStore(instance: instance) { store, database in
            let cli = try await Server.store(database, role: "cli", instance: "cli")
            let client = try await Server.client()
            let fleet = [pool("europe")] + (1...20).map { node("n-\($0)", in: "europe") }
            try await declare(fleet, cli)
            try await withDaemon(store, instance: instance) {
                try await eventually("all are synced") { try await synced(fleet.map(\.key), cli) == fleet.count }
                try await client.run { _ = try $0.command(database, ["drop": .string(collection)]) }
                try await eventually("its documents stand there again") {
                    try await cli.read(fleet.map(\.key)).observed.count == fleet.count
                }
                try await eventually("an event says so") {
                    let events = try await cli.events(EventQuery(of: [.daemon(instance)]))
                    return events.contains { $0.reason == "FeedLost" && $0.message.contains(collection) }
                        && events.contains { $0.reason == "Resynced" }
                }
            }
            await client.close()
            await cli.close()
        }
    }

    @Test func `own writes and heartbeats do not come back, others' edits do`() async throws {
        try await Server.withStore { store, database in
            let cli = try await Server.store(database, role: "cli", instance: "cli")
            let client = try await Server.client()
            let watched = WatchedStore(store)
            let fleet = [pool("europe")] + (1...20).map { node("n-\($0)", in: "europe") }
            let nodes = Namespace(database, "nodes")
            try await withDaemon(watched) {
                try await declare(fleet, cli)
                try await eventually("all are synced") { try await synced(fleet.map(\.key), cli) == fleet.count }
                let beat: Document = ["$currentDate": ["last_heartbeat": true]]
                for _ in 0..<5 {
                    _ = try await client.run {
                        try $0.bulkWrite(nodes, [.updateMany(filter: [:], update: beat)])
                    }
                }
                _ = try await client.run {
                    try $0.bulkWrite(
                        nodes,
                        [.updateOne(filter: ["node_id": "node_n-7"], update: ["$set": ["name": "edited"]])])
                }
                try await eventually("the edit is heard") {
                    watched.heardChanges.contains { $0.source == .document && $0.key == nodeKey("n-7") }
                }
                // The feed keeps the order: all that came before the edit has been heard by now.
                let documents = watched.heardChanges.filter { $0.source == .document }.map(\.key)
                #expect(documents == [nodeKey("n-7")])
                try await eventually("the edit is put back") {
                    try await cli.read([nodeKey("n-7")]).observed[nodeKey("n-7")]?.name == .string("n-7")
                }
            }
            await client.close()
            await cli.close()
        }
    }

    @Test func `a restart on a settled fleet writes nothing, and one transaction at a time is open on a lane`()
        async throws
    {
        try await Server.withStore { store, database in
            let cli = try await Server.store(database, role: "cli", instance: "cli")
            let watched = WatchedStore(store)
            let pools = (1...6).map { pool("pl-\($0)", ["max_nodes": .int(500)]) }
            let fleet = pools + (1...600).map { node("n-\($0)", in: "pl-\($0 % 6 + 1)") }
            try await declare(fleet, cli)
            try await withDaemon(watched) {
                try await eventually("all are synced") { try await synced(fleet.map(\.key), cli) == fleet.count }
                try await eventually("all are counted") {
                    let view = try await cli.read(pools.map(\.key))
                    return view.status.values.reduce(0) { $0 + ($1.counts?.total ?? 0) } == 600
                }
            }
            #expect(watched.mostOpenOnOneLane == 1)
            watched.forget()
            try await withDaemon(watched) {
                try await eventually("it has looked at everything") { watched.scans.contains(.node) }
                // What that look had found due would be written before this and its pool's count.
                try await declare([node("last", in: "pl-1")], cli)
                try await eventually("what came last is counted") {
                    try await cli.read([poolKey("pl-1")]).status[poolKey("pl-1")]?.counts?.total == 101
                }
            }
            #expect(Set(watched.commits.flatMap(\.keys)) == [nodeKey("last"), poolKey("pl-1")])
            await cli.close()
        }
    }
}
