import Fleet
import FleetStore
import Testing

/// What every store keeps about sets, and about what was declared before.
struct SetLaws {
    private let one = ResourceKey(.node, "node_one")

    private func status(_ name: String = "fleet/site") -> SetStatus {
        SetStatus(name, directory: "/srv/site", syncedBy: "sync/a")
    }

    @Test(arguments: Arm.allCases)
    func `a set stands as it was written, under the next version`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            #expect(try await store.set("fleet/site") == nil)
            #expect(try await store.sets() == [])
            var generator = SeededGenerator(seed: 7)
            var first = generator.set()
            first.version = 0
            var stands = try #require(try await store.write(first))
            first.version = 1
            #expect(stands == first)
            stands.generation += 1
            let second = try #require(try await fixture.other.write(stands))
            #expect(second.version == 2)
            #expect(try await store.set(first.name) == second)
            _ = try #require(try await store.write(status("a")))
            #expect(try await store.sets().map(\.name) == ["a", first.name])
        }
    }

    @Test(arguments: Arm.allCases)
    func `what happened to a set is kept once, and a write that loses tells nothing`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            func event(_ number: Int64, _ message: String) -> Event {
                Event(
                    .set("fleet/site"), firstRevision: 1, number: number, reason: "Applied", message: message,
                    at: Timestamp(milliseconds: 1_700_000_000_000 + number))
            }
            let query = EventQuery(of: [.set("fleet/site")])
            _ = try #require(try await store.write(status(), telling: [event(1, "first")]))
            #expect(try await store.events(query) == [event(1, "first")])
            #expect(try await store.write(status(), telling: [event(2, "lost")]) == nil)
            try await fixture.other.tell([event(1, "again"), event(3, "third")])
            #expect(try await store.events(query) == [event(1, "first"), event(3, "third")])
            #expect(try await store.events(EventQuery(of: [.set("fleet")])) == [])
        }
    }

    @Test(arguments: Arm.allCases)
    func `a write against another version writes nothing`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            var early = status()
            early.version = 3
            #expect(try await store.write(early) == nil, "none stands yet")
            #expect(try await store.set(early.name) == nil)
            let first = try #require(try await store.write(status()))
            #expect(try await fixture.other.write(status()) == nil, "one stands already")
            var mine = first
            mine.directory = "/mine"
            var theirs = first
            theirs.directory = "/theirs"
            let won = try #require(try await store.write(mine))
            #expect(try await fixture.other.write(theirs) == nil)
            #expect(try await store.set(first.name) == won)
        }
    }

    @Test(arguments: Arm.allCases)
    func `of many who write at once one wins each version`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            var stands = try #require(try await fixture.store.write(status()))
            for _ in 0..<5 {
                let seen = stands
                let winners = try await withThrowingTaskGroup(of: SetStatus?.self) { group in
                    for number in 0..<4 {
                        let store = number % 2 == 0 ? fixture.store : fixture.other
                        var mine = seen
                        mine.syncedBy = "sync/\(number)"
                        group.addTask { [mine] in try await store.write(mine) }
                    }
                    return try await group.reduce(into: [SetStatus]()) { found, status in
                        if let status { found.append(status) }
                    }
                }
                stands = try #require(winners.first)
                #expect(winners.count == 1)
                #expect(stands.version == seen.version + 1)
                #expect(try await fixture.store.set(seen.name) == stands)
            }
        }
    }

    @Test(arguments: Arm.allCases)
    func `what is too long is cut as it is written`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            var long = status()
            let text = String(repeating: "x", count: 10_000)
            long.diagnostics = (0..<200).map { _ in Diagnostic(.error, text, rule: "rule") }
            let stands = try #require(try await fixture.store.write(long))
            var bounded = long.bounded
            bounded.version = 1
            #expect(stands == bounded)
            #expect(stands.diagnostics.count == SetStatus.mostDiagnostics)
            #expect(try await fixture.other.set(long.name) == bounded)
        }
    }

    @Test(arguments: Arm.allCases)
    func `no scan of a kind comes across a set, nor does what a document belongs to`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            for name in ["site", "Node/node_one", "", "."] { _ = try #require(try await store.write(status(name))) }
            try await store.declare(.node("node_one"), .pool("pool_one"), .policy("policy_one"))
            for (kind, expected) in zip(Kind.allCases.sorted(), ["policy_one", "pool_one", "node_one"]) {
                let parts = try await store.scan(kind, into: { [String]() }) { part, row in
                    part.append(row.status == nil ? row.key.id : "\(row.key.id) with a status")
                }
                #expect(parts.flatMap { $0 } == [expected])
            }
            #expect(try await store.read([one]).status == [:])
            #expect(try await store.sets().map(\.name) == ["", ".", "Node/node_one", "site"])
        }
    }
}

/// What a set owns.
struct SetTallyLaws {
    private let pool = ResourceKey(.nodePool, "pool_one")

    private func owned(_ id: String, by set: String? = "site") -> Desired {
        var desired = Desired.node(id)
        desired.set = set
        return desired
    }

    /// As the leader finds it.
    private func finding(_ desired: Desired, generation: Int64, ready: Condition.Status) -> ResourceChange {
        var status = ResourceStatus(
            desired.key, observedGeneration: generation, firstRevision: desired.firstRevision)
        status.conditions = [(Condition.ConditionType.synced, .yes), (.ready, ready)].map { type, value in
            Condition(type, value, reason: "R", lastTransition: noon, observedGeneration: generation)
        }
        var change = ResourceChange(desired.key)
        change.status = .insert(status)
        return change
    }

    @Test(arguments: Arm.allCases)
    func `a tally says what goes, what is not ready, and what somebody set by hand`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let fence = try await store.lead()
            var going = owned("node_going")
            going.deletion = DeletionMark(by: "sync/site", at: noon)
            var held = owned("node_held")
            held.overrides.cordon = Override(by: "ops", reason: "disk", at: noon)
            let many = (0..<12).map { owned("node_new\($0 + 10)") }
            let stand = try await store.declare(
                owned("node_well"), owned("node_lost"), owned("node_old"), owned("node_past"), held, going,
                owned("node_other", by: "elsewhere"), owned("node_none", by: nil))
            let by = Dictionary(uniqueKeysWithValues: stand.map { ($0.key.id, $0) })
            let revision = try await store.declaringView(of: [], pools: []).revision
            let changed = try #require(by["node_old"]).changed(cores: 9)
            _ = try await store.declare(
                many.map(DesiredWrite.insert) + [.replace(changed, previous: try #require(by["node_old"]))],
                expecting: revision)
            var past = try #require(by["node_past"])
            past.firstRevision = 99
            let changes = [
                finding(try #require(by["node_well"]), generation: 1, ready: .yes),
                finding(try #require(by["node_held"]), generation: 1, ready: .yes),
                finding(try #require(by["node_going"]), generation: 1, ready: .yes),
                finding(try #require(by["node_lost"]), generation: 1, ready: .no),
                finding(try #require(by["node_old"]), generation: 1, ready: .yes),
                finding(past, generation: 1, ready: .yes),
            ]
            #expect(try await store.commit(changes, under: fence) == .committed)

            let tallies = try await fixture.other.tallies(ofSets: ["site", "elsewhere", "nothing"])
            let tally = try #require(tallies["site"])
            #expect(tally.objects == 18)
            #expect(tally.going == 1)
            #expect(tally.ready == 2)
            #expect(tally.overridden.map(\.id) == ["node_held"])
            #expect(
                tally.unready.map(\.id) == ["node_lost"] + (10..<19).map { "node_new\($0)" },
                "the first ten, in order")
            #expect(tallies["elsewhere"]?.objects == 1)
            #expect(tallies["nothing"] == SetTally())
            #expect(try await store.tallies(ofSets: []) == [:])
        }
    }

    @Test(arguments: Arm.allCases)
    func `all that a set owns is told in order, also what goes`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            var going = owned("node_a")
            going.deletion = DeletionMark(by: "sync/site", at: noon)
            var pool = Desired.pool("pool_one")
            pool.set = "site"
            let stand = try await store.declare(owned("node_b"), going, pool, owned("node_c", by: "elsewhere"))
            let expected = [stand[2], stand[1], stand[0]]
            #expect(try await store.declared(inSet: "site") == expected)
            #expect(try await store.declared(inSet: "nothing") == [])
        }
    }
}
