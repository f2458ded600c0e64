import BSON
import Fleet
import FleetStore
import MongoDB
import TestServer
import Testing

@testable import Engine

/// What the server is told to get wrong. It obeys one such order at a time, hence one test after the other.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ServerOrderTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var commands: [String]
        var times: Int
        var how: Document

        var testDescription: String { name }
    }

    private static let lostCommits = [
        Fault(
            name: "the commit's connection breaks three times", commands: ["commitTransaction"], times: 3,
            how: ["closeConnection": true]),
        Fault(
            name: "the commit is not majority-written in time", commands: ["commitTransaction"], times: 2,
            how: ["writeConcernError": ["code": 64, "errmsg": "waiting for replication timed out"]]),
        Fault(
            name: "the commit takes too long", commands: ["commitTransaction"], times: 2, how: ["errorCode": 50]),
    ]
    private static let brokenWork = [
        Fault(
            name: "a write's connection breaks", commands: ["insert", "update"], times: 3,
            how: ["closeConnection": true]),
        Fault(
            name: "write conflicts", commands: ["insert", "update"], times: 6,
            how: ["errorCode": 112, "errorLabels": ["TransientTransactionError"]]),
        Fault(
            name: "the transaction is gone", commands: ["insert"], times: 2,
            how: ["errorCode": 251, "errorLabels": ["TransientTransactionError"]]),
    ]

    @Test(arguments: lostCommits + brokenWork)
    func `a declaration whose answer is lost stands once`(fault: Fault) async throws {
        try await Server.withStore { store, database in
            let instance = Server.newDatabase()
            let cli = try await Server.store(database, role: "cli", instance: instance)
            let client = try await Server.client()
            let fleet = [pool("europe")] + (1...5).map { node("n-\($0)", in: "europe") }
            try await Server.fail(
                client, fault.commands, times: fault.times, appName: "reeve/cli/\(instance)", fault.how)
            try await declareSurely(fleet, cli)
            #expect(try await Server.stopFailing(client) > 0)
            let view = try await store.declaringView(of: fleet.map(\.key), pools: [])
            #expect(view.desired.count == fleet.count)
            #expect(view.desired.values.allSatisfy { $0.generation == 1 && $0.firstRevision == view.revision })
            #expect(view.revision == 1, "the work was done again")
            await client.close()
            await cli.close()
        }
    }

    @Test(arguments: lostCommits + brokenWork)
    func `a batch whose answer is lost is written once`(fault: Fault) async throws {
        let instance = Server.newDatabase()
        try await Server.withStore(instance: instance) { store, database in
            let watched = WatchedStore(store)
            let cli = try await Server.store(database, role: "cli", instance: "cli")
            let client = try await Server.client()
            try await Server.fail(
                client, fault.commands, times: fault.times, appName: "reeve/daemon/\(instance)/1/\(database)",
                fault.how)
            let fleet = [pool("europe")] + (1...40).map { node("n-\($0)", in: "europe") }
            try await declare(fleet, cli)
            try await withDaemon(watched, instance: instance) {
                try await eventually("all are synced") { try await synced(fleet.map(\.key), cli) == fleet.count }
                try await eventually("all are counted") {
                    try await cli.read([poolKey("europe")]).status[poolKey("europe")]?.counts?.total == 40
                }
            }
            #expect(try await Server.stopFailing(client) > 0)
            if fault.commands == ["commitTransaction"] {
                // The commit was sent again, the work was not.
                #expect(watched.commits.reduce(0) { $0 + $1.nodesCreated } == 40)
            }
            try await expectOnce(40, cli, client, database)
            await client.close()
            await cli.close()
        }
    }

    /// Each node has one document, one history entry and one event of its creation.
    private func expectOnce(_ nodes: Int, _ cli: MongoStore, _ client: Client, _ database: String) async throws {
        let (documents, history) = try await client.run { connection in
            var counts: [Int] = []
            for collection in ["nodes", "node_history"] {
                var count = 0
                try connection.find(Namespace(database, collection)) { _ in count += 1 }
                counts.append(count)
            }
            return (counts[0], counts[1])
        }
        #expect(documents == nodes)
        #expect(history == nodes)
        let created = try await cli.events(EventQuery(limit: 10_000)).filter { $0.reason == "Created" }
        #expect(Set(created.compactMap(\.key)).count == created.count)
    }

    @Test func `when the feed's history is gone everything is looked at, and an event says so`() async throws {
        let instance = Server.newDatabase()
        try await Server.withStore(instance: instance) { store, database in
            let cli = try await Server.store(database, role: "cli", instance: "cli")
            let client = try await Server.client()
            let watched = WatchedStore(store)
            try await declare([pool("europe"), node("one", in: "europe")], cli)
            try await withDaemon(watched, instance: instance) {
                try await eventually("the first is synced") { try await synced([nodeKey("one")], cli) == 1 }
                // It stays broken for a while, in which something is declared.
                try await Server.fail(
                    client, ["getMore", "aggregate"], times: 4, appName: "reeve/feed/\(instance)",
                    ["errorCode": 286, "errorLabels": ["NonResumableChangeStreamError"]])
                try await eventually("the feed broke") {
                    watched.heard.contains { if case .lost = $0 { true } else { false } }
                }
                try await declare([node("two", in: "europe")], cli)
                try await eventually("what was missed is synced") { try await synced([nodeKey("two")], cli) == 1 }
                try await eventually("events say so") {
                    let reasons = try await cli.events(EventQuery(of: [.daemon(instance)])).map(\.reason)
                    return reasons.starts(with: ["FeedLost"]) && reasons.contains("Resynced")
                }
            }
            try await Server.stopFailing(client)
            await client.close()
            await cli.close()
        }
    }
}
