import Fleet

/// What one look found, in the order in which it is shown.
struct TopReading: Sendable {
    enum Rows: Sendable {
        case nodes([NodeUsage])
        case pools([PoolUsage])
    }

    var rows: Rows
    var now: Timestamp

    var count: Int {
        switch rows {
        case .nodes(let nodes): nodes.count
        case .pools(let pools): pools.count
        }
    }

    var isEmpty: Bool { count == 0 }

    /// One line for the head of a live table.
    var summary: String {
        switch rows {
        case .nodes(let nodes):
            let reporting = nodes.count { $0.sampledAt != nil }
            let noun = nodes.count == 1 ? "node" : "nodes"
            return "\(nodes.count) \(noun), \(reporting) reported within \(TrendSteps.count) minutes"
        case .pools(let pools):
            let active = pools.reduce(0) { $0 + $1.active }
            return "\(pools.count) \(pools.count == 1 ? "pool" : "pools"), active nodes: \(active)"
        }
    }

    /// As `-o name` prints them.
    var names: [String] {
        switch rows {
        case .nodes(let nodes): nodes.map { ResourceKey(.node, $0.id).listed }
        case .pools(let pools): pools.map { ResourceKey(.nodePool, $0.id).listed }
        }
    }

    /// As `-o json` prints them.
    var values: [FieldValue] {
        switch rows {
        case .nodes(let nodes): nodes.map(\.value)
        case .pools(let pools): pools.map(\.value)
        }
    }
}

extension NodeUsage {
    fileprivate var value: FieldValue {
        .members([
            ("kind", .string(Kind.node.rawValue)), ("id", .string(id)), ("name", .string(name)),
            ("pool_id", poolID.map(FieldValue.string) ?? .null), ("status", .string(status)),
            ("cpu_percent", .measured(cpu)), ("load", .measured(load)), ("memory_percent", .measured(memory)),
            ("disk_percent", .measured(disk)), ("sampled_at", sampledAt.map(FieldValue.timestamp) ?? .null),
            ("cpu_trend", .list(trend.map(FieldValue.measured))),
        ])
    }
}

extension PoolUsage {
    fileprivate var value: FieldValue {
        .members([
            ("kind", .string(Kind.nodePool.rawValue)), ("id", .string(id)), ("name", .string(name)),
            ("active", .int(Int64(active))), ("total", .int(Int64(total))), ("cpu_percent", .measured(cpu)),
            ("memory_percent", .measured(memory)), ("cpu_trend", .list(trend.map(FieldValue.measured))),
        ])
    }
}

extension FieldValue {
    fileprivate static func measured(_ value: Double?) -> FieldValue { value.map(FieldValue.double) ?? .null }
}
