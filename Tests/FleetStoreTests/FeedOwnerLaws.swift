import BSON
import Fleet
import FleetStore
import LocalMongo
import Logging
import MongoDB
import Synchronization
import Testing

/// Whom a change of a document concerns beside those that the document names now.
struct FeedOwnerLaws {
    private let pools = [ResourceKey(.nodePool, "pool_one"), ResourceKey(.nodePool, "pool_two")]

    @Test(arguments: Arm.allCases)
    func `a node that is moved or renamed by hand is told under both`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let (store, backdoor) = (fixture.store, fixture.backdoor)
            let fence = try await store.lead()
            try await store.settle([.node("node_one", pool: "pool_one")], under: fence)
            let (node, stranger) = (ResourceKey(.node, "node_one"), ResourceKey(.node, "node_other"))
            try await withFeed(of: fixture) { seen in
                try await backdoor.edit(node, "pool_id", .string("pool_two"))
                #expect(
                    try await Set(seen.next()) == [
                        FeedChange(key: node, source: .document, poolID: "pool_two"),
                        FeedChange(key: node, source: .document, poolID: "pool_one"),
                    ])
                try await backdoor.edit(node, "node_id", .string("node_other"))
                #expect(try await Set(seen.next().map(\.key)) == [node, stranger])
            }
        }
    }

    @Test(arguments: Arm.allCases)
    func `what becomes of a node that nobody declared concerns every pool`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let backdoor = fixture.backdoor
            try await fixture.store.declare(.pool("pool_one"))
            try await backdoor.insert(pools[1], [PathValue("max_nodes", .int(4))])
            let stranger = ResourceKey(.node, "node_other")
            try await backdoor.insert(stranger, [PathValue("pool_id", .string("pool_one"))])
            try await withFeed(of: fixture) { seen in
                try await backdoor.edit(stranger, "pool_id", .string("pool_two"))
                #expect(try await Set(seen.next().map(\.key)) == [stranger, pools[0], pools[1]])
                try await backdoor.delete(stranger)
                #expect(try await seen.next().map(\.key) == pools)
            }
        }
    }

    enum Loss: CaseIterable {
        case dropped, databaseDropped, renamed, replaced

        func perform(_ connection: Connection, _ database: String) throws {
            func rename(_ old: String, _ new: String) throws {
                let names: Document = [
                    "renameCollection": .string("\(database).\(old)"), "to": .string("\(database).\(new)"),
                    "dropTarget": true,
                ]
                try connection.command("admin", names)
            }
            switch self {
            case .dropped: try connection.command(database, ["drop": "nodes"])
            case .databaseDropped: try connection.command(database, ["dropDatabase": 1])
            case .renamed: try rename("nodes", "elsewhere")
            case .replaced: try rename("elsewhere", "nodes")
            }
        }
    }

    @Test(arguments: Loss.allCases)
    func `a watched collection that goes is a loss`(loss: Loss) async throws {
        try await TestServer.withDatabase { client, database in
            _ = try await Preparation.run(on: client, database: database)
            try await client.run { connection in
                _ = try connection.insert(Namespace(database, "elsewhere"), [["_id": 1]])
            }
            let store = try MongoStore(
                MongoStore.Settings(uri: try await ConnectionString(TestServer.shared.value.uri), database: database),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let (events, tell) = AsyncStream.makeStream(of: FeedEvent.self)
            let feed = try await store.feed { tell.yield($0) }
            do {
                var waiting = events.makeAsyncIterator()
                #expect(await waiting.next() == .opened)
                try await client.run { try loss.perform($0, database) }
                guard case .lost? = await waiting.next() else {
                    Issue.record("nothing was told to be lost")
                    return
                }
                #expect(await waiting.next() == .opened)
                await feed.close()
                await store.close()
            } catch {
                await feed.close()
                await store.close()
                throw error
            }
        }
    }
}
