import Fleet
import FleetStore
import Synchronization
import Testing

/// What every store keeps about its feed.
struct FeedLaws {
    @Test(arguments: Arm.allCases)
    func `others' changes come, one's own and heartbeats don't`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let (store, backdoor) = (fixture.store, fixture.backdoor)
            let node = ResourceKey(.node, "node_one")
            let fence = try await store.lead()
            try await withFeed(of: fixture) { seen in
                try await fixture.other.declare(.node("node_one", pool: "pool_one"))
                #expect(try await seen.next() == [FeedChange(key: node, source: .desired, poolID: "pool_one")])

                var status = ResourceChange.making(.node("node_one", pool: "pool_one"), 1)
                status.events = []
                #expect(try await store.commit([status], under: fence) == .committed)
                try await backdoor.beat("node_one", at: noon)
                try await backdoor.beat("node_one", at: noon.advanced(seconds: 15))
                try await backdoor.edit(node, "hardware_info.cpu.cores", .int(3))
                #expect(try await seen.next() == [FeedChange(key: node, source: .document, poolID: "pool_one")])
                try await backdoor.edit(node, "hardware_info.cpu.cores", nil)
                #expect(try await seen.next().map(\.key) == [node])
                // An unset of what moves all the time is somebody's doing.
                try await backdoor.edit(node, "last_heartbeat", nil)
                #expect(try await seen.next().map(\.key) == [node])

                let stranger = ResourceKey(.node, "node_other")
                try await backdoor.insert(stranger, [PathValue("pool_id", .string("pool_two"))])
                #expect(try await seen.next() == [FeedChange(key: stranger, source: .document, poolID: "pool_two")])
                // Of a deletion the event carries the ObjectId alone: the status knows whose it was.
                try await backdoor.delete(node)
                #expect(try await seen.next() == [FeedChange(key: node, source: .document, poolID: "pool_one")])
            }
        }
    }

    @Test(arguments: Arm.allCases)
    func `pools are told, and so is each resource of a declaration`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            try await withFeed(of: fixture) { seen in
                try await fixture.other.declare(.pool("pool_one"), .policy("policy_one"))
                let keys = [ResourceKey(.nodePool, "pool_one"), ResourceKey(.scalingPolicy, "policy_one")]
                var found: Set<ResourceKey> = []
                while found.count < 2 { found.formUnion(try await seen.next().map(\.key)) }
                #expect(found == Set(keys))
                try await fixture.backdoor.insert(keys[0], [PathValue("max_nodes", .int(4))])
                #expect(try await seen.next() == [FeedChange(key: keys[0], source: .document)])
            }
        }
    }

    @Test(arguments: Arm.allCases)
    func `a closed feed says nothing more`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let events = Mutex(0)
            let (opened, open) = AsyncStream.makeStream(of: Void.self)
            let feed = try await fixture.store.feed { _ in
                events.withLock { $0 += 1 }
                open.yield()
            }
            var waiting = opened.makeAsyncIterator()
            await waiting.next()
            await feed.close()
            await feed.close()
            let before = events.withLock { $0 }
            try await withFeed(of: fixture) { seen in
                try await fixture.other.declare(.node("node_one"))
                // Whatever the closed one would have heard, this one has heard by now.
                #expect(try await seen.next().count == 1)
            }
            #expect(events.withLock { $0 } == before)
        }
    }
}

/// Pulls the changes that a feed pushes.
final class Seen {
    private var iterator: AsyncStream<[FeedChange]>.Iterator

    init(_ stream: AsyncStream<[FeedChange]>) { iterator = stream.makeAsyncIterator() }

    struct Ended: Error {}

    func next() async throws -> [FeedChange] {
        guard let next = await iterator.next(isolation: #isolation) else { throw Ended() }
        return next
    }
}

/// Opens a feed of the fixture's own store, waits until it is open, and closes it at the end.
func withFeed(of fixture: Fixture, _ body: (Seen) async throws -> Void) async throws {
    let (opened, open) = AsyncStream.makeStream(of: Void.self)
    let (changes, tell) = AsyncStream.makeStream(of: [FeedChange].self)
    let feed = try await fixture.store.feed { event in
        switch event {
        case .opened: open.yield()
        case .changed(let changes): tell.yield(changes)
        case .lost: tell.finish()
        }
    }
    do {
        var waiting = opened.makeAsyncIterator()
        await waiting.next()
        try await body(Seen(changes))
    } catch {
        await feed.close()
        throw error
    }
    await feed.close()
}
