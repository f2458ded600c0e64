// The fields of a report: the data model's ResourceMetrics without `node_id` and `timestamp`, which a sample has beside
// them. `network.interfaces` is in the schema, not in the collection, and is stored all the same (reading 13).

private let count = FieldType.integer(0...Int64.max)
private let bytes = FieldType.bytes(0...Int64.max)
private let percentage = FieldType.number(NumberRule(0...100))
private let positive = FieldType.number(NumberRule(0...1e15))
/// Nothing that works is colder or hotter; the data model is silent.
private let temperature = FieldType.number(NumberRule(-273.15...1_000))

private func traffic(_ total: String) -> [Field] {
    [
        Field("\(total)bytes_in", bytes, unit: .bytes, "Bytes received since the machine started."),
        Field("\(total)bytes_out", bytes, unit: .bytes, "Bytes sent since the machine started."),
        Field("packets_in", count, "Packets received since the machine started."),
        Field("packets_out", count, "Packets sent since the machine started."),
        Field("errors_in", count, "Receive errors since the machine started."),
        Field("errors_out", count, "Transmit errors since the machine started."),
    ]
}

extension FieldTable {
    /// What a node reports about its machine.
    package static let resourceMetrics = FieldTable(
        "ResourceMetrics",
        [
            Field(
                "cpu",
                .group([
                    Field("usage_percent", percentage, unit: .percent, "Share of all processors' time in use."),
                    Field("cores", .integer(1...1_000_000), "Processors that are online."),
                    Field("frequency_mhz", positive, unit: .megahertz, "Mean clock of the processors."),
                    Field(
                        "load_average", .list(of: positive, count: 0...3),
                        "Runnable tasks over 1, 5 and 15 minutes."),
                    Field("temperature_celsius", temperature, unit: .degrees, "The processor's temperature."),
                ]), "The processors."),
            Field(
                "memory",
                .group([
                    Field("total_bytes", bytes, unit: .bytes, "Memory in all."),
                    Field("used_bytes", bytes, unit: .bytes, "Memory that work holds."),
                    Field("free_bytes", bytes, unit: .bytes, "Memory that nothing holds."),
                    Field("cached_bytes", bytes, unit: .bytes, "Memory that caches files."),
                    Field("swap_total_bytes", bytes, unit: .bytes, "Swap in all."),
                    Field("swap_used_bytes", bytes, unit: .bytes, "Swap in use."),
                ]), "Memory and swap."),
            Field(
                "disk",
                .group([
                    Field("total_bytes", bytes, unit: .bytes, "Disk space in all."),
                    Field("used_bytes", bytes, unit: .bytes, "Disk space in use."),
                    Field("free_bytes", bytes, unit: .bytes, "Disk space that is free."),
                    Field("read_iops", count, "Reads per second."),
                    Field("write_iops", count, "Writes per second."),
                    Field("read_throughput_mbps", positive, "Read throughput in MB/s."),
                    Field("write_throughput_mbps", positive, "Write throughput in MB/s."),
                ]), "Disks."),
            Field(
                "network",
                .group(
                    [
                        Field(
                            "interfaces",
                            .list(
                                of: .record(
                                    [Field("name", .string(StringRule(length: 1...100)), required: true, "Its name.")]
                                        + traffic("")), count: 0...64),
                            "Each interface on its own.")
                    ] + traffic("total_")), "Network interfaces, summed."),
            Field(
                "gpu",
                .group([
                    Field("usage_percent", percentage, unit: .percent, "Usage; of several the highest."),
                    Field("memory_used_bytes", bytes, unit: .bytes, "Memory in use; of several the sum."),
                    Field("memory_total_bytes", bytes, unit: .bytes, "Memory in all; of several the sum."),
                    Field("temperature_celsius", temperature, unit: .degrees, "Temperature; of several the highest."),
                ]), "Graphics processors, where there are any."),
        ])
}

/// The leaves of a report that decisions and tables read by name.
package enum MetricLeaf {
    private static let table = FieldTable.resourceMetrics
    package static let cpuUsage = table.index("cpu.usage_percent")
    package static let cores = table.index("cpu.cores")
    package static let loadAverage = table.index("cpu.load_average")
    package static let memoryTotal = table.index("memory.total_bytes")
    package static let memoryUsed = table.index("memory.used_bytes")
    package static let diskTotal = table.index("disk.total_bytes")
    package static let diskUsed = table.index("disk.used_bytes")
    package static let interfaces = table.index("network.interfaces")
    package static let bytesIn = table.index("network.total_bytes_in")
    package static let bytesOut = table.index("network.total_bytes_out")
    package static let gpuUsage = table.index("gpu.usage_percent")
    package static let gpuMemoryUsed = table.index("gpu.memory_used_bytes")
    package static let gpuMemoryTotal = table.index("gpu.memory_total_bytes")

    /// Leaves that only ever grow while a machine runs, and facts about the machine: of several samples the latest
    /// counts. All others are gauges, of which the mean counts.
    package static let latest: Set<Int> = {
        var leaves: Set<Int> = [cores, memoryTotal, diskTotal, gpuMemoryTotal, table.index("memory.swap_total_bytes")]
        leaves.formUnion(table.leaves.filter { $0.components[0] == "network" }.map(\.index))
        return leaves
    }()
}
