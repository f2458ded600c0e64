import Fleet
import FleetStore
import Testing

@testable import Web

struct FleetLookTests {
    private static func node(
        _ id: String, in pool: String? = nil, _ state: NodeState, _ conditions: [(Condition.ConditionType, Bool)]
    ) -> ScanRow {
        .made(.node, id, conditions.map { ($0.0, $0.1 ? .yes : .no, "Reason", "") }) {
            $0.state = state
            $0.poolID = pool
        }
    }

    private static let fine: [(Condition.ConditionType, Bool)] = [(.synced, true), (.ready, true)]

    @Test func `the worst come first`() async throws {
        let store = ScannedStore([
            Self.node("node_a", .active, Self.fine),
            Self.node("node_b", .maintenance, [(.synced, true), (.ready, false)]),
            Self.node("node_c", .active, [(.synced, false), (.ready, false)]),
            Self.node("node_d", .error, [(.synced, true), (.ready, false)]),
            Self.node("node_e", .active, [(.synced, false), (.stalled, true)]),
            ScanRow(key: ResourceKey(.node, "node_f"), desired: nil, observed: nil, status: nil, unreadable: "broken"),
            ScanRow(key: ResourceKey(.node, "node_g"), desired: nil, observed: nil, status: nil),
        ])
        let fleet = try await FleetLook.take(store)
        #expect(
            fleet.nodes(inPool: nil).shown.map(\.key.id) == ["d", "e", "f", "c", "b", "g", "a"].map { "node_" + $0 })
        #expect(fleet.nodeCounts.undeclared == 2)
        #expect(fleet.nodeCounts.error == 1)
    }

    @Test func `what is shown is bounded, what there is is counted`() async throws {
        let well = (1000..<1300).map { Self.node("node_\($0)", in: "pool_a", .active, Self.fine) }
        let ill = [
            Self.node("node_9999", in: "pool_a", .error, Self.fine),
            Self.node("node_8", in: "pool_b", .active, Self.fine),
        ]
        let fleet = try await FleetLook.take(ScannedStore(well + ill))
        let (shown, all) = fleet.nodes(inPool: nil)
        #expect(shown.count == 200 && all == 302)
        #expect(shown.first?.key.id == "node_9999")
        #expect(shown.last?.key.id == "node_1198")
        #expect(fleet.nodes(inPool: "pool_b").shown.map(\.key.id) == ["node_8"])
        #expect(fleet.nodes(inPool: "pool_a").all == 301)
        #expect(fleet.nodes(inPool: "pool_none").all == 0)
    }

    @Test func `a pool's load is the mean of its nodes, with gaps where nobody measured`() async throws {
        let nodes = ["node_a", "node_b"].map { Self.node($0, in: "pool_a", .active, Self.fine) }
        var fleet = try await FleetLook.take(ScannedStore(nodes))
        fleet.at = Timestamp(milliseconds: 3_600_000)
        let since = Timestamp(milliseconds: 150_000)
        let point = { (node: String, step: Int64, cpu: Double?) in
            UsagePoint(nodeID: node, at: since.advanced(seconds: step * 150), cpu: cpu, memory: 50)
        }
        let usage = FleetUsage(
            [
                point("node_a", 0, 10), point("node_b", 0, 30), point("node_a", 1, nil), point("node_b", 22, 80),
                point("node_stranger", 22, 1), point("node_a", 24, 99), point("node_a", -1, 99),
            ], since: since, fleet)
        let load = try #require(usage.cpuOfPool["pool_a"])
        #expect(load.count == 24)
        #expect(load[0] == 20 && load[1] == nil && load[22] == 80)
        #expect(usage.latest["node_b"]?.cpu == 80)
        #expect(usage.latest["node_a"]?.at != since)
    }

    @Test func `a sparkline has a line for each stretch, and says what it shows`() {
        let drawn = Drawings.sparkline([0, 50, nil, 100, nil, 20, 40], of: "CPU of <x>")
        #expect(drawn.contains("points=\"0,25 20,13\""))
        #expect(drawn.contains("<circle class=\"dot\" cx=\"60\" cy=\"1\""))
        #expect(drawn.contains("aria-label=\"CPU of &lt;x&gt;: now 40 %, highest 100 %\""))
        #expect(Drawings.sparkline([nil, nil], of: "x").isEmpty)
        #expect(Drawings.sparkline([], of: "x").isEmpty)
        #expect(!Drawings.sparkline([-5, 1e300, .infinity], of: "x").contains("inf"))
    }
}
