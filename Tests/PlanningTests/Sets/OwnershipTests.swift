import Fleet
import Planning
import Testing

/// Whose a resource is, and who may declare it.
struct OwnershipTests {
    typealias Outcomes = [DeclarationOutcome]

    func fleet(_ declarations: [Declaration], manager: String = "cli/bob", set: String? = nil) -> PaperFleet {
        var fleet = PaperFleet(declarations, manager: manager)
        for declaration in declarations {
            fleet.desired[declaration.key]?.set = set
            fleet.desired[declaration.key]?.declaration.source = SourceLocation(
                file: "other/a.yaml", line: 7, column: 1)
        }
        return fleet
    }

    @Test func `what a set declares it owns, with the commit, and declaring it again writes nothing`() throws {
        var fleet = PaperFleet()
        let first = fleet.sync(PaperFleet.pass([node("a", in: "x"), pool("x")]))
        #expect(first.results.map(\.outcome) == [.created, .created])
        #expect(first.writes.map(\.desired.key.kind) == [.nodePool, .node], "what is referred to goes first")
        let stored = try #require(fleet.desired[nodeKey("a")])
        #expect(stored.set == "site" && stored.manager == "sync/site" && stored.commit == "c0ffee")
        #expect(fleet.plan(PaperFleet.pass([node("a", in: "x"), pool("x")])).writes == [])
    }

    @Test func `what the command line declared just so joins the set, and keeps its generation`() throws {
        var fleet = fleet([node("a")])
        let plan = fleet.sync(PaperFleet.pass([node("a")]))
        #expect(plan.diagnostics == [])
        let joined = try #require(fleet.desired[nodeKey("a")])
        #expect(joined.set == "site" && joined.manager == "sync/site" && joined.generation == 1)
        #expect(fleet.plan(PaperFleet.pass([node("a")])).writes == [])
    }

    @Test func `what the command line declared otherwise is a conflict that says how it ends`() throws {
        let fleet = fleet([node("a", cpu: 10), node("b")])
        let plan = fleet.plan(PaperFleet.pass([node("a", cpu: 20), node("c")]))
        #expect(plan.results.map(\.outcome) == [.failed, .created], "the rest goes on")
        let conflict = try #require(plan.diagnostics.first)
        #expect(conflict.rule == "declared-otherwise")
        #expect(conflict.source?.file == "fleet.yaml")
        #expect(conflict.message.contains("cli/bob (other/a.yaml:7)"))
        #expect(conflict.message.contains("`reeve adopt Node/node_a --set 'site'`"))
        // Not under another name: that would be another set, which takes all that this one has.
        #expect(conflict.message.contains("`reeve sync DIR --set 'site' --force`"))
    }

    @Test(arguments: [false, true])
    func `another set's resource is refused, same or not, with both places`(_ isSame: Bool) throws {
        let fleet = fleet([node("a", cpu: 10)], manager: "sync/other", set: "other")
        let plan = fleet.plan(PaperFleet.pass([node("a", cpu: isSame ? 10 : 20)]))
        #expect(plan.writes == [])
        let conflict = try #require(plan.diagnostics.first)
        #expect(conflict.rule == "owned-by-set")
        #expect(conflict.message.contains("`other` (other/a.yaml:7)"))
        #expect(conflict.source == node("a").source)
    }

    @Test func `a provider's node is not a set's to declare`() {
        let fleet = fleet([node("a", cpu: 10)], manager: Desired.providerManager(of: "pool_x"))
        let plan = fleet.plan(PaperFleet.pass([node("a", cpu: 10)]))
        #expect(plan.diagnostics.map(\.rule) == ["declared-otherwise"])
        #expect(plan.writes == [])
    }

    @Test func `with force it is taken, and each taking is named`() throws {
        var fleet = fleet([node("a", cpu: 10)], manager: "sync/other", set: "other")
        fleet.desired[nodeKey("b")] = self.fleet([node("b", cpu: 10)]).desired[nodeKey("b")]
        var request = PaperFleet.pass([node("a", cpu: 10), node("b", cpu: 20)])
        request.takesOver = true
        let plan = fleet.sync(request)
        #expect(plan.results.map(\.outcome) == [.configured, .configured])
        #expect(plan.diagnostics.map(\.severity) == [.warning, .warning])
        #expect(plan.diagnostics.map(\.rule) == ["taken-over", "taken-over"])
        #expect(plan.diagnostics[0].message == "Node/node_a is taken from the set `other` (other/a.yaml:7)")
        #expect(plan.diagnostics[1].message == "Node/node_b is taken from cli/bob (other/a.yaml:7)")
        #expect(fleet.desired.values.allSatisfy { $0.set == "site" && $0.manager == "sync/site" })
        #expect(fleet.desired[nodeKey("a")]?.generation == 1)
        #expect(fleet.plan(request).writes == [])
        let other = fleet.plan(PaperFleet.pass([node("a", cpu: 10)], of: "other"))
        #expect(other.diagnostics.map(\.rule) == ["owned-by-set"], "the other set does not fight back")
    }

    @Test func `the command line takes a set's resource only with force, and out of the set`() throws {
        var fleet = fleet([node("a", cpu: 10)], manager: "sync/other", set: "other")
        var request = DeclarationRequest([node("a", cpu: 20)], manager: "cli/eve")
        #expect(fleet.plan(request).diagnostics.map(\.rule) == ["owned-by-set"])
        request.takesOver = true
        let plan = fleet.sync(request)
        #expect(plan.diagnostics.map(\.rule) == ["taken-over"])
        let taken = try #require(fleet.desired[nodeKey("a")])
        #expect(taken.set == nil && taken.manager == "cli/eve" && taken.generation == 2)
        let back = fleet.plan(PaperFleet.pass([node("a", cpu: 10)], of: "other"))
        #expect(back.diagnostics.map(\.rule) == ["declared-otherwise"], "the set does not fight back")
    }

    @Test func `what a set declares just so is unchanged for the command line, and stays the set's`() {
        var fleet = fleet([node("a", cpu: 10)], manager: "sync/other", set: "other")
        var request = DeclarationRequest([node("a", cpu: 10)], manager: "cli/eve")
        let same = fleet.plan(request)
        #expect(same.diagnostics == [] && same.writes == [])
        #expect(same.results.map(\.outcome) == [.unchanged])
        var labelled = request
        labelled.declarations[0].labels = [Label("team", "render")]
        #expect(fleet.plan(labelled).diagnostics.map(\.rule) == ["owned-by-set"])
        request.takesOver = true
        #expect(fleet.sync(request).diagnostics.map(\.rule) == ["taken-over"])
        #expect(fleet.desired[nodeKey("a")]?.set == nil)
    }

    @Test func `a document that nobody declares is taken only on request`() {
        var fleet = PaperFleet()
        fleet.documents = [nodeKey("a")]
        var request = PaperFleet.pass([node("a")])
        #expect(fleet.plan(request).diagnostics.map(\.rule) == ["undeclared-document"])
        request.adopts = true
        #expect(fleet.plan(request).results.map(\.outcome) == [.created])
    }

    @Test func `what is being deleted waits until it is gone`() {
        var fleet = PaperFleet()
        fleet.sync(PaperFleet.pass([node("a"), node("b")]))
        fleet.mark(nodeKey("a"))
        #expect(fleet.plan(PaperFleet.pass([node("a"), node("b")])).diagnostics.map(\.rule) == ["being-deleted"])
        fleet.finishDeletions()
        #expect(fleet.plan(PaperFleet.pass([node("a"), node("b")])).results.map(\.outcome) == [.created, .unchanged])
    }

    @Test func `a pinned resource stays as it is, and what depends on it goes on`() {
        var fleet = PaperFleet()
        fleet.sync(PaperFleet.pass([pool("x", max: 5), node("gone")]))
        var request = PaperFleet.pass([pool("x", max: 1), node("a", in: "x"), node("b", in: "x")])
        request.pinned = [poolKey("x"), nodeKey("gone")]
        let plan = fleet.plan(request)
        #expect(plan.results.map(\.outcome) == [.unchanged, .created, .created], "two fit into the pool as it stands")
        #expect(plan.pruning == PruneOutcome())
    }

    @Test func `a pinned absence stays, and what needs it is held`() {
        var request = PaperFleet.pass([pool("x"), node("a", in: "x"), node("b")])
        request.pinned = [poolKey("x")]
        let plan = PaperFleet().plan(request)
        #expect(plan.results.map(\.outcome) == [.unchanged, .held, .created])
        #expect(plan.diagnostics == [])
    }
}
