import BSON
import LocalMongo
import Logging
import MongoDB
import Testing

/// Reads a change stream's events one by one.
struct EventReader {
    var iterator: AsyncStream<ChangeStream.Event>.Iterator

    mutating func next() async -> ChangeStream.Event? {
        await iterator.next()
    }

    /// The `_id`s of the next batch's documents; nil when the next event is no batch.
    mutating func nextIDs() async -> [Int64]? {
        guard case .batch(let events)? = await next() else { return nil }
        return events.compactMap { $0["documentKey"]?.documentValue?["_id"]?.int64Value }
    }
}

extension TestServer {
    /// A change stream over a database, opened, for as long as `body` runs.
    static func withEvents(
        _ database: String, appName: String = "reeve/test/changes", options: String = "", pipeline: [Document] = [],
        maxAwait: Duration = .milliseconds(200), _ body: (inout EventReader) async throws -> Void
    ) async throws {
        let stream = ChangeStream(
            uri: try await ConnectionString(shared.value.uri + options), options: ClientOptions(appName: appName),
            database: database, pipeline: pipeline, maxAwait: maxAwait, logger: Logger(label: "test"))
        let (events, continuation) = AsyncStream.makeStream(of: ChangeStream.Event.self)
        try stream.start { continuation.yield($0) }
        var reader = EventReader(iterator: events.makeAsyncIterator())
        guard case .opened? = await reader.next() else {
            Issue.record("the stream did not open")
            return
        }
        do {
            try await body(&reader)
        } catch {
            stream.stop()
            await stream.ended()
            throw error
        }
        stream.stop()
        await stream.ended()
    }
}
