import Fleet
import Planning
import Testing

struct AdoptionPlannerTests {
    /// Node a of the set "site", node b of the command line, node c of a pool's provider.
    var fleet: PaperFleet {
        var fleet = PaperFleet()
        fleet.sync(PaperFleet.pass([node("a", cpu: 1)]))
        fleet.sync(DeclarationRequest([node("b", cpu: 2)], manager: "cli/bob"))
        let provider = Desired.providerManager(of: "pool_x")
        fleet.sync(DeclarationRequest([node("c", cpu: 3)], manager: provider))
        fleet.documents = [nodeKey("stranger")]
        return fleet
    }

    func plan(_ fleet: PaperFleet, _ request: AdoptionRequest) -> AdoptionPlan {
        let scope = DeclarationScope(of: request.keys ?? [], set: request.keys == nil ? request.from.set : nil)
        return AdoptionPlanner.plan(request, in: fleet.view(scope), now: PaperFleet.now)
    }

    func move(
        _ names: [String], from: DeclarationOwner, to: DeclarationOwner
    ) -> AdoptionRequest {
        AdoptionRequest(names.map(nodeKey), from: from, to: to, manager: "cli/eve")
    }

    @Test func `only whose it is changes, and moving it again changes nothing`() throws {
        var fleet = fleet
        let before = try #require(fleet.desired[nodeKey("b")])
        let plan = plan(fleet, move(["b"], from: .commandLine, to: .set("site")))
        #expect(plan.results.map(\.outcome) == [.configured])
        fleet.write(plan.writes)
        var expected = before
        (expected.set, expected.manager, expected.revision) = ("site", "cli/eve", 4)
        #expect(fleet.desired[nodeKey("b")] == expected)
        #expect(self.plan(fleet, move(["b"], from: .commandLine, to: .set("site"))).writes == [])
    }

    @Test func `what was moved into a set stays until its directory declares it`() {
        var fleet = fleet
        fleet.write(plan(fleet, move(["b"], from: .commandLine, to: .set("site"))).writes)
        let pass = fleet.plan(PaperFleet.pass([node("a", cpu: 1)]))
        #expect(pass.writes == [] && pass.pruning.kept == [nodeKey("b")])
        fleet.sync(PaperFleet.pass([node("a", cpu: 1), node("b", cpu: 9)]))
        #expect(fleet.desired[nodeKey("b")]?.generation == 2, "it is the set's, so nothing has to be forced")
        #expect(fleet.plan(PaperFleet.pass([node("a", cpu: 1)])).pruning.deleted == [nodeKey("b")])
    }

    @Test func `all of a set moves to another, and out of any`() {
        var fleet = fleet
        let all = AdoptionRequest(allOf: "site", to: .set("other"), manager: "cli/eve")
        fleet.write(plan(fleet, all).writes)
        #expect(fleet.desired[nodeKey("a")]?.set == "other")
        #expect(plan(fleet, all).results == [])
        fleet.write(plan(fleet, AdoptionRequest(allOf: "other", to: .commandLine, manager: "cli/eve")).writes)
        #expect(fleet.desired[nodeKey("a")]?.set == nil)
    }

    @Test func `with anything wrong nothing moves, and it says whose it is`() {
        var fleet = fleet
        fleet.desired[nodeKey("d")] = fleet.desired[nodeKey("b")]
        fleet.mark(nodeKey("d"))
        let cases: [([String], DeclarationOwner, String, String)] = [
            (["b", "a"], .commandLine, "owned-by-set", "`site` (fleet.yaml:1): `--from-set site`"),
            (["b"], .set("site"), "not-in-set", "cli/bob"),
            (["c"], .commandLine, "provided", "scaler/pool_x"),
            (["d"], .commandLine, "being-deleted", "being deleted"),
            (["none"], .commandLine, "not-found", "not declared"),
            (["stranger"], .commandLine, "not-found", "its document stands"),
        ]
        for (names, from, rule, message) in cases {
            let plan = plan(fleet, move(names, from: from, to: .set("new")))
            #expect(plan.diagnostics.map(\.rule) == [rule])
            #expect(plan.diagnostics.first?.message.contains(message) == true, "\(plan.diagnostics)")
            #expect(plan.writes == [])
            #expect(plan.results.last?.outcome == .failed)
        }
    }
}
