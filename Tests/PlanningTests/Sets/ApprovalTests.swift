import Fleet
import Planning
import Testing

/// What `sync approve` marks of what was held.
struct ApprovalTests {
    func plan(_ fleet: PaperFleet, _ objects: [DeclarationIdentity]) -> DeletionPlan {
        let request = DeletionRequest(objects, of: "site", manager: "cli/bob")
        var scope = DeclarationScope(of: request.keys, set: "site")
        if let wider = scope.widenedByMembers(of: fleet.view(scope)) { scope = wider }
        return DeletionPlanner.plan(request, in: fleet.view(scope), now: PaperFleet.now)
    }

    @Test func `exactly what was held goes, if it still is what it was`() throws {
        var fleet = PaperFleet()
        let all = [policy("p"), pool("x", policy: "p"), node("a", in: "x"), node("b"), node("c", cpu: 1)]
        fleet.sync(PaperFleet.pass(all))
        let held = fleet.plan(PaperFleet.pass([node("c", cpu: 1)], budget: PruneBudget())).pruning.blocked
        let objects = try #require(held).objects
        #expect(objects.map(\.key) == [nodeKey("a"), nodeKey("b"), poolKey("x"), policyKey("p")])
        fleet.desired[nodeKey("b")]?.firstRevision = 9
        let plan = plan(fleet, objects)
        #expect(plan.results.map(\.outcome) == [.deleted, .failed, .deleted, .deleted])
        #expect(plan.writes.map(\.desired.key) == [nodeKey("a"), poolKey("x"), policyKey("p")])
        #expect(plan.diagnostics.map(\.rule) == ["not-as-approved"])
        fleet.write(plan.writes)
        #expect(self.plan(fleet, objects).writes == [])
        fleet.finishDeletions()
        #expect(self.plan(fleet, objects).results.map(\.outcome) == [.unchanged, .failed, .unchanged, .unchanged])
    }

    @Test func `what left the set, or is needed by others, stays`() {
        var fleet = PaperFleet()
        fleet.sync(PaperFleet.pass([pool("x"), pool("y"), node("a", in: "x"), node("b", in: "y")]))
        let objects = fleet.desired.values.map { DeclarationIdentity($0.key, firstRevision: $0.firstRevision) }
        fleet.desired[nodeKey("a")]?.set = "other"
        let plan = plan(fleet, objects)
        #expect(plan.results.map(\.outcome) == [.failed, .deleted, .failed, .deleted])
        #expect(plan.diagnostics.map(\.rule) == ["not-as-approved", "pool-not-empty"])
    }

    @Test func `what its provider made goes with an approved pool`() {
        var fleet = PaperFleet()
        fleet.sync(PaperFleet.pass([pool("x")]))
        fleet.sync(DeclarationRequest([node("made", in: "x")], manager: Desired.providerManager(of: "pool_x")))
        let plan = plan(fleet, [DeclarationIdentity(poolKey("x"), firstRevision: 1)])
        #expect(plan.writes.map(\.desired.key) == [nodeKey("made"), poolKey("x")])
        #expect(plan.diagnostics == [])
    }

    @Test func `a pool whose nodes move with the next pass may go`() {
        var fleet = PaperFleet()
        fleet.sync(PaperFleet.pass([pool("x"), node("a", in: "x", cpu: 1)]))
        let renamed = PaperFleet.pass([pool("y"), node("a", in: "y", cpu: 1)])
        let blocked = fleet.plan(renamed).pruning.blocked
        #expect(blocked?.renames == [Rename(from: poolKey("x"), to: poolKey("y"))])
        fleet.write(plan(fleet, blocked?.objects ?? []).writes)
        #expect(fleet.plan(renamed).results.map(\.outcome) == [.created, .configured])
    }

    @Test func `the command line's own deletion of what a set owns stays refused`() {
        var fleet = PaperFleet()
        fleet.sync(PaperFleet.pass([node("a")]))
        let request = DeletionRequest([nodeKey("a")], manager: "cli/bob")
        let plan = DeletionPlanner.plan(
            request, in: fleet.view(DeclarationScope(of: request.keys)), now: PaperFleet.now)
        #expect(plan.diagnostics.map(\.rule) == ["owned-by-set"])
    }
}
