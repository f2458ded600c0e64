import BSON
import Fleet
import FleetStore
import LocalMongo
import Logging
import MongoDB
import Testing

/// What is too large, too long or too much.
struct BoundLaws {
    private let one = ResourceKey(.node, "node_one")

    private func event(_ number: Int64, _ message: String = "") -> Event {
        Event(
            key: one, firstRevision: 1, number: number, reason: "Test", message: message,
            at: Timestamp(milliseconds: 32_472_144_000_000))
    }

    @Test(arguments: Arm.allCases)
    func `events of one millisecond come in the order of their numbers`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let fence = try await fixture.store.lead()
            var change = ResourceChange(one)
            change.events = (1...12).map { event($0) }
            #expect(try await fixture.store.commit([change], under: fence) == .committed)
            let all = try await fixture.store.events(EventQuery(keys: [one]))
            #expect(all.map(\.number) == Array(1...12))
            let newest = try await fixture.store.events(EventQuery(keys: [one], limit: 4))
            #expect(newest.map(\.number) == [9, 10, 11, 12])
        }
    }

    @Test func `texts and values of an event are cut`() async throws {
        try await Arm.mongo.run { fixture in
            let fence = try await fixture.store.lead()
            var large = event(1, String(repeating: "ä", count: 3_000))
            let list = FieldValue.list(Array(repeating: .string("0123456789"), count: 200))
            large.drift = [
                Event.Drift(field: "name", found: .string(String(repeating: "x", count: 2_000)), declared: list),
                Event.Drift(field: "hardware_info.cpu.cores", found: .int(1), declared: .list([.int(2)])),
            ]
            var change = ResourceChange(one)
            change.events = [large]
            #expect(try await fixture.store.commit([change], under: fence) == .committed)
            let stored = try #require(try await fixture.store.events(EventQuery(keys: [one])).first)
            #expect(stored.message == String(repeating: "ä", count: 2_046) + "…")
            #expect(stored.drift.map { $0.found?.string?.utf8.count } == [1_024, nil])
            #expect(stored.drift[0].declared?.string?.hasPrefix(#"["0123456789", "#) == true)
            #expect(stored.drift[1] == large.drift[1])
        }
    }

    @Test func `a document beyond the server's limit is refused for its own sake`() async throws {
        try await Arm.mongo.run { fixture in
            let fence = try await fixture.store.lead()
            let large = Desired.node("node_one", name: String(repeating: "x", count: 17 << 20))
            let changes = [ResourceChange.making(large, 1), .making(.node("node_two"), 2)]
            guard case .conflict = try await fixture.store.commit(changes, under: fence) else {
                Issue.record("a batch is to be tried in halves")
                return
            }
            guard
                case .rejected(one, .other)? = try await fixture.store.commit([changes[0]], under: fence)
                    as CommitOutcome?
            else {
                Issue.record("one that is alone is to be rejected")
                return
            }
            #expect(try await fixture.store.commit([changes[1]], under: fence) == .committed)
        }
    }

    @Test(arguments: Arm.allCases)
    func `of many stale nodes the fresh ones are found`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let (store, backdoor) = (fixture.store, fixture.backdoor)
            let fence = try await store.lead()
            try await store.settle([.node("node_one"), .node("node_two"), .node("node_three")], under: fence)
            try await backdoor.beat("node_one", at: noon)
            try await backdoor.beat("node_two", at: noon.advanced(seconds: -1))
            try await backdoor.beat("node_three", at: noon.advanced(seconds: 1))
            let asked = [one, ResourceKey(.node, "node_two")] + (0..<2_000).map { ResourceKey(.node, "node_\($0)") }
            #expect(try await store.nodes(asked, beatingSince: noon) == [one])
        }
    }

    @Test(arguments: Arm.allCases)
    func `few generations are kept of what is declared and removed again and again`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let fence = try await store.lead()
            for _ in 0..<24 {
                let declared = try #require(try await store.declare(.node("node_one")).first)
                var removal = ResourceChange(one)
                removal.removesDesiredAt = declared.revision
                #expect(try await store.commit([removal], under: fence) == .committed)
            }
            #expect(try await fixture.backdoor.generations(of: one).count == 20)
            // What changes in its next life takes the place of what is left of the former ones.
            var node = try #require(try await store.declare(.node("node_one")).first)
            for cores in 2...4 {
                _ = try await store.declare(
                    [.replace(node.changed(cores: Int64(cores)), previous: node)], expecting: node.revision)
                node = try #require(try await store.read([one]).desired[one])
            }
            #expect(try await fixture.backdoor.generations(of: one).count == 20)
        }
    }

    @Test(arguments: Arm.allCases)
    func `generations of a former life make room for those of this one`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let fence = try await store.lead()
            let other = try #require(try await store.declare(.node("node_two")).first)
            _ = try await store.declare([.replace(other.changed(cores: 3), previous: other)], expecting: 1)
            for life in 1...2 {
                var node = try #require(try await store.declare(.node("node_one")).first)
                for change in 1...23 {
                    let revision = node.revision
                    let next = node.changed(cores: Int64(change))
                    _ = try await store.declare([.replace(next, previous: node)], expecting: revision)
                    node = try #require(try await store.read([one]).desired[one])
                    let kept = try await fixture.backdoor.generations(of: one)
                    #expect(kept.count == (life == 1 ? min(change, 20) : 20), "life \(life), change \(change)")
                }
                #expect(try await fixture.backdoor.generations(of: one) == Array(4...23))
                guard life == 1 else { continue }
                var removal = ResourceChange(one)
                removal.removesDesiredAt = node.revision
                #expect(try await store.commit([removal], under: fence) == .committed)
                #expect(try await fixture.backdoor.generations(of: one) == Array(5...24))
            }
            // Another's are its own.
            #expect(try await fixture.backdoor.generations(of: other.key) == [1])
        }
    }

    @Test func `a long name of an instance is cut to whole characters`() async throws {
        let uri = try await ConnectionString(TestServer.shared.value.uri)
        let settings = MongoStore.Settings(
            uri: uri, database: String(repeating: "d", count: 60), role: "daemon",
            instance: String(repeating: "äß", count: 100))
        let store = try MongoStore(settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        #expect(try await store.serverTime().milliseconds > 0)
        #expect(try await store.lease() == nil)
        await store.close()
    }

    @Test(arguments: [
        ("abc", 3, "abc"), ("abcd", 3, "…"), ("abcde", 4, "a…"), ("ääää", 7, "ää…"), ("ääää", 6, "ä…"),
        ("e\u{301}e\u{301}", 5, "…"), ("", 0, ""), ("abc", 2, ""),
    ])
    func `a text is cut between characters`(text: String, limit: Int, result: String) {
        #expect(text.cut(toBytes: limit) == result)
        #expect(text.cut(toBytes: limit).cut(toBytes: limit) == result)
    }
}
