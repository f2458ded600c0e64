import Fleet
import Planning
import Testing

/// What is deleted of what left a directory.
struct PruningTests {
    func fleet(_ declarations: [Declaration]) -> PaperFleet {
        var fleet = PaperFleet()
        fleet.sync(PaperFleet.pass(declarations))
        return fleet
    }

    /// Nodes that differ, so that none seems to be another under a new name.
    func nodes(_ count: Int, in pool: String? = nil) -> [Declaration] {
        (0..<count).map { node("n\($0 + 10)", in: pool, cpu: Int64($0 + 1)) }
    }

    @Test func `what left is marked, nodes before pools before policies, behind what is declared`() throws {
        var fleet = fleet([policy("p"), pool("x", policy: "p"), node("a", in: "x"), node("b")])
        let plan = fleet.sync(PaperFleet.pass([node("b", cpu: 5)]))
        #expect(plan.results.map(\.outcome) == [.configured, .deleted, .deleted, .deleted])
        #expect(plan.pruning.deleted == [nodeKey("a"), poolKey("x"), policyKey("p")])
        #expect(plan.writes.map(\.desired.key) == [nodeKey("b")] + plan.pruning.deleted)
        #expect(fleet.desired[nodeKey("a")]?.deletion == DeletionMark(by: "sync/site", at: PaperFleet.now))
        #expect(fleet.plan(PaperFleet.pass([node("b", cpu: 5)])).writes == [])
    }

    @Test func `without a pruning everything stays`() {
        var request = PaperFleet.pass([node("b")])
        request.pruning = nil
        #expect(fleet([node("a"), node("b")]).plan(request).writes == [])
    }

    @Test func `other owners' resources are no business of the set's`() {
        var fleet = fleet([node("a")])
        fleet.sync(PaperFleet.pass([node("b")], of: "other"))
        fleet.sync(DeclarationRequest([node("c")], manager: "cli/bob"))
        #expect(fleet.plan(PaperFleet.pass([])).pruning.deleted == [nodeKey("a")])
    }

    @Test func `what says so stays, and so does what was adopted into the set`() {
        var protected = node("a", cpu: 1)
        protected.lifecycle.prune = false
        var fleet = fleet([protected, node("b", cpu: 2), node("c", cpu: 3)])
        fleet.desired[nodeKey("b")]?.manager = "cli/bob"
        let plan = fleet.plan(PaperFleet.pass([node("c", cpu: 3)]))
        #expect(plan.writes == [])
        #expect(plan.pruning.kept == [nodeKey("a"), nodeKey("b")])
        #expect(plan.pruning.blocked == nil)
    }

    @Test func `once its directory declares it, what was adopted leaves with its manifest`() {
        var fleet = fleet([node("a"), node("b", cpu: 2)])
        fleet.desired[nodeKey("a")]?.manager = "cli/bob"
        fleet.sync(PaperFleet.pass([node("a"), node("b", cpu: 2)]))
        #expect(fleet.desired[nodeKey("a")]?.generation == 1)
        #expect(fleet.plan(PaperFleet.pass([node("b", cpu: 2)])).pruning.deleted == [nodeKey("a")])
    }

    struct Obstacle {
        var name: String
        /// What stands besides the set.
        var others: [Declaration] = []
        var before: [Declaration]
        var after: [Declaration]
        var failed: [ResourceKey] = []
        var rule: String?
        var deleted: [ResourceKey] = []
    }

    static let obstacles: [Obstacle] = [
        Obstacle(
            name: "nodes that others declared stay in the pool", others: [node("o", in: "x")],
            before: [pool("x"), node("a")], after: [node("a")], failed: [poolKey("x")], rule: "pool-not-empty"),
        Obstacle(
            name: "a manifest still names the pool", before: [pool("x"), node("a", in: "x")],
            after: [node("a", in: "x")], failed: [poolKey("x")], rule: "pool-not-empty"),
        Obstacle(
            name: "a new manifest names the pool", before: [pool("x"), node("a")],
            after: [node("a"), node("b", in: "x", cpu: 1)], failed: [poolKey("x")], rule: "pool-not-empty"),
        Obstacle(
            name: "its nodes move away", before: [pool("x"), pool("y", max: 9), node("a", in: "x")],
            after: [pool("y", max: 9), node("a", in: "y")], deleted: [poolKey("x")]),
        Obstacle(
            name: "a pool of others names the policy", others: [pool("o", policy: "p")],
            before: [policy("p"), node("a")], after: [node("a")], failed: [policyKey("p")], rule: "policy-in-use"),
        Obstacle(
            name: "the pool drops the policy", before: [policy("p"), pool("x", policy: "p")], after: [pool("x")],
            deleted: [policyKey("p")]),
        Obstacle(
            name: "one that stays keeps what it names in turn", others: [node("o", in: "x")],
            before: [policy("p"), pool("x", policy: "p"), node("a")], after: [node("a")],
            failed: [poolKey("x"), policyKey("p")], rule: "policy-in-use"),
        Obstacle(
            name: "something waits for it", before: [node("a", cpu: 1), node("b", after: [nodeKey("a")])],
            after: [node("b", after: [nodeKey("a")])], failed: [nodeKey("a")], rule: "depended-on"),
    ]

    @Test(arguments: obstacles)
    func `what is still needed fails, and the rest goes`(_ each: Obstacle) {
        var fleet = fleet(each.before)
        var others = DeclarationRequest(each.others, continues: true, manager: "cli/bob")
        others.hasUnidentified = false
        fleet.sync(others)
        let plan = fleet.plan(PaperFleet.pass(each.after))
        #expect(plan.results.filter { $0.outcome == .failed }.map(\.key) == each.failed, "\(each.name)")
        #expect(plan.pruning.deleted == each.deleted, "\(each.name)")
        if let rule = each.rule { #expect(plan.diagnostics.last?.rule == rule, "\(each.name)") }
    }

    @Test func `nodes that nobody declared keep their pool`() {
        var fleet = fleet([pool("x"), node("a")])
        fleet.undeclared["pool_x"] = [DeclaringView.Member(id: "node_s", name: "s")]
        let plan = fleet.plan(PaperFleet.pass([node("a")]))
        #expect(plan.diagnostics.map(\.rule) == ["pool-holds-undeclared"])
        #expect(plan.pruning.deleted == [])
    }

    @Test func `what is going already is in nobody's way`() {
        var fleet = fleet([pool("x"), node("a", in: "x")])
        fleet.sync(DeclarationRequest([node("o", in: "x")], manager: "cli/bob"))
        fleet.mark(nodeKey("o"))
        #expect(fleet.plan(PaperFleet.pass([])).pruning.deleted == [nodeKey("a"), poolKey("x")])
    }

    /// A pool of the set with so many nodes that its provider made, and a node beside it.
    private func provided(_ count: Int) -> PaperFleet {
        var fleet = fleet([pool("x"), node("a")])
        let made = (0..<count).map { node("made\($0)", in: "x", cpu: Int64($0 + 1)) }
        fleet.sync(DeclarationRequest(made, manager: Desired.providerManager(of: "pool_x")))
        return fleet
    }

    @Test func `what its provider made goes with a pool, and counts`() {
        var fleet = provided(2)
        let request = PaperFleet.pass([node("a")])
        #expect(fleet.sync(request).pruning.deleted == [nodeKey("made0"), nodeKey("made1"), poolKey("x")])
        #expect(fleet.plan(request).writes == [])
        let held = provided(20).plan(PaperFleet.pass([node("a")], budget: PruneBudget())).pruning.blocked
        #expect(held?.message == "21 resources to delete are more than the 10 that one change may")
        #expect(held?.objects.map(\.key) == [poolKey("x")])
    }

    // MARK: The budget

    struct Budget {
        var owned: Int
        var going: Int
        var leaving = 0
        var active = 0
        var budget = PruneBudget()
        var message: String?
    }

    static let budgets: [Budget] = [
        Budget(owned: 100, going: 10),
        Budget(owned: 100, going: 11, message: "11 resources to delete are more than the 10 that one change may"),
        Budget(owned: 10, going: 2),
        Budget(owned: 10, going: 3, message: "3 of the set's 10 resources to delete are more than 20 %"),
        Budget(owned: 1, going: 1),
        Budget(owned: 2, going: 1),
        Budget(owned: 2, going: 2, message: "2 of the set's 2 resources to delete are more than 20 %"),
        Budget(owned: 20, going: 4, active: 20),
        // The nodes that go are the first ones, and those are in use.
        Budget(owned: 20, going: 2, active: 4, message: "2 of the set's 4 active nodes to delete are more than 20 %"),
        Budget(owned: 20, going: 1, active: 1),
        Budget(
            owned: 10, going: 1, leaving: 2,
            message: "3 of the set's 10 resources to delete (2 of them are going already) are more than 20 %"),
        Budget(owned: 100, going: 60, budget: .unlimited),
        Budget(owned: 100, going: 20, budget: PruneBudget(objects: nil, percent: 20)),
        Budget(owned: 10, going: 5, budget: PruneBudget(objects: 5, percent: nil)),
    ]

    @Test(arguments: budgets)
    func `more than the budget holds all of it, one may always go`(_ each: Budget) {
        let all = nodes(each.owned)
        var fleet = fleet(all)
        for node in all.suffix(each.leaving) { fleet.mark(node.key) }
        fleet.activeNodes = Set(all.prefix(each.active).map(\.key.id))
        let stays = all.dropFirst(each.going).dropLast(each.leaving)
        var request = PaperFleet.pass(Array(stays), budget: each.budget)
        request.pruning?.isEmpty = false
        let plan = fleet.plan(request)
        #expect(plan.pruning.blocked?.message == each.message, "\(each)")
        #expect(plan.pruning.deleted.count == (each.message == nil ? each.going : 0))
        guard let blocked = plan.pruning.blocked else { return }
        #expect(blocked.reason == .overBudget && blocked.digest == "d1")
        #expect(blocked.objects.map(\.key) == all.prefix(each.going).map(\.key))
        #expect(blocked.objects.allSatisfy { $0.firstRevision == 1 })
        #expect(plan.writes == [])
    }

    @Test func `what is over the budget does not hold what is declared`() {
        var fleet = fleet(nodes(10))
        let plan = fleet.sync(PaperFleet.pass([node("new", cpu: 99)], budget: PruneBudget()))
        #expect(plan.results.map(\.outcome) == [.created])
        #expect(plan.pruning.blocked?.objects.count == 10)
    }

    @Test func `all or nothing is nothing when deletions are held`() {
        var request = PaperFleet.pass([node("new", cpu: 99)], budget: PruneBudget())
        request.continues = false
        let plan = fleet(nodes(10)).plan(request)
        #expect(plan.results.map(\.outcome) == [.held])
        #expect(plan.writes == [])
    }

    // MARK: What is not to be believed

    @Test(arguments: [true, false])
    func `an empty directory is held, unless the budget is lifted`(_ isLifted: Bool) {
        let plan = fleet([node("a")]).plan(PaperFleet.pass([], budget: isLifted ? .unlimited : PruneBudget()))
        #expect(plan.pruning.deleted.isEmpty != isLifted)
        #expect(plan.pruning.blocked?.reason == (isLifted ? nil : .emptyDirectory))
    }

    @Test func `what can't be read holds every deletion, whatever the budget`() {
        let fleet = fleet([node("a"), node("b", cpu: 1)])
        var unread = PaperFleet.pass([node("b", cpu: 1)])
        unread.pruning?.obstacle = "b.yaml can't be read"
        var invalid = PaperFleet.pass([node("b", cpu: 1)])
        invalid.hasErrors = true
        var unidentified = PaperFleet.pass([node("b", cpu: 1)])
        unidentified.hasUnidentified = true
        for request in [unread, invalid, unidentified] {
            let plan = fleet.plan(request)
            #expect(plan.writes == [])
            #expect(plan.pruning.blocked?.reason == .incomplete)
            #expect(plan.pruning.blocked?.objects.map(\.key) == [nodeKey("a")])
        }
        #expect(fleet.plan(unread).pruning.blocked?.message == "b.yaml can't be read")
    }

    // MARK: Renames

    @Test func `a rename is held and offered, and the rest goes`() throws {
        var fleet = fleet([pool("x"), node("a", in: "x", cpu: 7), node("b", cpu: 1)])
        let after = [pool("x"), node("c", in: "x", cpu: 7), node("d", after: [nodeKey("c")])]
        let plan = fleet.sync(PaperFleet.pass(after))
        #expect(plan.results.map(\.outcome) == [.unchanged, .held, .held, .deleted])
        #expect(plan.pruning.deleted == [nodeKey("b")])
        let blocked = try #require(plan.pruning.blocked)
        #expect(blocked.reason == .renamed)
        #expect(blocked.renames == [Rename(from: nodeKey("a"), to: nodeKey("c"))])
        #expect(blocked.objects.map(\.key) == [nodeKey("a")])
        #expect(blocked.message.contains("metadata.moved_from: node_a"))
        #expect(fleet.plan(PaperFleet.pass(after)).writes == [])
        // Approved: the old one goes, and the new one comes.
        fleet.mark(nodeKey("a"))
        #expect(fleet.plan(PaperFleet.pass(after)).results.map(\.outcome) == [.unchanged, .created, .created])
    }

    @Test func `what others are like, too, is no rename`() {
        let twins = [node("a"), node("b")]
        #expect(fleet(twins).plan(PaperFleet.pass([node("b"), node("c")])).pruning.blocked == nil)
        #expect(fleet([node("a")]).plan(PaperFleet.pass([node("b"), node("c")])).pruning.blocked == nil)
        #expect(
            fleet([node("a"), node("b", cpu: 1)]).plan(PaperFleet.pass([node("c", cpu: 2)])).pruning.blocked == nil)
    }
}
