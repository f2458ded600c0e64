import Fleet
import Planning
import Testing

struct DeclarationPlannerTests {
    @Test func `what is new is created with generation 1`() throws {
        let plan = PaperFleet().plan([pool("x", max: 3)])
        #expect(plan.results.map(\.outcome) == [.created])
        guard case .insert(let desired) = try #require(plan.writes.first) else {
            Issue.record("an insert was expected")
            return
        }
        #expect(desired.generation == 1)
        #expect(desired.manager == "test")
        #expect(desired.createdAt == PaperFleet.now)
    }

    @Test func `a manifest that only moved in its file writes nothing`() {
        var moved = pool("x")
        moved.source = SourceLocation(file: "elsewhere.yaml", line: 9, column: 1)
        let plan = PaperFleet([pool("x")]).plan([moved])
        #expect(plan.writes == [])
        #expect(plan.results.map(\.outcome) == [.unchanged])
    }

    @Test func `what another manager declared is taken over with a warning, once for all of it`() throws {
        let fleet = PaperFleet([pool("x"), pool("y"), pool("z")], manager: "cli/root")
        let plan = fleet.plan([pool("x", max: 3), pool("y", max: 3), pool("z")])
        #expect(plan.results.map(\.outcome) == [.configured, .configured, .unchanged])
        #expect(plan.writes.map(\.desired.manager) == ["test", "test"])
        let warning = try #require(plan.diagnostics.first)
        #expect(plan.diagnostics.count == 1 && warning.severity == .warning && warning.rule == "taken-over")
        #expect(warning.message == "NodePool/pool_x and 1 more were declared by cli/root before")
        #expect(PaperFleet([pool("x")]).plan([pool("x", max: 3)]).diagnostics == [])
    }

    @Test func `numbers that MongoDB takes for equal are no change`() {
        var double = pool("x", max: 3)
        double.spec[PoolLeaf.maxNodes] = .double(3)
        #expect(PaperFleet([pool("x", max: 3)]).plan([double]).writes == [])
    }

    @Test func `labels are written without a new generation`() throws {
        var labelled = pool("x")
        labelled.labels = [Label("team", "render")]
        let plan = PaperFleet([pool("x")]).plan([labelled])
        #expect(plan.results.map(\.outcome) == [.configured])
        let desired = try #require(plan.writes.first?.desired)
        #expect(desired.generation == 1)
        #expect(desired.declaration.labels == labelled.labels)
    }

    @Test(
        arguments: [
            { (it: inout Declaration) in it.name = "other" },
            { (it: inout Declaration) in it.spec[PoolLeaf.maxNodes] = .int(9) },
            { (it: inout Declaration) in it.lifecycle.drift = .report },
        ] as [@Sendable (inout Declaration) -> Void])
    func `name, spec and lifecycle move the generation`(_ change: @Sendable (inout Declaration) -> Void) {
        var changed = pool("x")
        change(&changed)
        #expect(PaperFleet([pool("x")]).plan([changed]).writes.first?.desired.generation == 2)
    }

    @Test func `overrides and the first revision survive`() throws {
        var fleet = PaperFleet([node("a")])
        let cordon = Override(by: "ops", reason: "fan", at: PaperFleet.now)
        fleet.desired[nodeKey("a")]?.overrides.cordon = cordon
        let written = try #require(fleet.plan([node("a", cpu: 5)]).writes.first?.desired)
        #expect(written.overrides.cordon == cordon)
        #expect(written.firstRevision == 1)
    }

    @Test func `a field that is no longer stated is released once, until it is stated again`() {
        var fleet = PaperFleet([pool("x", max: 3, cpu: 50)])
        func releases() -> [Release] { fleet.desired[poolKey("x")]?.released ?? [] }
        fleet.write(fleet.plan([pool("x", max: 3)]).writes)
        #expect(releases() == [Release(path: "resource_limits.cpu_percent", generation: 2)])
        fleet.write(fleet.plan([pool("x")]).writes)
        #expect(
            releases() == [
                Release(path: "resource_limits.cpu_percent", generation: 2), Release(path: "max_nodes", generation: 3),
            ])
        fleet.write(fleet.plan([pool("x", cpu: 60)]).writes)
        #expect(releases() == [Release(path: "max_nodes", generation: 3)])
    }

    @Test func `with an invalid document nothing is written`() {
        let plan = PaperFleet().plan([pool("x"), pool("y")], invalid: [poolKey("z")])
        #expect(plan.writes == [])
        #expect(plan.results.map(\.outcome) == [.held, .held])
        #expect(plan.diagnostics == [])
    }

    @Test func `beside invalid documents what does not depend on them is written, the rest held`() {
        let input = [
            pool("x", policy: "bad"), node("a", in: "x"), node("b", after: [nodeKey("a")]), pool("y"),
            node("c", in: "y"),
        ]
        let plan = PaperFleet().plan(input, invalid: [policyKey("bad")], continues: true)
        #expect(plan.results.map(\.outcome) == [.held, .held, .held, .created, .created])
        #expect(plan.writes.map(\.desired.key) == [poolKey("y"), nodeKey("c")])
        #expect(plan.diagnostics == [], "what is held is not at fault")
    }

    @Test func `what may be declared in an unreadable document is not called missing`() {
        let plan = PaperFleet().plan([node("a", in: "x"), pool("y")], unidentified: true, continues: true)
        #expect(plan.diagnostics == [])
        #expect(plan.results.map(\.outcome) == [.held, .created])
    }

    @Test func `a place or a name that does not become free after all is not given away`() {
        // `a` was to leave the full pool, but its new pool does not exist.
        let fleet = PaperFleet([pool("x", max: 1), node("a", in: "x", id: "n1")])
        let plan = fleet.plan([node("a", in: "nowhere", id: "n1"), node("a", in: "x", id: "n2")], continues: true)
        #expect(plan.writes == [])
        #expect(plan.results.map(\.outcome) == [.failed, .failed])
        #expect(Set(plan.diagnostics.map(\.rule)) == ["pool-not-found", "pool-full", "name-taken"])
    }

    @Test func `differences name every field with its old and new value`() {
        let differences = pool("x", max: 4).differences(from: pool("x", cpu: 50))
        #expect(
            differences == [
                DeclarationDifference(path: "spec.max_nodes", old: nil, new: .int(4)),
                DeclarationDifference(path: "spec.resource_limits.cpu_percent", old: .int(50), new: nil),
            ])
    }
}
