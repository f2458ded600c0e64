import BSON
import Logging
import MongoDB
import Testing

@Suite(.timeLimit(.minutes(1))) struct ChangeStreamTests {
    @Test func `what is written after opened is seen, in its order`() async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            try await client.run { _ = try $0.insert(things, [["_id": -1]]) }
            try await TestServer.withEvents(things.database) { events in
                try await client.run { _ = try $0.insert(things, (0..<3_000).map { ["_id": .int32($0)] }) }
                var seen: [Int64] = []
                var batches = 0
                while seen.count < 3_000, let ids = await events.nextIDs() {
                    seen += ids
                    batches += 1
                }
                #expect(seen == Array(0..<3_000))
                #expect(batches < 300)
            }
        }
    }

    @Test func `a single change is handed over at once, not when the wait is over`() async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            try await TestServer.withEvents(things.database, maxAwait: .seconds(1)) { events in
                var delays: [Duration] = []
                for id in Int32(0)..<30 {
                    try await client.run { _ = try $0.insert(things, [["_id": .int32(id)]]) }
                    let written = ContinuousClock.now
                    #expect(await events.nextIDs() == [Int64(id)])
                    delays.append(ContinuousClock.now - written)
                }
                #expect(delays.sorted()[15] < .milliseconds(100))
            }
        }
    }

    @Test func `the pipeline chooses, and own transactions are known by their session`() async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            try await TestServer.prepare(client, things)
            try await TestServer.withEvents(
                things.database, pipeline: [["$match": ["documentKey._id": ["$gte": 10]]]]
            ) { events in
                try await client.run { connection in
                    _ = try connection.transaction { try $0.insert(things, [["_id": 1], ["_id": 10]]) }
                }
                guard case .batch(let batch)? = await events.next() else {
                    Issue.record("no batch came")
                    return
                }
                #expect(batch.count == 1)
                guard case .binary(let id)? = batch.first?["lsid"]?.documentValue?["id"] else {
                    Issue.record("the event names no session")
                    return
                }
                #expect(client.sessionIDs.contains(id.bytes))
            }
        }
    }

    @Test func `a dropped database ends the stream, and it begins again`() async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            try await client.run { _ = try $0.insert(things, [["_id": 1]]) }
            try await TestServer.withEvents(things.database) { events in
                try await client.run { _ = try $0.command(things.database, ["dropDatabase": 1]) }
                var lost: MongoError?
                while lost == nil, let event = await events.next() {
                    if case .lost(let error) = event { lost = error }
                }
                #expect(lost?.kind == .invalidated)
                guard case .opened? = await events.next() else {
                    Issue.record("it was not opened again")
                    return
                }
            }
        }
    }

    @Test func `a short time limit of the URI does not break a quiet stream`() async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            try await TestServer.withEvents(
                things.database, options: "&socketTimeoutMS=200", maxAwait: .seconds(1)
            ) { events in
                // As many waits without an event as would be taken for a loss.
                try await client.run { try $0.command("admin", ["sleep": 1, "millis": 900, "lock": "none"]) }
                try await client.run { _ = try $0.insert(things, [["_id": 1]]) }
                #expect(await events.nextIDs() == [1])
            }
        }
    }

    @Test func `a server that is away is told once, and the end does not wait for it`() async throws {
        let stream = ChangeStream(
            uri: try ConnectionString("mongodb://127.0.0.1:1/"), options: ClientOptions(appName: "reeve/test"),
            database: "nothing", logger: Logger(label: "test"))
        let (events, continuation) = AsyncStream.makeStream(of: ChangeStream.Event.self)
        try stream.start { continuation.yield($0) }
        var reader = EventReader(iterator: events.makeAsyncIterator())
        guard case .lost(let error)? = await reader.next() else {
            Issue.record("no loss was told")
            return
        }
        #expect(error.isServerSelection)
        let start = ContinuousClock.now
        stream.stop()
        stream.stop()
        await stream.ended()
        #expect(ContinuousClock.now - start < .seconds(2))
    }
}
