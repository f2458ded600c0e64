import Fleet
import Planning
import Testing

/// What a reversion takes back keeps its place and its name until it is gone for good.
struct ReversionWaitingTests {
    /// A snapshot that is taken back, and what it wants back first.
    private struct Swap: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var before: [Declaration]
        var after: [Declaration]
        /// What can't stand at once, and why.
        var waiting: [ResourceKey]
        var rules: [String]

        static let all = [
            Swap(
                testDescription: "one for another in a full pool",
                before: [pool("x", max: 2), node("a", in: "x", cpu: 1), node("b", in: "x")],
                after: [pool("x", max: 2), node("c", in: "x", cpu: 3), node("b", in: "x")],
                waiting: [nodeKey("a")], rules: ["pool-full"]),
            Swap(
                testDescription: "one for another under its name",
                before: [node("a", id: "old", cpu: 1), node("b", cpu: 4)],
                after: [node("a", id: "new", cpu: 2), node("b", cpu: 5)],
                waiting: [nodeKey("old")], rules: ["name-taken"]),
            Swap(
                testDescription: "a pool that was made larger for more",
                before: [pool("x", max: 1), node("a", in: "x")],
                after: [pool("x", max: 2), node("a", in: "x"), node("c", in: "x", cpu: 3)],
                waiting: [poolKey("x")], rules: ["pool-too-small"]),
            Swap(
                testDescription: "one that moved into a new pool because its own was full",
                before: [pool("x", max: 1), node("a", in: "x", cpu: 1)],
                after: [pool("x", max: 1), pool("y", cpu: 9), node("a", in: "y", cpu: 1), node("c", in: "x", cpu: 3)],
                waiting: [nodeKey("a"), poolKey("y")], rules: ["pool-full", "pool-not-empty"]),
            Swap(
                testDescription: "who waits for one that waits",
                before: [pool("x", max: 1), node("a", in: "x", cpu: 1), node("b", cpu: 2, after: [nodeKey("a")])],
                after: [pool("x", max: 1), node("c", in: "x", cpu: 3)],
                waiting: [nodeKey("a"), nodeKey("b")], rules: ["pool-full", "dependency-not-found"]),
            Swap(
                testDescription: "whose place is another's until that has room itself",
                before: [
                    pool("x", max: 1), pool("y", max: 1), node("a", in: "x", cpu: 1), node("b", in: "y", cpu: 2),
                ],
                after: [
                    pool("x", max: 1), pool("y", max: 1), node("c", in: "x", cpu: 3), node("a", in: "y", cpu: 1),
                    node("b", cpu: 2),
                ],
                waiting: [nodeKey("a"), nodeKey("b")], rules: ["pool-full", "pool-full"]),
        ]
    }

    private func targets(_ before: [ResourceKey: Desired], _ fleet: PaperFleet) -> [Reversion] {
        let made = fleet.desired.keys.filter { before[$0] == nil }.sorted()
        return before.keys.sorted().compactMap { before[$0].map(Reversion.declared) } + made.map(Reversion.absent)
    }

    private func plan(_ fleet: PaperFleet, _ targets: [Reversion]) -> ReversionPlan {
        ReversionPlannerTests().plan(fleet, targets)
    }

    @Test(arguments: Swap.all)
    private func `what goes is marked, and who needs its place comes when it is gone`(_ swap: Swap) throws {
        var fleet = PaperFleet()
        fleet.sync(PaperFleet.pass(swap.before))
        let before = fleet.desired
        var pass = PaperFleet.pass(swap.after.filter { before[$0.key] != nil })
        fleet.sync(pass)
        fleet.finishDeletions()
        pass = PaperFleet.pass(swap.after)
        fleet.sync(pass)
        let targets = targets(before, fleet)

        let first = plan(fleet, targets)
        #expect(first.diagnostics == [])
        #expect(Set(first.waiting) == Set(swap.waiting))
        let held = first.results.filter { $0.outcome == .held }
        #expect(Set(held.map(\.key)) == Set(swap.waiting))
        #expect(Set(held.flatMap(\.diagnostics).map(\.rule)) == Set(swap.rules))
        #expect(first.awaited.allSatisfy { before[$0] == nil } && !first.awaited.isEmpty)
        let marked = first.writes.map(\.desired).filter { $0.deletion != nil }.map(\.key)
        #expect(Set(marked).isSuperset(of: first.awaited))
        fleet.write(first.writes)

        // It is on its way: there is nothing to be done but to wait, whether or not it is still asked to go.
        for rest in [targets, targets.filter { before[$0.key] != nil }] {
            let second = plan(fleet, rest)
            #expect(second.diagnostics == [] && second.writes == [])
            #expect(Set(second.waiting) == Set(swap.waiting.filter { key in rest.contains { $0.key == key } }))
            #expect(Set(second.awaited) == Set(first.awaited))
        }
        fleet.finishDeletions()
        let last = plan(fleet, targets)
        #expect(last.diagnostics == [] && last.waiting.isEmpty && last.awaited.isEmpty)
        fleet.write(last.writes)
        fleet.finishDeletions()
        #expect(fleet.desired.mapValues(\.declaration) == before.mapValues(\.declaration))
        #expect(plan(fleet, targets).writes == [])
    }

    @Test func `what has no room even then stands in the way of all`() throws {
        var fleet = PaperFleet()
        let pool = pool("x", max: 2)
        fleet.sync(PaperFleet.pass([pool, node("a", in: "x", cpu: 1), node("b", in: "x", cpu: 2), node("o", cpu: 1)]))
        let before = fleet.desired
        func former(_ name: String) throws -> Reversion { .declared(try #require(before[nodeKey(name)])) }
        fleet.sync(PaperFleet.pass([pool]))
        fleet.finishDeletions()
        fleet.sync(PaperFleet.pass([pool, node("c", in: "x", cpu: 3), node("d", in: "x", cpu: 4), node("o", cpu: 2)]))
        // Two stand in it, and none of them goes.
        let refused = plan(fleet, [try former("a"), try former("o")])
        #expect(refused.diagnostics.map(\.rule) == ["pool-full"] && refused.waiting.isEmpty)
        #expect(refused.results.map(\.outcome) == [.failed, .held])
        // One goes, which makes room for one.
        fleet.mark(nodeKey("d"))
        let still = plan(fleet, [try former("a"), try former("b"), try former("o")])
        #expect(still.diagnostics.map(\.rule) == ["pool-full"])
        #expect(still.results.map(\.outcome) == [.held, .failed, .held])
        #expect(still.writes == [])
        let one = plan(fleet, [try former("a"), try former("o")])
        #expect(one.waiting == [nodeKey("a")] && one.awaited == [nodeKey("d")])
        #expect(one.writes.map(\.desired.key) == [nodeKey("o")])
    }
}
