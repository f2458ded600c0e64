import Fleet
import Planning
import Testing

/// Each rule across documents: broken, and only just kept.
struct DeclarationRuleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var standing: [Declaration] = []
        var deleting: [ResourceKey] = []
        var undeclared: [String: [String]] = [:]
        var input: [Declaration]
        /// Rule and the paths where it is reported; empty: everything is accepted.
        var broken: [String] = []

        init(
            _ name: String, standing: [Declaration] = [], deleting: [ResourceKey] = [],
            undeclared: [String: [String]] = [:], input: [Declaration], broken: [String] = []
        ) {
            testDescription = name
            self.standing = standing
            self.deleting = deleting
            self.undeclared = undeclared
            self.input = input
            self.broken = broken
        }
    }

    static let cases: [Case] = references + capacities + names + limits + dependencies

    static let references: [Case] = [
        Case("a pool that is nowhere", input: [node("a", in: "x")], broken: ["pool-not-found spec.pool_id"]),
        Case("a pool of the same input", input: [node("a", in: "x"), pool("x")]),
        Case("a pool that stands", standing: [pool("x")], input: [node("a", in: "x")]),
        Case(
            "a pool that is going", standing: [pool("x")], deleting: [poolKey("x")], input: [node("a", in: "x")],
            broken: ["pool-deleting spec.pool_id"]),
        Case(
            "a pool that is going does not disturb a node that stays as it is",
            standing: [pool("x"), node("a", in: "x")], deleting: [poolKey("x")], input: [node("a", in: "x")]),
        Case(
            "a resource that is going itself", standing: [pool("x")], deleting: [poolKey("x")], input: [pool("x")],
            broken: ["being-deleted "]),
        Case(
            "a policy that is nowhere", input: [pool("x", policy: "p")],
            broken: ["policy-not-found spec.scaling_policy_ref"]),
        Case(
            "a policy that is going", standing: [policy("p")], deleting: [policyKey("p")],
            input: [pool("x", policy: "p")], broken: ["policy-deleting spec.scaling_policy_ref"]),
        Case("a policy of the same input", input: [pool("x", policy: "p"), policy("p")]),
        Case(
            "a policy that wants more than the pool holds", standing: [policy("p", max: 11)],
            input: [pool("x", max: 10, policy: "p")], broken: ["policy-exceeds-pool spec.scaling_policy_ref"]),
        Case(
            "a policy that wants what the pool holds", standing: [policy("p", max: 10)],
            input: [pool("x", max: 10, policy: "p")]),
        Case(
            "a policy whose least is more than the pool holds", standing: [policy("p", min: 11)],
            input: [pool("x", max: 10, policy: "p")], broken: ["policy-exceeds-pool spec.scaling_policy_ref"]),
        Case(
            "a policy that grows past a pool that is not in the input",
            standing: [policy("p", max: 10), pool("x", max: 10, policy: "p")], input: [policy("p", max: 11)],
            broken: ["policy-exceeds-pool spec.max_nodes"]),
        Case(
            "a pool that shrinks below its policy", standing: [policy("p", max: 10), pool("x", max: 10, policy: "p")],
            input: [pool("x", max: 9, policy: "p")], broken: ["policy-exceeds-pool spec.scaling_policy_ref"]),
        Case(
            "a policy and its pool that grow together",
            standing: [policy("p", max: 10), pool("x", max: 10, policy: "p")],
            input: [policy("p", max: 20), pool("x", max: 20, policy: "p")]),
    ]

    static let capacities: [Case] = [
        Case("a pool just filled", input: [pool("x", max: 2), node("a", in: "x"), node("b", in: "x")]),
        Case(
            "one node too many", input: [pool("x", max: 1), node("a", in: "x"), node("b", in: "x")],
            broken: ["pool-full spec.pool_id"]),
        Case(
            "many too many are said once",
            input: [pool("x", max: 1), node("a", in: "x"), node("b", in: "x"), node("c", in: "x")],
            broken: ["pool-full spec.pool_id"]),
        Case(
            "one in, one out", standing: [pool("x", max: 1), pool("y"), node("a", in: "x")],
            input: [node("a", in: "y"), node("b", in: "x")]),
        Case(
            "a full pool declared again", standing: [pool("x", max: 1), node("a", in: "x"), node("b", in: "x")],
            input: [pool("x", max: 1), node("a", in: "x"), node("b", in: "x")]),
        Case(
            "nodes that no manifest declares take places", standing: [pool("x", max: 2), node("a", in: "x")],
            undeclared: ["x": ["stranger"]], input: [node("b", in: "x")], broken: ["pool-full spec.pool_id"]),
        Case(
            "a pool made smaller than what stands in it",
            standing: [pool("x", max: 3), node("a", in: "x"), node("b", in: "x")], input: [pool("x", max: 1)],
            broken: ["pool-too-small spec.max_nodes"]),
        Case(
            "a pool made just as large as what stays",
            standing: [pool("x", max: 3), node("a", in: "x"), node("b", in: "x")],
            input: [pool("x", max: 1), node("b")]),
        Case(
            "an overfull pool may grow a little",
            standing: [pool("x", max: 1), node("a", in: "x"), node("b", in: "x")],
            undeclared: ["x": ["stranger"]], input: [pool("x", max: 2)]),
    ]

    static let names: [Case] = [
        Case(
            "two of one name in a pool", input: [pool("x"), node("a", in: "x"), node("a", in: "x", id: "other")],
            broken: ["name-taken metadata.name"]),
        Case(
            "the same name in two pools",
            input: [pool("x"), pool("y"), node("a", in: "x"), node("a", in: "y", id: "b")]),
        Case(
            "two of one name without a pool", standing: [node("a")], input: [node("a", id: "other")],
            broken: ["name-taken metadata.name"]),
        Case(
            "the name of one that stands", standing: [pool("x"), node("a", in: "x")],
            input: [node("a", in: "x", id: "other")], broken: ["name-taken metadata.name"]),
        Case(
            "the name of a document that no manifest declares", standing: [pool("x")], undeclared: ["x": ["a"]],
            input: [node("a", in: "x", id: "other")], broken: ["name-taken metadata.name"]),
        Case(
            "the name of one that gets another", standing: [pool("x"), node("a", in: "x")],
            input: [node("a", in: "x", id: "other"), node("b", in: "x", id: "a")]),
        Case(
            "a chain of names", standing: [node("a", id: "n1"), node("b", id: "n2"), node("c", id: "n3")],
            input: [node("b", id: "n1"), node("c", id: "n2"), node("d", id: "n3")]),
        Case(
            "a circle of names", standing: [node("a", id: "n1"), node("b", id: "n2"), node("c", id: "n3")],
            input: [node("b", id: "n1"), node("c", id: "n2"), node("a", id: "n3")],
            broken: ["name-cycle metadata.name"]),
        Case(
            "a circle of names through two pools",
            standing: [pool("x"), pool("y"), node("a", in: "x", id: "n1"), node("a", in: "y", id: "n2")],
            input: [node("a", in: "y", id: "n1"), node("a", in: "x", id: "n2")],
            broken: ["name-cycle metadata.name"]),
    ]

    static let limits: [Case] = [
        Case(
            "a node above its pool", input: [pool("x", cpu: 50), node("a", in: "x", cpu: 51)],
            broken: ["limit-exceeds-pool spec.configuration.resource_limits.cpu_percent"]),
        Case("a node at its pool's limit", input: [pool("x", cpu: 50), node("a", in: "x", cpu: 50)]),
        Case("a pool without a limit", input: [pool("x"), node("a", in: "x", cpu: 90)]),
        Case(
            "a pool made tighter than a node that is not in the input",
            standing: [pool("x", cpu: 90), node("a", in: "x", cpu: 80)], input: [pool("x", cpu: 79)],
            broken: ["limit-exceeds-pool spec.resource_limits.cpu_percent"]),
        Case(
            "a pool made tighter together with its node",
            standing: [pool("x", cpu: 90), node("a", in: "x", cpu: 80)],
            input: [pool("x", cpu: 70), node("a", in: "x", cpu: 70)]),
    ]

    static let dependencies: [Case] = [
        Case(
            "a dependency that is nowhere", input: [node("a", after: [nodeKey("b")])],
            broken: ["dependency-not-found lifecycle.depends_on[0]"]),
        Case(
            "a dependency that is going", standing: [node("b")], deleting: [nodeKey("b")],
            input: [node("a", after: [nodeKey("b")])], broken: ["dependency-deleting lifecycle.depends_on[0]"]),
        Case("a dependency of the same input", input: [node("a", after: [nodeKey("b")]), node("b")]),
        Case(
            "two that wait for each other",
            input: [node("a", after: [nodeKey("b")]), node("b", after: [nodeKey("a")])],
            broken: ["dependency-cycle lifecycle.depends_on"]),
        Case(
            "a circle through what stands",
            standing: [node("a"), node("b", after: [nodeKey("a")]), node("c", after: [nodeKey("b")])],
            input: [node("a", after: [nodeKey("c")])], broken: ["dependency-cycle lifecycle.depends_on"]),
        Case(
            "a pool that waits for a node of its own", input: [pool("x", after: [nodeKey("a")]), node("a", in: "x")],
            broken: ["dependency-cycle lifecycle.depends_on"]),
    ]

    static func fleet(_ each: Case) -> PaperFleet {
        var fleet = PaperFleet(each.standing)
        for key in each.deleting { fleet.mark(key) }
        for (pool, names) in each.undeclared {
            fleet.undeclared["pool_" + pool] = names.map { DeclaringView.Member(id: "node_doc-" + $0, name: $0) }
        }
        return fleet
    }

    @Test(arguments: cases)
    func `is told where it is broken and nowhere else`(_ each: Case) {
        let plan = DeclarationRuleTests.fleet(each).plan(each.input)
        #expect(plan.diagnostics.map { "\($0.rule) \($0.path)" } == each.broken)
        #expect(plan.writes.isEmpty || each.broken.isEmpty, "with anything wrong nothing is written")
        #expect(plan.results.map(\.key) == each.input.map(\.key))
        for result in plan.results where result.outcome == .failed { #expect(!result.diagnostics.isEmpty) }
    }

    @Test(arguments: cases)
    func `what is written is not written again`(_ each: Case) {
        var fleet = DeclarationRuleTests.fleet(each)
        fleet.write(fleet.plan(each.input, continues: true).writes)
        #expect(fleet.plan(each.input, continues: true).writes == [])
    }

    @Test func `every rule has a case`() {
        let covered = Set(DeclarationRuleTests.cases.flatMap(\.broken).compactMap { $0.split(separator: " ").first })
        // Ownership needs more than declarations, and is tested for itself.
        let apart: Set<DeclarationRule> = [
            .ownedBySet, .declaredOtherwise, .undeclaredDocument, .takenOver, .planStale,
        ]
        for rule in DeclarationRule.allCases where !apart.contains(rule) {
            #expect(covered.contains(Substring(rule.rawValue)), "\(rule)")
        }
    }

    @Test func `a set's resource and a document that no manifest declares are conflicts`() {
        var fleet = PaperFleet([pool("x")])
        fleet.desired[poolKey("x")]?.set = "git"
        fleet.documents = [nodeKey("a")]
        let plan = fleet.plan([pool("x", max: 3), node("a")])
        #expect(plan.diagnostics.map(\.rule) == ["owned-by-set", "undeclared-document"])
        #expect(plan.writes.isEmpty)
        #expect(plan.diagnostics.allSatisfy { DeclarationRule(rawValue: $0.rule)?.isConflict == true })
    }

    @Test func `a pool that another service registered can hold declared nodes, up to its own limit`() {
        var fleet = PaperFleet()
        var leaves = Spec(.nodePool)
        leaves[PoolLeaf.maxNodes] = .double(1)
        fleet.observedPools["pool_x"] = Observed(
            poolKey("x"), documentID: DocumentID(high: 1, low: 1), leaves: leaves)
        #expect(fleet.plan([node("a", in: "x")]).diagnostics == [])
        #expect(fleet.plan([node("a", in: "x"), node("b", in: "x")]).diagnostics.map(\.rule) == ["pool-full"])
    }
}
