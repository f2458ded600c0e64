import Fleet
import Planning
import Testing

struct DeletionPlannerTests {
    func plan(
        _ fleet: PaperFleet, _ keys: [ResourceKey], cascades: Bool = false, ignoresMissing: Bool = false
    ) -> DeletionPlan {
        var scope = DeclarationScope(of: keys)
        if cascades, let wider = scope.widenedByMembers(of: fleet.view(scope)) { scope = wider }
        return DeletionPlanner.plan(
            DeletionRequest(keys, cascades: cascades, ignoresMissing: ignoresMissing, manager: "ops"),
            in: fleet.view(scope), now: PaperFleet.now)
    }

    @Test func `a node is marked, its generation stays, and marking it again writes nothing`() throws {
        var fleet = PaperFleet([node("a")])
        let first = plan(fleet, [nodeKey("a")])
        #expect(first.results.map(\.outcome) == [.deleted])
        let written = try #require(first.writes.first?.desired)
        #expect(written.generation == 1)
        #expect(written.deletion == DeletionMark(by: "ops", at: PaperFleet.now))
        fleet.write(first.writes)
        let second = plan(fleet, [nodeKey("a")])
        #expect(second.writes == [])
        #expect(second.results.map(\.outcome) == [.unchanged])
    }

    @Test func `a pool with nodes is refused, and says what would go first`() {
        let fleet = PaperFleet([pool("x"), node("a", in: "x"), node("b", in: "x")])
        let refused = plan(fleet, [poolKey("x")])
        #expect(refused.writes == [])
        #expect(refused.diagnostics.map(\.rule) == ["pool-not-empty"])
        #expect(refused.trees == [DeletionTree(key: poolKey("x"), nodes: [nodeKey("a"), nodeKey("b")])])
    }

    @Test func `with cascade the pool's nodes go with it, before it`() {
        var fleet = PaperFleet([pool("x"), node("a", in: "x"), node("b", in: "x"), node("c")])
        let cascade = plan(fleet, [poolKey("x")], cascades: true)
        #expect(cascade.results.map(\.key) == [nodeKey("a"), nodeKey("b"), poolKey("x")])
        #expect(cascade.results.allSatisfy { $0.outcome == .deleted })
        #expect(cascade.writes.map { $0.desired.deletion?.cascade } == [false, false, true])
        fleet.write(cascade.writes)
        #expect(plan(fleet, [poolKey("x")], cascades: true).writes == [])
    }

    @Test func `a pool named together with all of its nodes needs no cascade`() {
        let fleet = PaperFleet([pool("x"), node("a", in: "x")])
        #expect(plan(fleet, [poolKey("x"), nodeKey("a")]).results.map(\.outcome) == [.deleted, .deleted])
    }

    @Test func `nodes that no manifest declares keep their pool`() {
        var fleet = PaperFleet([pool("x")])
        fleet.undeclared["pool_x"] = [DeclaringView.Member(id: "node_s", name: "s")]
        #expect(plan(fleet, [poolKey("x")], cascades: true).diagnostics.map(\.rule) == ["pool-holds-undeclared"])
    }

    @Test func `an orphaned pool's document stays, and so may its nodes`() {
        var orphan = pool("x")
        orphan.lifecycle.onDelete = .orphan
        #expect(plan(PaperFleet([orphan, node("a", in: "x")]), [poolKey("x")]).results.map(\.outcome) == [.deleted])
        let plan = plan(PaperFleet([orphan, node("a", in: "x")]), [poolKey("x")])
        #expect(plan.orphans == [poolKey("x")])
        #expect(plan.results.first?.diagnostics.map(\.rule) == ["document-stays"])
        #expect(plan.diagnostics == [])
    }

    @Test func `what is in the way is counted in its own number`() {
        func message(_ nodes: [Declaration]) -> String? {
            self.plan(PaperFleet([pool("x")] + nodes), [poolKey("x")]).diagnostics.first?.message
        }
        #expect(message([node("a", in: "x")])?.hasSuffix("--cascade deletes it, too") == true)
        #expect(message([node("a", in: "x"), node("b", in: "x")])?.hasSuffix("--cascade deletes them, too") == true)
    }

    @Test func `a policy goes only with the pools that name it`() {
        let fleet = PaperFleet([policy("p"), pool("x", policy: "p")])
        let refused = plan(fleet, [policyKey("p")])
        #expect(refused.diagnostics.map(\.rule) == ["policy-in-use"])
        #expect(refused.diagnostics.first?.message.contains("NodePool/pool_x") == true)
        #expect(plan(fleet, [policyKey("p"), poolKey("x")]).diagnostics == [])
    }

    @Test func `one that is missing stops the others, unless missing ones are ignored`() {
        let fleet = PaperFleet([node("a")])
        let keys = [nodeKey("a"), nodeKey("b")]
        let refused = plan(fleet, keys)
        #expect(refused.diagnostics.map(\.rule) == ["not-found"])
        #expect(refused.results.map(\.outcome) == [.held, .failed])
        #expect(refused.writes == [])
        #expect(plan(fleet, keys, ignoresMissing: true).results.map(\.outcome) == [.deleted, .unchanged])
    }
}

struct OverridePlannerTests {
    func plan(_ fleet: PaperFleet, _ action: OverrideAction, _ keys: [ResourceKey]) -> OverridePlan {
        OverridePlanner.plan(
            action, on: keys, by: "ops", in: fleet.view(DeclarationScope(of: keys)), now: PaperFleet.now)
    }

    @Test func `cordon, drain and uncordon, each only once`() {
        var fleet = PaperFleet([node("a")])
        for (action, writes) in [
            (OverrideAction.cordon(reason: "fan"), 1), (.cordon(reason: "fan"), 0), (.cordon(reason: "disk"), 1),
            (.drain(reason: "disk"), 1), (.drain(reason: "disk"), 0), (.uncordon, 1), (.uncordon, 0),
        ] {
            let plan = plan(fleet, action, [nodeKey("a")])
            #expect(plan.writes.count == writes)
            #expect(plan.results.map(\.outcome) == [writes == 0 ? .unchanged : .configured])
            fleet.write(plan.writes)
        }
        #expect(fleet.desired[nodeKey("a")]?.overrides == Overrides())
        #expect(fleet.desired[nodeKey("a")]?.generation == 1)
    }

    @Test func `suspend and resume`() {
        var fleet = PaperFleet([pool("x")])
        let until = PaperFleet.now.advanced(seconds: 60)
        fleet.write(plan(fleet, .suspend(reason: "move", until: until), [poolKey("x")]).writes)
        #expect(
            fleet.desired[poolKey("x")]?.overrides.suspend == Suspension(reason: "move", by: "ops", until: until))
        #expect(plan(fleet, .suspend(reason: "move", until: until), [poolKey("x")]).writes == [])
        fleet.write(plan(fleet, .resume, [poolKey("x")]).writes)
        #expect(fleet.desired[poolKey("x")]?.overrides.suspend == nil)
    }

    @Test func `what cannot be is refused for all`() {
        var suspended = pool("x")
        suspended.lifecycle.suspend = Suspension(reason: "move", by: "manifest")
        let fleet = PaperFleet([suspended, node("a")])
        let cases: [(OverrideAction, [ResourceKey], String)] = [
            (.cordon(reason: "r"), [nodeKey("a"), poolKey("x")], "nodes-only"),
            (.cordon(reason: "r"), [nodeKey("a"), nodeKey("none")], "not-found"),
            (.resume, [poolKey("x")], "declared-suspension"),
            (.suspend(reason: "r", until: PaperFleet.now), [nodeKey("a")], "until-passed"),
        ]
        for (action, keys, rule) in cases {
            let plan = plan(fleet, action, keys)
            #expect(plan.diagnostics.map(\.rule) == [rule])
            #expect(plan.writes == [])
        }
    }
}
