import Fleet
import Testing

@testable import Planning

/// What a decision becomes: intents in the pool's status, and nodes that follow them.
struct PoolScalerTests {
    @Test func `growth is one write of the pool's status, and the nodes follow it`() throws {
        var fleet = PaperMembers(active: 4, standby: 4)
        let plan = fleet.carryOut(PaperMembers.pool, fleet.situation)
        // 4 × 90 % at a target of 75 %: 5 of 8.
        #expect(plan.change.decisions.map(\.decision.desired) == [5])
        #expect(plan.change.decisions.map(\.id) == ["pool_eu/1/1"])
        #expect(plan.change.events.map(\.reason).contains("Scaled"))
        #expect(fleet.scaling.intents["node_n5"] == ScalingIntent(isWanted: true, at: fleet.now))
        #expect(fleet.state("node_n5") == .inactive, "nothing but the pool was written")
        let node = fleet.carryOut(ResourceKey(.node, "node_n5"))
        #expect(fleet.state("node_n5") == .active)
        #expect(node.change.history.map(\.reason) == ["Activated"])
        #expect(node.turn == nil, "who is taken into use is no news of its heartbeats")
        let status = try #require(fleet.view.status[PaperMembers.pool])
        #expect(status[.ableToScale]?.status == .yes && status[.scalingActive]?.reason == "ValidMetrics")
    }

    @Test func `the same look again changes nothing`() {
        var fleet = PaperMembers(active: 4, standby: 4)
        fleet.usage = 70
        fleet.look()
        let before = fleet.scaling
        let plan = fleet.carryOut(PaperMembers.pool, fleet.situation)
        #expect(plan.change.decisions.isEmpty && fleet.scaling == before)
    }

    @Test func `between two decisions a pool keeps what its scaler said`() {
        var fleet = PaperMembers(active: 4, standby: 4)
        fleet.look()
        let before = fleet.view.status[PaperMembers.pool]
        fleet.follow()
        fleet.carryOut(PaperMembers.pool)
        let after = fleet.view.status[PaperMembers.pool]
        #expect(after?.scaling == before?.scaling)
        #expect(after?[.scalingActive] == before?[.scalingActive] && after?[.ableToScale] == before?[.ableToScale])
    }

    @Test func `a node that goes drains first, and then is in reserve`() throws {
        var fleet = PaperMembers(active: 8, [(PolicyLeaf.drainSeconds, .int(60))])
        fleet.usage = 10
        fleet.look()
        let gone = fleet.scaling.intents.filter { !$0.value.isWanted }.keys.sorted()
        #expect(gone.count == 2, "a quarter of eight")
        #expect(gone.allSatisfy { fleet.state($0) == .maintenance && fleet.reason($0) == "Draining" })
        // A look meanwhile takes away no others in their place.
        fleet.now = fleet.now.advanced(seconds: 30)
        fleet.look()
        #expect(fleet.scaling.intents.filter { !$0.value.isWanted }.keys.sorted() == gone)
        fleet.now = fleet.now.advanced(seconds: 30)
        fleet.follow()
        #expect(gone.allSatisfy { fleet.state($0) == .inactive && fleet.reason($0) == "Standby" })
        #expect(fleet.view.status[ResourceKey(.node, gone[0])]?.isStandby == true)
    }

    @Test func `an agent that says it is done is not waited for`() {
        var fleet = PaperMembers(active: 8)
        fleet.usage = 10
        fleet.look()
        let gone = ResourceKey(.node, "node_n1")
        #expect(fleet.state("node_n1") == .maintenance)
        fleet.view.agents["node_n1"] = AgentFacts(
            nodeID: "node_n1", intervalSeconds: 15, hardware: FoundHardware(),
            drained: fleet.view.status[gone]?.drainingSince)
        fleet.carryOut(gone)
        #expect(fleet.state("node_n1") == .inactive)
    }

    @Test func `what is declared of a node comes before the scaler`() {
        var fleet = PaperMembers(active: 4, standby: 1)
        let key = ResourceKey(.node, "node_n5")
        fleet.view.desired[key]?.declaration.spec[NodeLeaf.autoScaling] = .bool(false)
        fleet.carryOut(key)
        #expect(fleet.state("node_n5") == .active)
        fleet.usage = 70
        fleet.look()
        #expect(fleet.scaling.timers.lastChange == nil, "five are five, whoever wanted them")
        #expect(fleet.scaling.timers.size == 5)
    }

    @Test func `a lost node in reserve is out of use, and in reserve again when it is back`() {
        var fleet = PaperMembers(active: 4, standby: 1)
        fleet.usage = 70
        fleet.look()
        let key = ResourceKey(.node, "node_n5")
        fleet.now = fleet.now.advanced(seconds: 3600)
        fleet.carryOut(key)
        #expect(fleet.state("node_n5") == .error)
        for other in fleet.nodes where other != key { fleet.view.observed[other]?.lastHeartbeat = fleet.now }
        fleet.carryOut(PaperMembers.pool, fleet.situation)
        #expect(fleet.scaling.last?.current == 4)
        fleet.view.observed[key]?.lastHeartbeat = fleet.now
        let plan = fleet.carryOut(key)
        #expect(fleet.state("node_n5") == .inactive && fleet.reason("node_n5") == "Standby")
        #expect(plan.turn == nil, "nobody missed it")
    }

    @Test func `a size set by hand is carried out once, also for a pool that does not scale itself`() {
        var fleet = PaperMembers(active: 4)
        fleet.view.desired[PaperMembers.pool]?.declaration.spec[PoolLeaf.autoScaling] = .bool(false)
        #expect(PoolScaler(fleet.view.desired[PaperMembers.pool]!, nil, status: nil) == nil)
        fleet.view.desired[PaperMembers.pool]?.overrides.scale = ScaleOverride(
            nodes: 1, by: "ops", reason: "quiet", at: fleet.now)
        fleet.look()
        #expect(fleet.nodes.filter { fleet.state($0.id) == .active }.count == 1)
        #expect(fleet.scaling.timers.adopted == fleet.now)
        fleet.now = fleet.now.advanced(seconds: 600)
        fleet.follow()
        let plan = fleet.carryOut(PaperMembers.pool, fleet.situation)
        #expect(plan.change.decisions.allSatisfy { $0.decision.desired == 1 })
        #expect(fleet.nodes.filter { fleet.state($0.id) == .inactive }.count == 3)
    }

    @Test func `intents of nodes that left the pool are forgotten`() {
        var fleet = PaperMembers(active: 4, standby: 2)
        fleet.usage = 70
        let gone = ResourceKey(.node, "node_n6")
        (fleet.view.desired[gone], fleet.view.observed[gone], fleet.view.status[gone]) = (nil, nil, nil)
        fleet.look()
        #expect(fleet.scaling.intents.keys.sorted() == ["node_n5"])
    }

    @Test func `dead machines in reserve are no reason not to grow`() {
        var fleet = PaperMembers(active: 4, standby: 6)
        fleet.usage = 70
        fleet.look()
        fleet.now = fleet.now.advanced(seconds: 3600)
        for number in [1, 2, 3, 4, 10] {
            fleet.view.observed[ResourceKey(.node, "node_n\(number)")]?.lastHeartbeat = fleet.now
        }
        for key in fleet.nodes { fleet.carryOut(key) }
        #expect(fleet.nodes.filter { fleet.state($0.id) == .error }.count == 5)
        fleet.usage = 99
        fleet.carryOut(PaperMembers.pool, fleet.situation)
        let pool = fleet.view.status[PaperMembers.pool]
        #expect(pool?[.poolHealthy]?.status == .yes && pool?[.ready]?.status == .yes)
        #expect(fleet.scaling.intents["node_n10"]?.isWanted == true)
    }

    @Test func `a want that noise moves is no news as long as nothing comes of it`() {
        var fleet = PaperMembers(active: 8, [(PolicyLeaf.minNodes, .int(8))])
        fleet.usage = 40
        fleet.look()
        let stored = fleet.scaling.decisions
        for usage in [41, 30, 20, 45, 12] {
            fleet.usage = Double(usage)
            fleet.now = fleet.now.advanced(seconds: 5)
            fleet.look()
        }
        #expect(fleet.scaling.decisions == stored)
    }

    @Test func `a pause takes the conditions' word back, and its end gives it again`() {
        var fleet = PaperMembers(active: 4)
        fleet.usage = 70
        fleet.look()
        fleet.view.desired[PaperMembers.pool]?.overrides.suspend = Suspension(reason: "move", by: "ops")
        fleet.carryOut(PaperMembers.pool)
        #expect(fleet.view.status[PaperMembers.pool]?[.ableToScale]?.reason == "Paused")
        fleet.view.desired[PaperMembers.pool]?.overrides.suspend = nil
        fleet.carryOut(PaperMembers.pool, fleet.situation)
        #expect(fleet.view.status[PaperMembers.pool]?[.ableToScale]?.reason == "ReadyForNewScale")
    }

    @Test func `who can't be read keeps its intent`() {
        var fleet = PaperMembers(active: 4, standby: 1)
        fleet.usage = 70
        let key = ResourceKey(.node, "node_n5")
        fleet.view.observed[key] = nil
        var situation = fleet.situation
        situation.standing.insert("node_n5")
        fleet.carryOut(PaperMembers.pool, situation)
        #expect(fleet.scaling.intents["node_n5"]?.isWanted == false)
    }

    @Test func `a node that is inactive for a moment is no addition that failed`() {
        var fleet = PaperMembers(active: 4)
        fleet.usage = 70
        fleet.view.status[PaperMembers.pool]?.scaling?.intents["node_n4"] = ScalingIntent(
            isWanted: true, at: fleet.now.advanced(seconds: -7200))
        let key = ResourceKey(.node, "node_n4")
        fleet.view.status[key]?.state = .inactive
        fleet.carryOut(PaperMembers.pool, fleet.situation)
        #expect(fleet.scaling.timers.failures == 0 && fleet.scaling.intents["node_n4"]?.isWanted == true)
    }
}
