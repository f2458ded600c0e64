import Fleet
import FleetStore
import Testing

@testable import reeve

struct WaitTests {
    @Test(arguments: [
        ("condition=Ready", WaitGoal.condition(.ready, .yes)), ("condition=ready=false", .condition(.ready, .no)),
        ("condition=Synced=Unknown", .condition(.synced, .unknown)), ("create", .created), ("Delete", .deleted),
    ])
    func `a goal is read`(text: String, goal: WaitGoal) throws { #expect(try WaitGoal.parse(text) == goal) }

    @Test(arguments: ["", "Ready", "condition", "condition=", "condition=Redy", "condition=Ready=maybe", "create=yes"])
    func `what is no goal is refused`(text: String) { #expect(throws: (any Error).self) { try WaitGoal.parse(text) } }

    private func verdict(
        _ goals: [WaitGoal], _ row: ScanRow, failures: [WaitGoal] = [], wasThere: Bool = false
    ) -> WaitVerdict {
        WaitJudgement(goals: goals, failures: failures).verdict(row, wasThere: wasThere)
    }

    private func isPending(_ verdict: WaitVerdict) -> Bool { if case .pending = verdict { true } else { false } }

    @Test func `a condition of an older generation does not count`() {
        let node = Sample.node(generation: 3)
        let old = Sample.status(of: node, observed: 2, [Sample.condition(.ready, .yes)])
        #expect(isPending(verdict([.condition(.ready, .yes)], Sample.row(node, old))))
        // The status moved on, and this condition was kept from before.
        let kept = Sample.status(of: node, observed: 3, [Sample.condition(.ready, .yes)])
        #expect(isPending(verdict([.condition(.ready, .yes)], Sample.row(node, kept))))
        let new = Sample.status(of: node, observed: 3, [Sample.condition(.ready, .yes, generation: 3)])
        #expect(verdict([.condition(.ready, .yes)], Sample.row(node, new)) == .met)
    }

    @Test func `the status of an earlier declaration under the id does not count`() {
        let node = Sample.node()
        var status = Sample.status(of: node, observed: 9, [Sample.condition(.ready, .yes, generation: 9)])
        status.firstRevision = 1
        #expect(isPending(verdict([.condition(.ready, .yes)], Sample.row(node, status))))
    }

    @Test func `what is listed only while True is False when it is absent`() {
        let node = Sample.node()
        let row = Sample.row(node, Sample.status(of: node, observed: 2, []))
        #expect(verdict([.condition(.stalled, .no)], row) == .met)
        #expect(verdict([.condition(.ready, .unknown)], row) == .met)
        #expect(isPending(verdict([.condition(.ready, .no)], row)))
        // Nothing is known before it was looked at.
        #expect(isPending(verdict([.condition(.stalled, .no)], Sample.row(node))))
    }

    @Test func `a pool is scaled when it has that many active nodes because it was asked to`() {
        func verdict(active: Int64, adopted: Bool, _ change: (inout Desired, inout PoolScaling) -> Void = { _, _ in })
            -> WaitVerdict
        {
            var pool = Sample.pool()
            pool.overrides.scale = ScaleOverride(nodes: 4, by: "ops", reason: "launch", at: Sample.now)
            var status = Sample.status(of: pool, observed: 2, [])
            status.counts = NodeCounts()
            status.counts?.active = active
            var scaling = PoolScaling()
            if adopted { scaling.timers.adopted = Sample.now }
            scaling.last = Sample.decision(3, 4, .sizeAdopted)
            change(&pool, &scaling)
            status.scaling = scaling
            return self.verdict([.scaled(4)], Sample.row(pool, status))
        }
        #expect(verdict(active: 4, adopted: true) == .met)
        #expect(verdict(active: 3, adopted: true) == .pending("3 of 4 nodes are active"))
        // That it happens to have as many is not enough: it may be on its way to another size.
        #expect(verdict(active: 4, adopted: false) == .pending("the daemon has not adopted the size yet"))
        #expect(
            verdict(active: 3, adopted: false) { pool, _ in pool.overrides.scale = nil }
                == .failed("the size was cleared"))
        #expect(
            verdict(active: 3, adopted: true) { pool, _ in pool.overrides.scale?.nodes = 9 }
                == .failed("ops asked for 9 meanwhile"))
        let limited = verdict(active: 3, adopted: true) { _, scaling in
            scaling.last = Sample.decision(3, 3, .noStandbyNodes)
            scaling.last?.conditions.scalingLimited = .init(true, .noStandbyNodes)
        }
        #expect(
            limited
                == .failed("it comes to 3 of 4 nodes: there are no more nodes to activate (NoStandbyNodes)"))
    }

    @Test func `all that is waited for must hold at once`() {
        let node = Sample.node()
        let row = Sample.row(node, Sample.status(of: node, observed: 2, [Sample.condition(.synced, .yes)]))
        #expect(isPending(verdict([.condition(.synced, .yes), .condition(.ready, .yes)], row)))
    }

    @Test func `a failure ends it, also when the goal holds`() {
        let node = Sample.node()
        let conditions = [Sample.condition(.synced, .yes), Sample.condition(.stalled, .yes, "NameTaken", "m")]
        let row = Sample.row(node, Sample.status(of: node, observed: 2, conditions))
        let goals = [WaitGoal.condition(.synced, .yes)]
        #expect(
            verdict(goals, row, failures: [.condition(.stalled, .yes)]) == .failed("Stalled is True, NameTaken: m"))
        #expect(verdict(goals, row) == .met)
    }

    @Test func `a pause ends the waiting of a command that wrote, and no other`() {
        let node = Sample.node()
        let pause = Suspension(reason: "disk", by: "ops", until: nil)
        let row = Sample.row(node, Sample.status(of: node, observed: 1, []))
        let goal = WaitGoal.condition(.synced, .yes)
        let judgement = WaitJudgement(goals: [goal], endsAtPause: true)
        #expect(judgement.verdict(row, wasThere: true, pause: pause) == .held("paused: disk (by ops)"))
        #expect(isPending(WaitJudgement(goals: [goal]).verdict(row, wasThere: true, pause: pause)))
        // What is there already need not be waited for.
        let there = Sample.row(node, Sample.status(of: node, observed: 2, [Sample.condition(.synced, .yes)]))
        #expect(judgement.verdict(there, wasThere: true, pause: pause) == .met)
    }

    @Test func `a pause is an object's own or its pool's, while it is in force`() {
        var node = Sample.node()
        var view = FleetView()
        view.desired[node.key] = node
        #expect(view.pause(of: node.key, at: Sample.now) == nil)
        let poolKey = ResourceKey(.nodePool, "pool_render")
        var pool = Desired(
            Declaration(key: poolKey, name: "render", spec: Spec(.nodePool)), revision: 1, firstRevision: 1,
            manager: "m", createdAt: Sample.now, updatedAt: Sample.now)
        pool.overrides.suspend = Suspension(reason: "move", by: "ops", until: nil)
        view.desired[poolKey] = pool
        #expect(view.pause(of: node.key, at: Sample.now)?.reason == "move")
        node.overrides.suspend = Suspension(reason: "disk", by: "ops", until: Sample.now.advanced(seconds: 5))
        view.desired[node.key] = node
        #expect(view.pause(of: node.key, at: Sample.now)?.reason == "disk")
        #expect(view.pause(of: node.key, at: Sample.now.advanced(seconds: 5))?.reason == "move")
    }

    @Test func `a drain is over in maintenance, and fails when it is taken back`() {
        var node = Sample.node()
        node.overrides.drain = Override(by: "ops", reason: "disk", at: Sample.now)
        var status = Sample.status(of: node, observed: 2, [Sample.condition(.draining, .yes)])
        status.state = .maintenance
        #expect(isPending(verdict([.drained], Sample.row(node, status))))
        status.conditions = []
        #expect(verdict([.drained], Sample.row(node, status)) == .met)
        node.overrides.drain = nil
        #expect(verdict([.drained], Sample.row(node, status)) == .failed("it was uncordoned"))
    }

    @Test func `why it ended is told, with the objects' names and the unit of time`() {
        let keys = [ResourceKey(.node, "node_a"), ResourceKey(.node, "node_b")]
        var report = WaitReport(keys: keys, verdicts: [keys[0]: .met, keys[1]: .held("paused: x")], goals: [])
        #expect(report.message(.failed, TimeSpan(seconds: 1)) == "held: Node/node_b (paused: x)")
        report.verdicts[keys[1]] = .pending("not yet")
        let timeout = TimeSpan(argument: "1")
        #expect(
            timeout.flatMap { report.message(.timedOut, $0) }
                == "timed out after 1s, 1 of 2 there: Node/node_b (not yet)")
    }

    @Test func `what was never there is missing, what went has failed, what is to come is pending`() {
        let ready = WaitGoal.condition(.ready, .yes)
        #expect(verdict([ready], Sample.row(nil)) == .missing)
        #expect(verdict([ready], Sample.row(nil), wasThere: true) == .failed("it was deleted"))
        #expect(isPending(verdict([.created, ready], Sample.row(nil))))
        #expect(verdict([.created], Sample.row(Sample.node())) == .met)
        #expect(verdict([.deleted], Sample.row(nil), wasThere: true) == .met)
        #expect(isPending(verdict([.deleted], Sample.row(Sample.node()))))
    }
}
