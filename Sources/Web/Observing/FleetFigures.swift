internal import Fleet
package import FleetStore
import Metrics

/// The objects' conditions and the pools' nodes as `/metrics` shows them, read by folding a scan of the store.
///
/// A reading serves for 10 seconds, or for twenty times as long as it took: a scraper costs at most a twentieth of a core,
/// whatever the fleet's size. Readings never overlap. A store that does not answer holds a scrape up for 5 seconds;
/// then these families are missing from it, and `resource_scan_failures_total` counts.
package actor FleetFigures {
    package struct Settings: Sendable {
        /// Of so many objects the conditions are shown, in order of kind and id; the rest is counted.
        package var maxObjects = 5_000
        package var leastAge: Duration = .seconds(10)
        package var patience: Duration = .seconds(5)

        package init() {}
    }

    private let store: any Store
    private let settings: Settings
    private let now: @Sendable () -> ContinuousClock.Instant
    private let failures: Counter
    private var reading: (families: [FamilyText], until: ContinuousClock.Instant)?
    private var running: Task<Void, Never>?

    package init(
        _ store: any Store, settings: Settings = Settings(), metrics: DaemonMetrics,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.store = store
        self.settings = settings
        self.now = now
        failures = Counter(label: "resource_scan_failures_total", factory: metrics.registry)
    }

    /// Empty when the store can't be read.
    func exposition() async -> [FamilyText] {
        if let reading, now() < reading.until { return reading.families }
        let task = running ?? Task { await read() }
        running = task
        await Patience.wait(for: task, atMost: settings.patience)
        guard let reading, now() < reading.until else { return [] }
        return reading.families
    }

    private func read() async {
        let began = now()
        do throws(StoreError) {
            let fold = try await FleetFold.run(store, maxObjects: settings.maxObjects)
            let ended = now()
            reading = (fold.families, ended + max(settings.leastAge, (ended - began) * 20))
        } catch {
            reading = nil
            failures.increment()
        }
        running = nil
    }
}

/// Waits for somebody else's work, and no longer than it may.
enum Patience {
    static func wait(for task: Task<Void, Never>, atMost limit: Duration) async {
        let (done, announce) = AsyncStream.makeStream(of: Void.self)
        let waiting = Task {
            await task.value
            announce.finish()
        }
        let tired = Task {
            try? await ContinuousClock().sleep(for: limit)
            announce.finish()
        }
        for await _ in done {}
        tired.cancel()
        waiting.cancel()
    }
}

/// What a scan of every kind came to.
private struct FleetFold {
    /// Of one object, as far as it is shown.
    private struct Row {
        var key: ResourceKey
        var conditions: [(type: Condition.ConditionType, status: Condition.Status)]
        var counts: NodeCounts?

        /// The two that every object has are there from the start: absent means Unknown.
        init(_ row: ScanRow) {
            key = row.key
            let found = row.status?.conditions ?? []
            let always: [Condition.ConditionType] = [.synced, .ready]
            conditions = always.filter { type in !found.contains { $0.type == type } }.map { ($0, .unknown) }
            conditions += found.map { ($0.type, $0.status) }
            if key.kind == .nodePool { counts = row.status?.counts ?? NodeCounts() }
        }
    }

    private struct Part {
        var rows: [Row] = []
        var left = 0
    }

    private var rows: [Row] = []
    private var left = 0

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
        return fold
    }

    var families: [FamilyText] {
        var conditions = FamilyText(
            name: "resource_condition", kind: .gauge,
            help: "1 for the status that a condition of an object has, else 0.")
        var nodes = FamilyText(name: "pool_nodes", kind: .gauge, help: "Nodes of a pool, by status.")
        var dropped = FamilyText(
            name: "resource_condition_dropped", kind: .gauge,
            help: "Objects whose conditions are left out, because there are more than --metrics-max-objects.")
        for row in rows {
            let object = [("kind", row.key.kind.rawValue), ("id", row.key.id)]
            for condition in row.conditions {
                for status in [Condition.Status.yes, .no, .unknown] {
                    let labels = object + [("type", condition.type.rawValue), ("status", status.rawValue)]
                    conditions.add(labels, condition.status == status ? 1 : 0)
                }
            }
            for (status, count) in row.counts?.byStatus ?? [] {
                nodes.add([("pool", row.key.id), ("status", status.rawValue)], Double(count))
            }
        }
        dropped.add(Double(left))
        return [conditions, nodes, dropped]
    }
}

extension NodeCounts {
    /// In the data model's order.
    var byStatus: [(NodeState, Int64)] {
        [(.active, active), (.inactive, inactive), (.maintenance, maintenance), (.error, error)]
    }
}
