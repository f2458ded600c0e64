import Fleet
import Planning
import Testing

/// A pool's size, set by hand.
struct ScaleOverrideTests {
    private func scaled(_ name: String = "x", max: Int64 = 10, policy: String? = nil) -> Declaration {
        var declaration = pool(name, max: max, policy: policy)
        declaration.spec[PoolLeaf.autoScaling] = .bool(true)
        return declaration
    }

    private func plan(
        _ fleet: PaperFleet, _ action: OverrideAction, _ keys: [ResourceKey] = [poolKey("x")],
        now: Timestamp = PaperFleet.now
    ) -> OverridePlan {
        OverridePlanner.plan(action, on: keys, by: "ops", in: fleet.view(DeclarationScope(of: keys)), now: now)
    }

    private func scale(_ nodes: Int64) -> OverrideAction { .scale(nodes: nodes, reason: "launch") }

    @Test func `each wish is a new one, also for the same size`() throws {
        var fleet = PaperFleet([scaled()])
        fleet.write(plan(fleet, scale(4)).writes)
        let first = try #require(fleet.desired[poolKey("x")]?.overrides.scale)
        #expect(first == ScaleOverride(nodes: 4, by: "ops", reason: "launch", at: PaperFleet.now))
        // The scaler may have gone on to another size meanwhile.
        fleet.write(plan(fleet, scale(4)).writes)
        let second = try #require(fleet.desired[poolKey("x")]?.overrides.scale)
        #expect(second.at > first.at && second.nodes == 4)
        #expect(fleet.desired[poolKey("x")]?.generation == 1)
        fleet.write(plan(fleet, .unscale).writes)
        #expect(fleet.desired[poolKey("x")]?.overrides.isEmpty == true)
        #expect(plan(fleet, .unscale).results.map(\.outcome) == [.unchanged])
    }

    @Test func `no apply touches it`() throws {
        var fleet = PaperFleet([scaled()])
        fleet.write(plan(fleet, scale(4)).writes)
        let wish = try #require(fleet.desired[poolKey("x")]?.overrides.scale)
        var changed = scaled(max: 8)
        changed.labels = [Label("team", "render")]
        for declaration in [scaled(), changed] {
            fleet.write(fleet.plan([declaration]).writes)
            #expect(fleet.desired[poolKey("x")]?.overrides.scale == wish)
        }
        #expect(fleet.desired[poolKey("x")]?.generation == 2)
    }

    @Test func `the bounds are those of whoever scales`() {
        let byHand = pool("hand", max: 8)
        let named = scaled("named", max: 20, policy: "p")
        let fleet = PaperFleet([scaled(), byHand, named, policy("p", min: 3, max: 6)])
        let cases: [(String, Int64, Bool)] = [
            ("x", 0, false), ("x", 1, true), ("x", 10, true), ("x", 11, false), ("hand", 0, true), ("hand", 8, true),
            ("hand", 9, false), ("hand", -1, false), ("named", 2, false), ("named", 3, true), ("named", 6, true),
            ("named", 7, false),
        ]
        for (name, nodes, isFine) in cases {
            let plan = plan(fleet, scale(nodes), [poolKey(name)])
            #expect(plan.diagnostics.map(\.rule) == (isFine ? [] : ["outside-bounds"]))
            #expect(plan.writes.isEmpty != isFine)
        }
        let told = plan(fleet, scale(7), [poolKey("named")]).diagnostics.first?.message
        #expect(told == "NodePool/pool_named: its policy keeps 3 to 6 nodes in use")
    }

    @Test func `what cannot be scaled is refused for all`() {
        var paused = scaled("paused")
        paused.lifecycle.suspend = Suspension(reason: "audit", by: "manifest")
        var fleet = PaperFleet([scaled(), paused, scaled("dying"), node("a")])
        fleet.mark(poolKey("dying"))
        let cases: [(ResourceKey, String)] = [
            (nodeKey("a"), "pools-only"), (poolKey("none"), "not-found"), (poolKey("paused"), "paused"),
            (poolKey("dying"), "being-deleted"),
        ]
        for (key, rule) in cases {
            let plan = plan(fleet, scale(4), [poolKey("x"), key])
            #expect(plan.diagnostics.map(\.rule) == [rule])
            #expect(plan.writes.isEmpty)
            #expect(plan.results.map(\.outcome) == [.held, .failed])
        }
        #expect(plan(fleet, .unscale, [nodeKey("a")]).diagnostics.map(\.rule) == ["pools-only"])
        #expect(plan(fleet, .unscale, [poolKey("paused")]).diagnostics.isEmpty)
    }
}
