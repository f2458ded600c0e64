/// The leaves of a node that decisions read by name.
package enum NodeLeaf {
    private static let table = FieldTable.node
    package static let type = table.index("node_type")
    package static let status = table.index("status")
    package static let poolID = table.index("pool_id")
    package static let cores = table.index("hardware_info.cpu.cores")
    package static let memory = table.index("hardware_info.memory.total_bytes")
    package static let storage = table.index("hardware_info.storage.total_bytes")
    package static let network = table.index("hardware_info.network")
    package static let timezone = table.index("location.timezone")
    package static let latitude = table.index("location.coordinates.latitude")
    package static let longitude = table.index("location.coordinates.longitude")
    package static let limits = ResourceLimitLeaves(table, "configuration.resource_limits")
    package static let autoScaling = table.index("configuration.auto_scaling")
    package static let windowStart = table.index("configuration.maintenance_window.start_hour")
    package static let windowDuration = table.index("configuration.maintenance_window.duration_hours")
}

/// The leaves of a pool that decisions read by name.
package enum PoolLeaf {
    private static let table = FieldTable.nodePool
    package static let maxNodes = table.index("max_nodes")
    package static let autoScaling = table.index("auto_scaling")
    package static let policyReference = table.index("scaling_policy_ref")
    package static let limits = ResourceLimitLeaves(table, "resource_limits")
    package static let cost = table.index("pricing.cost_per_hour")
    package static let currency = table.index("pricing.currency")
    package static let providerCommand = table.index("provider.exec.command")
    package static let providerTimeout = table.index("provider.exec.timeout_seconds")
    /// The inline policy's leaves, in the order of `PolicyLeaf`: `policy + n` is the nth.
    package static let policy = table.index("scaling_policy.scale_up_threshold")
}

/// The leaves of a scaling policy, which a pool repeats inline from `PoolLeaf.policy` on.
package enum PolicyLeaf {
    private static let table = FieldTable.scalingPolicy
    package static let up = table.index("scale_up_threshold")
    package static let down = table.index("scale_down_threshold")
    package static let minNodes = table.index("min_nodes")
    package static let maxNodes = table.index("max_nodes")
    package static let cooldown = table.index("cooldown_minutes")
    package static let metric = table.index("metric")
    package static let window = table.index("window_minutes")
    package static let maxStepDown = table.index("max_step_down_percent")
    package static let standbyNodes = table.index("standby_nodes")
    package static let forecast = table.index("forecast")
    package static let drainSeconds = table.index("drain_seconds")
    package static let mode = table.index("mode")
    package static var count: Int { table.leaves.count }
}

/// The four leaves of a `resource_limits` group, which pools and nodes both have.
package struct ResourceLimitLeaves: Sendable {
    package let cpu: Int
    package let memory: Int
    package let disk: Int
    package let network: Int

    init(_ table: FieldTable, _ group: String) {
        func index(_ name: String) -> Int {
            guard let leaf = table.leaf("\(group).\(name)") else {
                preconditionFailure("\(table.subject) has no field \(group).\(name)")
            }
            return leaf.index
        }
        cpu = index("cpu_percent")
        memory = index("memory_bytes")
        disk = index("disk_bytes")
        network = index("network_mbps")
    }
}
