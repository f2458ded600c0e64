import Fleet
import FleetStore
import Planning

/// Everything that is known of one object, read for `describe`.
struct ObjectDescription {
    let row: ScanRow
    let view: FleetView
    let now: Timestamp
    /// What the daemon would do now.
    let plan: Plan
    let history: [HistoryEntry]
    let events: [Event]
    /// A pool's nodes that are not ready, some of them.
    let troubled: [ScanRow]

    static let historyLimit = 5
    static let eventLimit = 50
    static let nodeLimit = 10

    init(_ key: ResourceKey, in store: MongoStore) async throws {
        let view = try await store.read([key])
        let now = try await store.serverTime()
        var room = PoolRoom()
        (self.view, self.now) = (view, now)
        row = ScanRow(key, in: view)
        plan = Planner.plan(key, in: view, now: now, room: &room)
        history = key.kind == .node ? try await store.history(of: key.id, limit: Self.historyLimit) : []
        events = try await store.events(EventQuery(keys: [key], limit: Self.eventLimit))
        guard key.kind == .nodePool else {
            troubled = []
            return
        }
        let nodes = try await store.nodes(inPool: key.id)
        let nodeView = try await store.read(nodes)
        troubled = nodes.map { ScanRow($0, in: nodeView) }.filter { ObjectSummary($0, now: now).ready != .yes }
    }

    /// For programs: the object as `get` has it, and `observed`, `differences`, `history`, `events` beside it.
    var value: FieldValue {
        guard case .record(let members) = row.value else { return row.value }
        let differences = plan.differences.map { difference -> FieldValue in
            .members([
                ("field", .string(difference.path)), ("found", difference.found ?? .null),
                ("declared", difference.declared ?? .null),
            ])
        }
        let history = history.map { entry -> FieldValue in
            .members([
                ("from", entry.from.map { .string($0.rawValue) } ?? .null),
                ("to", entry.to.map { .string($0.rawValue) } ?? .null), ("reason", .string(entry.reason)),
                ("at", .timestamp(entry.at)),
            ])
        }
        let rest = FieldValue.members([
            ("observed", row.observed?.value ?? .null), ("differences", .list(differences)),
            ("history", row.key.kind == .node ? .list(history) : nil), ("events", .list(events.map(\.value))),
        ])
        guard case .record(let more) = rest else { return row.value }
        return .record(members.filter { $0.name != "observed" } + more)
    }
}
