import ArgumentParser
import Fleet
import FleetStore
import Planning
import Testing

@testable import reeve

/// What the commands that declare and override say, as far as no database is needed.
struct DeclaringTextTests {
    private func previews(_ declarations: [Declaration]) -> PreviewList {
        let request = DeclarationRequest(declarations, manager: "cli/ops")
        let plan = DeclarationPlanner.plan(request, in: DeclaringView(revision: 0), now: Sample.now)
        return PreviewList(plan, FleetView(), now: Sample.now)
    }

    @Test func `beside errors no plan is promised`() {
        let pool = Declaration(key: ResourceKey(.nodePool, "pool_x"), name: "x", spec: Spec(.nodePool))
        #expect(previews([pool]).summary(errors: 0) == "Plan: 1 to create, 0 to change, 0 to delete.")
        #expect(
            previews([pool]).summary(errors: 2)
                == "2 errors: apply would write nothing; with --continue: 1 to create, 0 to change")
        #expect(previews([]).summary(errors: 0) == "No changes.")
        #expect(previews([]).summary(errors: 1).hasPrefix("1 error: apply would write nothing;"))
    }

    @Test func `the documented JSON of a diff`() {
        let pair = DiffCommand.Pair(key: ResourceKey(.nodePool, "pool_x"), standing: "a: 1\n", declared: "a: 2\n")
        let value = DiffCommand.value([pair], [])
        let difference = value.member("differences")?.list?.first
        #expect(difference?.member("kind") == .string("NodePool"))
        #expect(difference?.member("id") == .string("pool_x"))
        #expect(difference?.member("diff")?.string?.hasSuffix("@@ -1,1 +1,1 @@\n-a: 1\n+a: 2\n") == true)
        #expect(value.member("diagnostics") == .list([]))
    }

    @Test(arguments: [
        ("put back", Lifecycle.Drift.correct, false, ["NodePool/pool_x"]), ("reported", .report, false, []),
        ("left alone", .ignore, false, []),
        // What is declared anew is written over whatever stands.
        ("reported, and declared anew", .report, true, ["NodePool/pool_x"]),
    ])
    func `drift is a difference where it would be put back`(
        case name: String, drift: Lifecycle.Drift, changes: Bool, differing: [String]
    ) {
        var spec = Spec(.nodePool)
        spec[PoolLeaf.maxNodes] = .int(5)
        var lifecycle = Lifecycle()
        lifecycle.drift = drift
        let key = ResourceKey(.nodePool, "pool_x")
        var declaration = Declaration(key: key, name: "x", spec: spec, lifecycle: lifecycle)
        let desired = Desired(
            declaration, revision: 1, firstRevision: 1, manager: "m", createdAt: Sample.now, updatedAt: Sample.now)
        var view = FleetView()
        view.desired[key] = desired
        view.observed[key] = Sample.observed(desired)
        view.observed[key]?.leaves[PoolLeaf.maxNodes] = .int(9)
        if changes { declaration.spec[PoolLeaf.maxNodes] = .int(6) }
        let pairs = DiffCommand.pairs([declaration], view)
        #expect(pairs.map(\.key.description) == differing, "\(name)")
        #expect(pairs.allSatisfy { $0.standing.contains("max_nodes: 9") })
    }

    @Test(arguments: ["x", "fan is loud", "Lüfter", String(repeating: "x", count: 500)])
    func `a reason is taken as it is`(text: String) throws { #expect(try Reason.parse(text) == text) }

    @Test(arguments: ["", "a\nb", "\u{1B}[31m", "\u{9B}", String(repeating: "x", count: 501)])
    func `what no manifest could state is no reason`(text: String) {
        #expect(throws: ValidationError.self) { try Reason.parse(text) }
    }

    @Test(arguments: [
        ("reeve", true), ("fleet-2_ü", true), (String(repeating: "x", count: 63), true), ("", false),
        (String(repeating: "x", count: 64), false), ("a.b", false), ("a b", false), ("$a", false), ("a/b", false),
        ("a\\b", false), ("a\"b", false), ("a*", false), ("<a>", false), ("a:b", false), ("a|b", false),
        ("a?", false), ("a\0", false),
    ])
    func `a database is named by MongoDB's rules`(name: String, isValid: Bool) {
        #expect((ServerAddress.fault(ofDatabase: name) == nil) == isValid)
    }

    @Test(arguments: [("1", "1s"), ("90", "90s"), ("1m", "1m"), ("1h30m", "1h30m"), ("500ms", "500ms")])
    func `a length of time is shown with its unit`(argument: String, shown: String) throws {
        #expect(try #require(TimeSpan(argument: argument)).description == shown)
    }
}
