import Fleet
import Planning
import Testing

struct ReversionPlannerTests {
    func plan(_ fleet: PaperFleet, _ targets: [Reversion]) -> ReversionPlan {
        var scope = ReversionPlanner.scope(of: targets)
        while let wider = ReversionPlanner.widened(scope, by: fleet.view(scope), for: targets) { scope = wider }
        return ReversionPlanner.plan(targets, by: "cli/eve", in: fleet.view(scope), now: PaperFleet.now)
    }

    @Test func `a change, a removal and an addition are taken back together, and once`() throws {
        var fleet = PaperFleet()
        fleet.sync(PaperFleet.pass([pool("x"), node("a", in: "x", cpu: 1), node("b", in: "x")]))
        let before = fleet.desired
        fleet.sync(PaperFleet.pass([pool("x"), node("a", in: "x"), node("c", in: "x", cpu: 3)]))
        fleet.finishDeletions()
        let targets: [Reversion] = [
            .absent(nodeKey("c")), .declared(try #require(before[nodeKey("b")])),
            .declared(try #require(before[nodeKey("a")])), .declared(try #require(before[poolKey("x")])),
        ]
        let plan = plan(fleet, targets)
        #expect(plan.diagnostics == [])
        #expect(plan.results.map(\.outcome) == [.deleted, .created, .configured, .unchanged])
        #expect(plan.writes.map(\.desired.key) == [nodeKey("b"), nodeKey("a"), nodeKey("c")])
        fleet.write(plan.writes)
        let (a, b) = (try #require(fleet.desired[nodeKey("a")]), try #require(fleet.desired[nodeKey("b")]))
        #expect(a.generation == 3 && a.set == "site" && a.manager == "sync/site")
        #expect(a.declaration == before[nodeKey("a")]?.declaration)
        #expect(b.generation == 1 && b.set == "site" && b.manager == "sync/site")
        #expect(fleet.desired[nodeKey("c")]?.deletion?.by == "cli/eve")
        #expect(self.plan(fleet, targets).writes == [])
    }

    @Test func `what a former manifest stated is released again`() throws {
        var fleet = PaperFleet()
        fleet.sync(DeclarationRequest([node("a")], manager: "cli/bob"))
        let before = try #require(fleet.desired[nodeKey("a")])
        fleet.sync(DeclarationRequest([node("a", cpu: 5)], manager: "cli/bob"))
        fleet.write(plan(fleet, [.declared(before)]).writes)
        let after = try #require(fleet.desired[nodeKey("a")])
        #expect(after.released.map(\.generation) == [3])
        #expect(after.manager == "cli/eve")
    }

    @Test func `with anything in the way nothing is taken back`() throws {
        var fleet = PaperFleet()
        fleet.sync(DeclarationRequest([pool("x", max: 1), node("a", in: "x"), node("b", cpu: 1)], manager: "cli/bob"))
        let before = fleet.desired
        fleet.desired[nodeKey("a")] = nil
        fleet.sync(DeclarationRequest([node("o", in: "x"), node("b", cpu: 2)], manager: "cli/bob"))
        let b = Reversion.declared(try #require(before[nodeKey("b")]))
        let full = plan(fleet, [b, .declared(try #require(before[nodeKey("a")]))])
        #expect(full.diagnostics.map(\.rule) == ["pool-full"])
        #expect(full.results.map(\.outcome) == [.held, .failed])
        #expect(full.writes == [])
        #expect(plan(fleet, [b, .absent(poolKey("x"))]).diagnostics.map(\.rule) == ["pool-not-empty"])
        fleet.mark(nodeKey("b"))
        #expect(plan(fleet, [b]).diagnostics.map(\.rule) == ["being-deleted"])
        fleet.desired[nodeKey("b")] = nil
        fleet.documents = [nodeKey("b")]
        #expect(plan(fleet, [b]).diagnostics.map(\.rule) == ["undeclared-document"])
    }

    @Test func `what its provider made goes with a pool that was not there`() throws {
        var fleet = PaperFleet()
        fleet.sync(PaperFleet.pass([pool("x"), node("a")]))
        fleet.sync(DeclarationRequest([node("made", in: "x")], manager: Desired.providerManager(of: "pool_x")))
        let plan = plan(fleet, [.absent(poolKey("x")), .absent(nodeKey("a"))])
        #expect(plan.diagnostics == [])
        #expect(plan.results.map(\.key) == [poolKey("x"), nodeKey("a"), nodeKey("made")])
        #expect(plan.results.allSatisfy { $0.outcome == .deleted })
        #expect(plan.writes.map(\.desired.key) == [nodeKey("a"), nodeKey("made"), poolKey("x")])
    }

    @Test func `an absence needs nothing done when nothing is there, or when it is going`() {
        var fleet = PaperFleet([node("a")])
        fleet.mark(nodeKey("a"))
        #expect(
            plan(fleet, [.absent(nodeKey("a")), .absent(nodeKey("b"))]).results.map(\.outcome) == [
                .unchanged, .unchanged,
            ])
    }
}
