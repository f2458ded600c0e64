import Fleet
import FleetStore
import Testing

/// What every store keeps about `commit`.
struct CommitLaws {
    private let one = ResourceKey(.node, "node_one")
    private let cores = "hardware_info.cpu.cores"

    @Test(arguments: Arm.allCases)
    func `an insertion brings document, status, history and event`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let fence = try await store.lead()
            let node = try #require(try await store.declare(.node("node_one", cores: 8)).first)
            var change = ResourceChange.making(node, 1)
            change.history = [entry(1)]
            change.events = [event(1)]
            #expect(try await store.commit([change], under: fence) == .committed)
            let view = try await fixture.other.read([one])
            let observed = try #require(view.observed[one])
            #expect(observed.documentID == DocumentID(high: 0x6000_0000_0000_0000, low: 1))
            #expect(observed.leaves == node.spec)
            #expect(observed.state == .active)
            #expect(observed.name == .string("one"))
            #expect(observed.createdAt?.timestamp != nil)
            #expect(view.status[one]?.observedGeneration == 1)
            #expect(try await store.events(EventQuery(keys: [one])) == [event(1)])
            #expect(try await fixture.backdoor.count("node_history") == 1)
            #expect(try await fixture.backdoor.value(one, "updated_at")?.timestamp != nil)
        }
    }

    @Test(arguments: Arm.allCases)
    func `an update touches only its paths`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let fence = try await store.lead()
            try await store.settle([.node("node_one")], under: fence)
            try await fixture.backdoor.edit(one, "owner.mail", .string("a@b"))
            try await fixture.backdoor.edit(one, "hardware_info.cpu.architecture", .string("arm64"))
            let created = try await fixture.backdoor.value(one, "created_at")
            let change = ResourceChange.update(one, 1, cores, from: .int(8), to: .int(9))
            #expect(try await store.commit([change], under: fence) == .committed)
            #expect(try await fixture.backdoor.value(one, cores) == .int(9))
            #expect(try await fixture.backdoor.value(one, "owner.mail") == .string("a@b"))
            #expect(try await fixture.backdoor.value(one, "hardware_info.cpu.architecture") == .string("arm64"))
            #expect(try await fixture.backdoor.value(one, "created_at") == created)
        }
    }

    @Test(arguments: Arm.allCases)
    func `one thing that is not as it was read takes back the whole batch`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let fence = try await store.lead()
            try await store.settle([.node("node_one"), .node("node_two")], under: fence)
            let two = ResourceKey(.node, "node_two")
            var good = ResourceChange.update(two, 2, cores, from: .int(8), to: .int(9))
            good.history = [entry(1)]
            good.events = [event(1)]
            good.recounts = [PoolRecount("pool_one")]
            let bad = ResourceChange.update(one, 1, cores, from: .int(7), to: .int(9))
            guard case .conflict = try await store.commit([good, bad], under: fence) else {
                Issue.record("no conflict")
                return
            }
            #expect(try await fixture.backdoor.value(two, cores) == .int(8))
            #expect(try await fixture.backdoor.count("node_history") == 0)
            #expect(try await fixture.backdoor.count("events") == 0)
        }
    }

    struct GuardCase: Sendable, CustomTestStringConvertible {
        var stands: FieldValue?
        var expected: FieldValue?
        var holds: Bool
        var testDescription: String {
            "\(expected.map(\.description) ?? "nothing") \(holds ? "=" : "≠") \(stands.map(\.description) ?? "nothing")"
        }

        init(_ stands: FieldValue?, _ expected: FieldValue?, _ holds: Bool) {
            (self.stands, self.expected, self.holds) = (stands, expected, holds)
        }
    }

    static let guards: [GuardCase] = [
        GuardCase(.int(16), .int(16), true),
        // Anything stricter would correct drift for ever.
        GuardCase(.double(16), .int(16), true),
        GuardCase(.int(16), .double(16), true),
        GuardCase(.int(16), .decimal(DecimalNumber(16)), true),
        GuardCase(.int(16), .string("16"), false),
        GuardCase(.int(1), .bool(true), false),
        GuardCase(.string("a"), .string("A"), false),
        GuardCase(nil, nil, true),
        GuardCase(.null, nil, false),
        GuardCase(nil, .null, false),
        GuardCase(.null, .null, true),
        // A plain condition on a scalar matches an array that holds it.
        GuardCase(.list([.int(16)]), .int(16), false),
        GuardCase(.list([.null]), .null, false),
        GuardCase(.list([.list([.int(1)])]), .list([.int(1)]), false),
        GuardCase(.list([.int(1), .int(2)]), .list([.int(1), .int(2)]), true),
        GuardCase(.list([.int(1), .int(2)]), .list([.int(2), .int(1)]), false),
        GuardCase(.list([]), .list([]), true),
        GuardCase(.list([.record([.init("a", .int(1))])]), .list([.record([.init("a", .double(1))])]), true),
        GuardCase(.timestamp(noon), .timestamp(noon), true),
        GuardCase(.timestamp(noon), .int(noon.milliseconds), false),
        GuardCase(.string("$ne"), .string("$ne"), true),
        GuardCase(.record([.init("$gt", .int(0))]), .int(1), false),
        GuardCase(.int(1), .record([.init("$gt", .int(0))]), false),
    ]

    @Test(arguments: Arm.allCases)
    func `a guard holds when the value read still stands there`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let fence = try await fixture.store.lead()
            try await fixture.store.settle([.node("node_one")], under: fence)
            for each in Self.guards {
                try await fixture.backdoor.edit(one, "location.city", each.stands)
                var change = ResourceChange.update(one, 1, "location.region", from: nil, to: nil)
                change.document = .update(
                    id: DocumentID(high: 0x6000_0000_0000_0000, low: 1),
                    guards: [PathGuard("location.city", each.expected)], writes: [PathValue("location.region", nil)])
                let outcome = try await fixture.store.commit([change], under: fence)
                #expect((outcome == .committed) == each.holds, "\(each.testDescription): \(outcome)")
            }
        }
    }

    @Test(arguments: Arm.allCases)
    func `a deleted document does not rise again`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let fence = try await fixture.store.lead()
            try await fixture.store.settle([.node("node_one")], under: fence)
            try await fixture.backdoor.delete(one)
            let change = ResourceChange.update(one, 1, "location.city", from: nil, to: .string("Bonn"))
            guard case .conflict = try await fixture.store.commit([change], under: fence) else {
                Issue.record("no conflict")
                return
            }
            #expect(try await fixture.store.read([one]).observed.isEmpty)
        }
    }

    @Test(arguments: Arm.allCases)
    func `setting makes missing parents, unsetting leaves none behind, and null is no parent`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let (store, backdoor) = (fixture.store, fixture.backdoor)
            let fence = try await store.lead()
            try await store.settle([.node("node_one")], under: fence)
            let set = ResourceChange.update(one, 1, "location.coordinates.latitude", from: nil, to: .double(50.5))
            #expect(try await store.commit([set], under: fence) == .committed)
            #expect(try await backdoor.value(one, "location.coordinates.latitude") == .double(50.5))
            let unset = ResourceChange.update(one, 1, "location.coordinates.latitude", from: .double(50.5), to: nil)
            #expect(try await store.commit([unset], under: fence) == .committed)
            #expect(try await backdoor.value(one, "location.coordinates.latitude") == nil)
            try await backdoor.edit(one, "location.coordinates", .null)
            let outcome = try await store.commit([set], under: fence)
            guard case .rejected(let key, .other(28, _)) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(key == one)
        }
    }

    @Test(arguments: Arm.allCases)
    func `a name is unique within a pool, and nodes without one share a space`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let fence = try await fixture.store.lead()
            let first: [Desired] = [
                .node("node_one", pool: "pool_one", name: "same"), .node("node_two", pool: "pool_two", name: "same"),
                .node("node_three", name: "same"),
            ]
            try await fixture.store.settle(first, under: fence)
            for pool in ["pool_one", nil] {
                let late = Desired.node("node_late", pool: pool, name: "same")
                let outcome = try await fixture.store.commit([.making(late, 9)], under: fence)
                #expect(outcome == .rejected(late.key, .nameTaken))
            }
        }
    }

    @Test(arguments: Arm.allCases)
    func `a name that one node gives up may be taken in the same batch`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let fence = try await store.lead()
            try await store.settle([.node("node_one", name: "alpha"), .node("node_two", name: "beta")], under: fence)
            var gone = ResourceChange(ResourceKey(.node, "node_two"))
            gone.document = .delete(id: DocumentID(high: 0x6000_0000_0000_0000, low: 2), guards: [])
            let changes: [ResourceChange] = [
                .making(.node("node_three", name: "alpha"), 3),
                .update(one, 1, "name", from: .string("alpha"), to: .string("beta")), gone,
            ]
            #expect(try await store.commit(changes, under: fence) == .committed)
        }
    }

    @Test(arguments: Arm.allCases)
    func `a document that nobody read is not doubled`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let fence = try await fixture.store.lead()
            try await fixture.backdoor.insert(one, [PathValue("name", .string("other"))])
            let outcome = try await fixture.store.commit([.making(.node("node_one"), 1)], under: fence)
            #expect(outcome == .rejected(one, .duplicateID))
            #expect(try await fixture.store.read([one]).status.isEmpty)
        }
    }

    @Test(arguments: Arm.allCases)
    func `after a take-over the old epoch writes nothing`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let old = try await fixture.store.lead(lanes: [0, 5])
            let new = try await fixture.other.lead(as: "two", lanes: [0, 5])
            #expect(new.epoch == old.epoch + 1)
            let change = ResourceChange.making(.node("node_one"), 1)
            let error = await storeError { _ = try await fixture.store.commit([change], under: old) }
            #expect(error == .fenced)
            #expect(try await fixture.other.read([one]).observed.isEmpty)
            #expect(try await fixture.other.commit([change], under: new) == .committed)
        }
    }

    @Test(arguments: Arm.allCases)
    func `a recount takes the count of the transaction, and its limit gives it up`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let (store, pool) = (fixture.store, ResourceKey(.nodePool, "pool_one"))
            let fence = try await store.lead()
            try await store.settle([.pool("pool_one", max: 3)], under: fence)
            // Undeclared nodes take a place, too.
            try await fixture.backdoor.insert(
                ResourceKey(.node, "node_other"), [PathValue("pool_id", .string("pool_one"))])
            let nodes = (2...4).map { Desired.node("node_\($0)xx", pool: "pool_one") }
            let two = nodes.prefix(2).enumerated().map { index, node in
                ResourceChange.making(node, UInt32(index) + 2).recounting("pool_one", limit: 3)
            }
            #expect(try await store.commit(two, under: fence) == .committed)
            #expect(try await fixture.backdoor.value(pool, "node_count") == .int(3))
            let one = ResourceChange.making(nodes[2], 9).recounting("pool_one", limit: 3)
            guard case .conflict = try await store.commit([one], under: fence) else {
                Issue.record("no conflict")
                return
            }
            #expect(try await fixture.backdoor.value(pool, "node_count") == .int(3))
            #expect(try await store.read([nodes[2].key]).observed.isEmpty)
        }
    }

    @Test(arguments: Arm.allCases)
    func `removing a declaration moves the revision and keeps what it declared`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let fence = try await store.lead()
            try await store.settle([.node("node_one")], under: fence)
            var change = ResourceChange(one)
            change.document = .delete(id: DocumentID(high: 0x6000_0000_0000_0000, low: 1), guards: [])
            change.status = .remove
            change.tombstone = Tombstone(key: one, firstRevision: 1, name: "one", at: noon)
            change.removesDesiredAt = 7
            guard case .conflict = try await store.commit([change], under: fence) else {
                Issue.record("no conflict")
                return
            }
            #expect(try await store.read([one]).observed[one] != nil)
            change.removesDesiredAt = 1
            #expect(try await store.commit([change], under: fence) == .committed)
            let view = try await store.read([one])
            #expect(view.desired.isEmpty && view.observed.isEmpty && view.status.isEmpty)
            #expect(try await store.declaringView(of: [], pools: []).revision == 2)
            #expect(try await fixture.backdoor.generations(of: one) == [1])
            #expect(try await fixture.backdoor.count("tombstones") == 1)
        }
    }

    @Test(arguments: Arm.allCases)
    func `a status that is not as it was read is no success`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let store = fixture.store
            let fence = try await store.lead()
            var change = ResourceChange(one)
            let status = ResourceStatus(one, observedGeneration: 1, firstRevision: 1)
            for write in [StatusWrite.replace(status), .remove] {
                change.status = write
                guard case .conflict = try await store.commit([change], under: fence) else {
                    Issue.record("no conflict for \(write)")
                    return
                }
            }
            change.status = .insert(status)
            #expect(try await store.commit([change], under: fence) == .committed)
            #expect(try await store.commit([change], under: fence) == .rejected(one, .duplicateID))
        }
    }

    @Test(arguments: Arm.allCases)
    func `a record that stands already is kept, not doubled, and holds up nothing`(_ arm: Arm) async throws {
        try await arm.run { fixture in
            let fence = try await fixture.store.lead()
            var change = ResourceChange(one)
            change.history = [entry(1)]
            change.events = [event(1)]
            change.tombstone = Tombstone(key: one, firstRevision: 1, name: "one", at: noon)
            #expect(try await fixture.store.commit([change], under: fence) == .committed)
            change.history.append(entry(2))
            #expect(try await fixture.store.commit([change], under: fence) == .committed)
            #expect(try await fixture.backdoor.count("node_history") == 2)
            #expect(try await fixture.backdoor.count("events") == 1)
            #expect(try await fixture.backdoor.count("tombstones") == 1)
        }
    }

    private func entry(_ transition: Int64) -> HistoryEntry {
        HistoryEntry(
            nodeID: "node_one", firstRevision: 1, transition: transition, from: nil, to: .active, reason: "Declared",
            at: noon)
    }

    private func event(_ number: Int64) -> Event {
        Event(
            key: one, firstRevision: 1, number: number, severity: .warning, reason: "Drifted", message: "put back",
            at: noon,
            drift: [
                .init(field: cores, found: .int(3), declared: .double(8)), .init(field: "x", found: nil, declared: nil),
            ])
    }
}
