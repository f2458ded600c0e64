import Declaring
import Fleet
import FleetStore
import MemoryStore
import Planning
import Testing

/// A plan is carried out as it was seen, once, or not at all.
struct SavedPlanTests {
    let store = InMemoryStore()
    var declarer: Declarer { Declarer(store, patience: Patience(atMost: .seconds(3600))) }

    static let (pool, other) = (DeclarerTests.pool("x", max: 10), DeclarerTests.pool("y"))
    static let (standing, added) = (DeclarerTests.node("a", in: "x"), DeclarerTests.node("b", in: "x"))

    /// What stands before: two pools, a node in each, and a node of its own.
    func prepare() async throws {
        let fleet = [Self.pool, Self.other, Self.standing, DeclarerTests.node("q", in: "y"), DeclarerTests.node("z")]
        _ = try await declarer.declare(DeclarationRequest(fleet, manager: "cli/ann"))
    }

    func plan(_ declarations: [Declaration] = [pool, standing, added]) async throws -> SavedPlan {
        let request = DeclarationRequest(declarations, manager: "cli/ann")
        return try #require(try await declarer.plan(request, id: "plan-1").saved)
    }

    @discardableResult
    func apply(_ plan: SavedPlan, _ attempt: String = "1", dryRun: Bool = false) async throws -> DeclarationPlan {
        try await declarer.apply(plan, by: "cli/eve", attempt: attempt, in: store, dryRun: dryRun)
    }

    /// The messages that say why the plan does not fit any more.
    func staleness(_ plan: SavedPlan) async throws -> [String] {
        do {
            try await apply(plan, dryRun: true)
            return []
        } catch DeclaringError.planStale(let differences) {
            return differences.map(\.message)
        }
    }

    func declare(_ declarations: Declaration...) async throws {
        _ = try await declarer.declare(DeclarationRequest(declarations, manager: "cli/bob"))
    }

    @Test func `it is carried out once`() async throws {
        try await prepare()
        let plan = try await plan()
        #expect(plan.changes.map(\.key) == [Self.added.key])
        #expect(store.revision == 1, "making a plan writes nothing")
        #expect(try await apply(plan, dryRun: true).results.map(\.outcome) == [.unchanged, .unchanged, .created])
        #expect(store.revision == 1)
        #expect(try await apply(plan).results.map(\.outcome) == [.unchanged, .unchanged, .created])
        let use = PlanUse("plan-1", by: "cli/eve", at: store.now, attempt: "1")
        await #expect(throws: DeclaringError.planUsed(use)) { try await apply(plan, "2") }
        #expect(store.revision == 2)
    }

    @Test func `what it was not made of may change`() async throws {
        try await prepare()
        let plan = try await plan()
        try await declare(DeclarerTests.pool("y", max: 7), DeclarerTests.node("c", in: "y"), DeclarerTests.node("d"))
        let cordon = OverrideAction.cordon(reason: "fan")
        _ = try await declarer.override(cordon, on: [Self.standing.key], by: "cli/bob")
        _ = try await declarer.delete(DeletionRequest([ResourceKey(.node, "node_z")], manager: "cli/bob"))
        #expect(try await staleness(plan) == [])
        #expect(try await apply(plan).writes.map(\.desired.key) == [Self.added.key])
    }

    @Test func `what it was made of is named when it changed, and nothing is written`() async throws {
        try await prepare()
        let plan = try await plan()
        var changed = Self.standing
        changed.spec[NodeLeaf.limits.cpu] = .int(7)
        try await declare(changed)
        #expect(try await staleness(plan) == ["Node/node_a was changed since (revision 1 → 2, by cli/bob)"])
        await #expect(throws: DeclaringError.self) { try await apply(plan) }
        #expect(store.desired[Self.added.key] == nil && store.revision == 2)
        #expect(try store.use(ofPlan: "plan-1") == nil)
    }

    @Test func `each thing that the planner looks at is guarded`() async throws {
        try await prepare()
        let plan = try await plan()
        _ = try await declarer.delete(DeletionRequest([Self.standing.key], manager: "cli/bob"))
        try await declare(DeclarerTests.node("c", in: "x"), DeclarerTests.pool("x", max: 9))
        var labelled = Self.added
        labelled.labels = [Label("team", "render")]
        try await declare(labelled)
        #expect(
            try await staleness(plan) == [
                "NodePool/pool_x was changed since (revision 1 → 3, by cli/bob)",
                "Node/node_a is being deleted since (revision 1 → 2, by cli/bob)",
                "Node/node_b was declared since (revision 4, by cli/bob)",
                "the nodes in NodePool/pool_x are others since: + node_b (b), + node_c (c)",
            ])
    }

    @Test func `a label or an owner is a change, too`() async throws {
        try await prepare()
        let plan = try await plan()
        var labelled = Self.standing
        labelled.labels = [Label("team", "render")]
        try await declare(labelled)
        #expect(try await staleness(plan).count == 1)
        let adoption = AdoptionRequest([Self.pool.key], from: .commandLine, to: .set("site"), manager: "cli/bob")
        _ = try await declarer.adopt(adoption)
        #expect(try await staleness(plan).count == 2)
    }

    @Test func `a document that appears under a new id is a change`() async throws {
        try await prepare()
        let plan = try await plan()
        _ = store.insertDocument(Self.added.key, [PathValue("name", .string("b")), PathValue("pool_id", .string("p"))])
        #expect(try await staleness(plan) == ["a document of Node/node_b appeared since"])
    }

    @Test func `of a set it guards all that the set owns, and what would go`() async throws {
        var request = DeclarationRequest([Self.pool, Self.standing], manager: Desired.syncManager(of: "site"))
        request.set = "site"
        _ = try await declarer.declare(request)
        request.declarations = [Self.pool]
        request.pruning = Pruning(budget: .unlimited, digest: "")
        let plan = try #require(try await declarer.plan(request, id: "plan-1").saved)
        #expect(plan.changes.map(\.outcome) == [.deleted])
        try await declare(DeclarerTests.node("z"))
        #expect(try await staleness(plan) == [])
        let adoption = AdoptionRequest(
            [ResourceKey(.node, "node_z")], from: .commandLine, to: .set("site"), manager: "cli/bob")
        _ = try await declarer.adopt(adoption)
        #expect(try await staleness(plan) == ["Node/node_z was declared since (revision 3, by cli/bob)"])
        _ = try await declarer.adopt(
            AdoptionRequest([ResourceKey(.node, "node_z")], from: .set("site"), to: .commandLine, manager: "cli/bob"))
        #expect(try await apply(plan).pruning.deleted == [Self.standing.key])
    }

    @Test func `of a set from which nothing goes it guards only what it declares`() async throws {
        var request = DeclarationRequest([Self.pool, Self.standing], manager: Desired.syncManager(of: "site"))
        request.set = "site"
        _ = try await declarer.declare(request)
        var part = request
        part.declarations = [DeclarerTests.pool("x", max: 11)]
        let plan = try #require(try await declarer.plan(part, id: "plan-1").saved)
        request.declarations[1].spec[NodeLeaf.limits.cpu] = .int(7)
        request.declarations.append(DeclarerTests.pool("late"))
        _ = try await declarer.declare(request)
        #expect(try await staleness(plan) == [])
        #expect(try await apply(plan).writes.map(\.desired.key) == [Self.pool.key])
    }

    @Test func `what is counted shows in what would be done`() async throws {
        var request = DeclarationRequest([Self.pool, Self.standing], manager: Desired.syncManager(of: "site"))
        request.set = "site"
        _ = try await declarer.declare(request)
        request.declarations = [Self.pool]
        request.pruning = Pruning(budget: PruneBudget(objects: 10, percent: 100), digest: "")
        var plan = try #require(try await declarer.plan(request, id: "plan-1").saved)
        plan.request.hasErrors = true
        #expect(try await staleness(plan) == ["Node/node_a would now be unchanged, not deleted"])
    }

    @Test func `one that is wrong or held is not saved`() async throws {
        let request = DeclarationRequest([DeclarerTests.node("a", in: "none")], manager: "cli/ann")
        let (decided, saved) = try await declarer.plan(request, id: "plan-1")
        #expect(saved == nil)
        #expect(decided.diagnostics.map(\.rule) == ["pool-not-found"])
    }

    @Test func `one that changes nothing writes nothing, however often`() async throws {
        try await prepare()
        let plan = try await plan([Self.pool, Self.standing])
        for attempt in ["1", "2"] { #expect(try await apply(plan, attempt).writtenRevision == nil) }
        #expect(store.revision == 1)
        #expect(try store.use(ofPlan: "plan-1") == nil)
    }

    @Test func `after thirty days it is refused`() async throws {
        try await prepare()
        let plan = try await plan()
        store.now = store.now.advanced(seconds: 30 * 24 * 3600)
        #expect(try await staleness(plan) == [])
        store.now = store.now.advanced(seconds: 1)
        await #expect(throws: DeclaringError.planExpired(made: plan.made)) { try await apply(plan) }
    }

    @Test(arguments: [true, false])
    func `one whose answer was lost was carried out once`(_ isApplied: Bool) async throws {
        try await prepare()
        let plan = try await plan()
        store.failDeclare(1, with: .outcomeUnknown("lost"), applied: isApplied)
        #expect(try await apply(plan).results.map(\.outcome) == [.unchanged, .unchanged, .created])
        #expect(store.revision == 2)
    }

    @Test func `of many who carry it out at once one does`() async throws {
        try await prepare()
        let plan = try await plan()
        let (done, refused) = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<8 {
                group.addTask { (try? await apply(plan, "attempt \(number)")) != nil }
            }
            return await group.reduce(into: (0, 0)) { if $1 { $0.0 += 1 } else { $0.1 += 1 } }
        }
        #expect(done == 1 && refused == 7)
        #expect(store.revision == 2)
    }

    @Test func `others who declare all the while neither stale it nor get lost`() async throws {
        try await prepare()
        let plan = try await plan()
        store.failDeclare(1, with: .revisionMoved)
        store.failDeclare(2, with: .revisionMoved)
        #expect(try await apply(plan).writtenRevision == 2)
    }
}
