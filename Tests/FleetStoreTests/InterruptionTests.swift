import Fleet
import FleetStore
import LocalMongo
import Logging
import MongoDB
import Synchronization
import Testing

struct InterruptionTests {
    /// What is told of one declaration: when it writes, and how often it was asked.
    private final class Watch: Sendable {
        let writing = Mutex<[Bool]>([])
        let asked = Mutex(0)
    }

    @Test(arguments: 1...4) func `a declaration is given up before each of its commands`(at question: Int) async throws
    {
        try await TestServer.withDatabase { client, database in
            _ = try await Preparation.run(on: client, database: database)
            // Reads come from the primary even so: this set has no other member.
            let uri = try await ConnectionString(TestServer.shared.value.uri + "&readPreference=secondary")
            var settings = MongoStore.Settings(uri: uri, database: database)
            let watch = Watch()
            settings.interruption = MongoStore.Interruption(
                isWriting: { isWriting in watch.writing.withLock { $0.append(isWriting) } },
                isWanted: {
                    watch.asked.withLock { asked in
                        asked += 1
                        return asked == question
                    }
                })
            let store = try MongoStore(settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let error = await storeError { _ = try await store.declare([.insert(.node("node_one"))], expecting: 0) }
            #expect(error == .interrupted)
            let view = try await store.declaringView(of: [ResourceKey(.node, "node_one")], pools: [])
            #expect(view.revision == 0)
            #expect(view.desired.isEmpty)
            // Nothing is locked: the next one is not held up.
            #expect(try await store.declare([.insert(.node("node_one"))], expecting: 0) == 1)
            #expect(watch.writing.withLock(\.self) == [true, false, true, false])
            await store.close()
        }
    }
}
