internal import Fleet
package import FleetStore
import Metrics

/// The objects' conditions and the pools' nodes as `/metrics` shows them, read by folding a scan of the store.
///
/// A reading serves for 10 seconds, or for twenty times as long as it took: a scraper costs at most a twentieth of a core,
/// whatever the fleet's size. A store that does not answer holds a scrape up for 5 seconds; then these families are
/// missing from it, and `resource_scan_failures_total` counts.
package struct FleetFigures: Sendable {
    package struct Settings: Sendable {
        /// Of so many objects the conditions are shown, in order of kind and id; the rest is counted.
        package var maxObjects = 5_000
        var leastAge: Duration = .seconds(10)
        var patience: Duration = .seconds(5)

        package init() {}
    }

    private let reading: SharedReading<[FamilyText]>

    package init(_ store: any Store, settings: Settings = Settings(), metrics: DaemonMetrics) {
        self.init(store, settings: settings, metrics: metrics, now: { .now })
    }

    init(
        _ store: any Store, settings: Settings = Settings(), metrics: DaemonMetrics,
        now: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        let failures = Counter(label: "resource_scan_failures_total", factory: metrics.registry)
        reading = SharedReading(
            leastAge: settings.leastAge, timesAsLong: 20, patience: settings.patience, now: now,
            read: {
                do throws(StoreError) {
                    return try await FleetFold.run(store, maxObjects: settings.maxObjects).families
                } catch {
                    failures.increment()
                    return nil
                }
            })
    }

    /// Empty when the store can't be read.
    func exposition() async -> [FamilyText] { await reading.current() ?? [] }
}

/// What a scan of every kind came to.
private struct FleetFold {
    /// Of one object, as far as it is shown.
    private struct Row {
        var key: ResourceKey
        var conditions: [(type: Condition.ConditionType, status: Condition.Status)]
        var counts: NodeCounts?
        /// What a pool's scaler wants in use; nil for a pool that is not scaled.
        var wanted: Int64?

        /// The two that every object has are there from the start: absent means Unknown.
        init(_ row: ScanRow) {
            key = row.key
            let found = row.status?.conditions ?? []
            let always: [Condition.ConditionType] = [.synced, .ready]
            conditions = always.filter { type in !found.contains { $0.type == type } }.map { ($0, .unknown) }
            conditions += found.map { ($0.type, $0.status) }
            if key.kind == .nodePool { counts = row.status?.counts ?? NodeCounts() }
            wanted = row.lastDecision?.desired
        }
    }

    private struct Part {
        var rows: [Row] = []
        var left = 0
    }

    private var rows: [Row] = []
    private var left = 0
    private var sets: [SetStatus] = []

    static func run(_ store: any Store, maxObjects: Int) async throws(StoreError) -> FleetFold {
        var fold = FleetFold()
        for kind in Kind.allCases {
            let room = maxObjects - fold.rows.count
            let parts = try await store.scan(
                kind, into: { Part() },
                row: { (part: inout Part, row: ScanRow) in
                    // An undeclared document that nobody reconciled has no conditions.
                    guard row.desired != nil || row.status != nil else { return }
                    guard part.rows.count < room else {
                        part.left += 1
                        return
                    }
                    part.rows.append(Row(row))
                })
            for part in parts {
                let taken = part.rows.prefix(maxObjects - fold.rows.count)
                fold.rows += taken
                fold.left += part.left + part.rows.count - taken.count
            }
        }
        fold.sets = try await store.sets()
        return fold
    }

    var families: [FamilyText] {
        var conditions = FamilyText(
            name: "resource_condition", kind: .gauge,
            help: "1 for the status that a condition of an object has, else 0.")
        var nodes = FamilyText(name: "pool_nodes", kind: .gauge, help: "Nodes of a pool, by status.")
        var wanted = FamilyText(
            name: "pool_nodes_wanted", kind: .gauge,
            help: "Nodes that the scaler wants in use, of pools that are scaled.")
        var dropped = FamilyText(
            name: "resource_condition_dropped", kind: .gauge,
            help: "Objects whose conditions are left out, because there are more than --metrics-max-objects.")
        func add(_ type: Condition.ConditionType, _ found: Condition.Status, of object: [(String, String)]) {
            for status in [Condition.Status.yes, .no, .unknown] {
                let labels = object + [("type", type.rawValue), ("status", status.rawValue)]
                conditions.add(labels, found == status ? 1 : 0)
            }
        }
        for set in sets {
            for condition in set.conditions {
                add(condition.type, condition.status, of: [("kind", "Set"), ("id", set.name)])
            }
        }
        for row in rows {
            let object = [("kind", row.key.kind.rawValue), ("id", row.key.id)]
            for condition in row.conditions { add(condition.type, condition.status, of: object) }
            for (status, count) in row.counts?.byStatus ?? [] {
                nodes.add([("pool", row.key.id), ("status", status.rawValue)], Double(count))
            }
            if let count = row.wanted { wanted.add([("pool", row.key.id)], Double(count)) }
        }
        dropped.add(Double(left))
        return [conditions, nodes, wanted, dropped]
    }
}

extension NodeCounts {
    /// In the data model's order.
    var byStatus: [(NodeState, Int64)] {
        [(.active, active), (.inactive, inactive), (.maintenance, maintenance), (.error, error)]
    }
}
