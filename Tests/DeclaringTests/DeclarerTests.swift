import Declaring
import Fleet
import FleetStore
import MemoryStore
import Planning
import Synchronization
import Testing

struct DeclarerTests {
    let store = InMemoryStore()
    /// As patient as attempts allow: how fast this machine is decides nothing.
    var declarer: Declarer { Declarer(store, patience: Patience(atMost: .seconds(3600))) }

    static func pool(_ name: String, max: Int64 = 10) -> Declaration {
        var spec = Spec(.nodePool)
        spec[PoolLeaf.maxNodes] = .int(max)
        return Declaration(key: ResourceKey(.nodePool, "pool_" + name), name: name, spec: spec)
    }

    static func node(_ name: String, in pool: String? = nil) -> Declaration {
        var spec = Spec(.node)
        spec[NodeLeaf.type] = .string("worker")
        spec[NodeLeaf.poolID] = pool.map { .string("pool_" + $0) }
        return Declaration(key: ResourceKey(.node, "node_" + name), name: name, spec: spec)
    }

    func declare(_ declarations: [Declaration], dryRun: Bool = false) async throws -> [DeclarationOutcome] {
        let request = DeclarationRequest(declarations, manager: "test")
        return try await declarer.declare(request, dryRun: dryRun).results.map(\.outcome)
    }

    func desired(_ declaration: Declaration) throws -> Desired? {
        try store.read([declaration.key]).desired[declaration.key]
    }

    @Test func `a dry run says the same and writes nothing`() async throws {
        let input = [DeclarerTests.pool("x"), DeclarerTests.node("a", in: "x")]
        #expect(try await declare(input, dryRun: true) == [.created, .created])
        #expect(try desired(input[0]) == nil)
        #expect(try await declare(input) == [.created, .created])
        #expect(try await declare(input) == [.unchanged, .unchanged])
        #expect(try desired(input[0])?.revision == 1)
    }

    @Test func `when somebody else was faster it decides again`() async throws {
        store.failDeclare(1, with: .revisionMoved)
        store.failDeclare(2, with: .revisionMoved)
        #expect(try await declare([DeclarerTests.pool("x")]) == [.created])
        #expect(try desired(DeclarerTests.pool("x"))?.generation == 1)
    }

    @Test(arguments: [true, false])
    func `a lost answer is asked for again and written once`(_ isApplied: Bool) async throws {
        store.failDeclare(1, with: .outcomeUnknown("lost"), applied: isApplied)
        #expect(try await declare([DeclarerTests.pool("x")]) == [.created], "what became of it, not what is left of it")
        #expect(try desired(DeclarerTests.pool("x"))?.revision == 1)
    }

    @Test func `it gives up after so many attempts`() async throws {
        for number in 1...3 { store.failDeclare(number, with: .revisionMoved) }
        let impatient = Declarer(store, patience: Patience(attempts: 3, atMost: .seconds(3600)))
        await #expect(throws: DeclaringError.contended(attempts: 3)) {
            try await impatient.declare(DeclarationRequest([DeclarerTests.pool("x")], manager: "test"))
        }
        #expect(try desired(DeclarerTests.pool("x")) == nil)
    }

    @Test func `a database that is away is not asked again`() async throws {
        store.failDeclare(1, with: .unavailable("away"))
        await #expect(throws: DeclaringError.store(.unavailable("away"))) {
            try await declare([DeclarerTests.pool("x")])
        }
    }

    @Test func `all or nothing is refused when it is more than a transaction carries`() async throws {
        let input = (0...Declarer.limit).map { DeclarerTests.node("n\($0)") }
        await #expect(throws: DeclaringError.tooMany(count: input.count, limit: Declarer.limit, canContinue: true)) {
            try await declare(input)
        }
    }

    @Test func `of many who want a pool's last place one gets it`() async throws {
        _ = try await declare([DeclarerTests.pool("x", max: 1)])
        let patient = Declarer(store, patience: Patience(attempts: 200, atMost: .seconds(3600)))
        let outcomes = await withTaskGroup(of: DeclarationOutcome?.self) { group in
            for number in 0..<10 {
                group.addTask {
                    let request = DeclarationRequest([DeclarerTests.node("n\(number)", in: "x")], manager: "test")
                    return try? await patient.declare(request).results.first?.outcome
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .created } == 1)
        #expect(outcomes.count { $0 == .failed } == 9)
    }

    @Test func `nodes without a pool share one space of names`() async throws {
        _ = try await declare([DeclarerTests.node("a"), DeclarerTests.node("b")])
        var other = DeclarerTests.node("c")
        other.name = "a"
        #expect(try await declare([other]) == [.failed])
        _ = store.insertDocument(
            ResourceKey(.node, "node_stranger"), [PathValue("name", .string("d"))])
        other.name = "d"
        #expect(try await declare([other]) == [.failed])
        other.name = "e"
        #expect(try await declare([other]) == [.created])
    }

    @Test func `a deletion and an override are written, and once`() async throws {
        let input = [DeclarerTests.pool("x"), DeclarerTests.node("a", in: "x")]
        _ = try await declare(input)
        let keys = [input[1].key]
        let cordon = OverrideAction.cordon(reason: "fan")
        #expect(try await declarer.override(cordon, on: keys, by: "ops").results.map(\.outcome) == [.configured])
        #expect(try await declarer.override(cordon, on: keys, by: "ops").results.map(\.outcome) == [.unchanged])
        let request = DeletionRequest([input[0].key], cascades: true, manager: "ops")
        #expect(try await declarer.delete(request, dryRun: true).writes.count == 2)
        #expect(try desired(input[0])?.deletion == nil)
        #expect(try await declarer.delete(request).writes.count == 2)
        #expect(try await declarer.delete(request).writes.count == 0)
        #expect(try desired(input[1])?.deletion != nil)
        #expect(try desired(input[1])?.overrides.cordon?.by == "ops")
    }
}
