import Fleet
import FleetStore
import Synchronization
import Testing

@testable import Web

struct FleetFiguresTests {
    @Test func `every condition has its three series, absent ones are unknown`() async throws {
        let pool = ScanRow.made(.nodePool, "pool_a", [(.synced, .yes, "Synced", ""), (.ready, .no, "NodesLost", "")]) {
            var counts = NodeCounts()
            (counts.active, counts.error) = (3, 1)
            $0.counts = counts
            var scaling = PoolScaling()
            scaling.last = .made(4, 6, .usageHigh)
            $0.scaling = scaling
        }
        let undeclared = ScanRow(key: ResourceKey(.node, "node_\"x"), desired: nil, observed: nil, status: nil)
        let store = ScannedStore([undeclared, .made(.node, "node_new"), pool])
        let page = FamilyText.page(await FleetFigures(store, metrics: DaemonMetrics()).exposition())
        #expect(
            page == """
                # HELP pool_nodes Nodes of a pool, by status.
                # TYPE pool_nodes gauge
                pool_nodes{pool="pool_a",status="active"} 3
                pool_nodes{pool="pool_a",status="inactive"} 0
                pool_nodes{pool="pool_a",status="maintenance"} 0
                pool_nodes{pool="pool_a",status="error"} 1
                # HELP pool_nodes_wanted Nodes that the scaler wants in use, of pools that are scaled.
                # TYPE pool_nodes_wanted gauge
                pool_nodes_wanted{pool="pool_a"} 6
                # HELP resource_condition 1 for the status that a condition of an object has, else 0.
                # TYPE resource_condition gauge
                resource_condition{id="pool_a",kind="NodePool",status="True",type="Synced"} 1
                resource_condition{id="pool_a",kind="NodePool",status="False",type="Synced"} 0
                resource_condition{id="pool_a",kind="NodePool",status="Unknown",type="Synced"} 0
                resource_condition{id="pool_a",kind="NodePool",status="True",type="Ready"} 0
                resource_condition{id="pool_a",kind="NodePool",status="False",type="Ready"} 1
                resource_condition{id="pool_a",kind="NodePool",status="Unknown",type="Ready"} 0
                resource_condition{id="node_new",kind="Node",status="True",type="Synced"} 0
                resource_condition{id="node_new",kind="Node",status="False",type="Synced"} 0
                resource_condition{id="node_new",kind="Node",status="Unknown",type="Synced"} 1
                resource_condition{id="node_new",kind="Node",status="True",type="Ready"} 0
                resource_condition{id="node_new",kind="Node",status="False",type="Ready"} 0
                resource_condition{id="node_new",kind="Node",status="Unknown",type="Ready"} 1
                # HELP resource_condition_dropped Objects whose conditions are left out, because there are more than \
                --metrics-max-objects.
                # TYPE resource_condition_dropped gauge
                resource_condition_dropped 0

                """)
    }

    @Test func `a set's conditions are shown as it was told of them`() async throws {
        let store = ScannedStore()
        var set = SetStatus("fleet/prod", directory: "/srv/fleet", syncedBy: "daemon/a")
        let noon = Timestamp(milliseconds: 1_800_000_000_000)
        set.conditions = [
            Condition(.synced, .no, reason: "Held", lastTransition: noon, observedGeneration: 1),
            Condition(.pruneBlocked, .yes, reason: "OverBudget", lastTransition: noon, observedGeneration: 1),
        ]
        store.set { [set] in $0.sets = [set] }
        let page = FamilyText.page(await FleetFigures(store, metrics: DaemonMetrics()).exposition())
        for (type, status) in [("Synced", "False"), ("PruneBlocked", "True")] {
            let labels = "id=\"fleet/prod\",kind=\"Set\",status=\"\(status)\",type=\"\(type)\""
            #expect(page.contains("resource_condition{\(labels)} 1\n"))
        }
    }

    @Test func `beyond the cap objects are counted`() async throws {
        let nodes = (10..<20).map { ScanRow.made(.node, "node_\($0)") }
        var settings = FleetFigures.Settings()
        settings.maxObjects = 4
        let store = ScannedStore(nodes + [.made(.nodePool, "pool_a")])
        let page = FamilyText.page(await FleetFigures(store, settings: settings, metrics: DaemonMetrics()).exposition())
        #expect(page.contains("\nresource_condition_dropped 7\n"))
        for shown in ["pool_a", "node_10", "node_12"] { #expect(page.contains("id=\"\(shown)\"")) }
        #expect(!page.contains("node_13"))
    }

    @Test func `a reading serves for a while, whoever asks`() async throws {
        let store = ScannedStore([.made(.node, "node_a")])
        let clock = SteppedInstants()
        let figures = FleetFigures(store, metrics: DaemonMetrics(), now: { clock.now })
        let first = FamilyText.page(await figures.exposition())
        store.set { $0.rows.append(.made(.node, "node_b")) }
        clock.step(.seconds(9))
        #expect(FamilyText.page(await figures.exposition()) == first)
        clock.step(.seconds(2))
        #expect(FamilyText.page(await figures.exposition()).contains("node_b"))
    }

    @Test func `a store that can't be read is counted, and takes nothing else along`() async throws {
        let metrics = DaemonMetrics()
        let store = ScannedStore()
        store.set { $0.fault = .unavailable("away") }
        #expect(await FleetFigures(store, metrics: metrics).exposition().isEmpty)
        #expect(FamilyText.page(metrics.registry.exposition()).contains("\nresource_scan_failures_total 1\n"))
    }

    @Test func `a store that never answers holds nobody up for ever`() async throws {
        let store = ScannedStore()
        store.set { $0.isHanging = true }
        var settings = FleetFigures.Settings()
        settings.patience = .milliseconds(50)
        let figures = FleetFigures(store, settings: settings, metrics: DaemonMetrics())
        #expect(await figures.exposition().isEmpty)
        // Whoever asks meanwhile waits for the same reading.
        #expect(await figures.exposition().isEmpty)
        #expect(store.state.withLock(\.scans) == 1)
        store.release()
    }
}

/// A monotonic clock that a test moves.
final class SteppedInstants: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { instant.withLock(\.self) }
    func step(_ time: Duration) { instant.withLock { $0 += time } }
}
