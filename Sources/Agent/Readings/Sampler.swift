package import Fleet

/// Measures a machine; keeps the counters of the last time, because most of what is worth knowing is what came since.
///
/// The first time there is no usage and no rate: call it once, and again when a moment has passed. A counter that went
/// backwards (it wrapped, a disk or a processor came anew) gives no figure for that interval.
package struct Sampler<Source: Machine>: Sendable {
    private struct Former: Sendable {
        var at: Duration
        var times: ProcessorTimes?
        var disks: [String: DiskCounters]
    }

    private let machine: Source
    private var former: Former?

    package init(_ machine: Source) { self.machine = machine }

    /// - Parameters:
    ///   - uptime: on a clock that only ever goes forward.
    ///   - graphics: what was found out about graphics processors, which takes a program of its own.
    package mutating func measure(at uptime: Duration, graphics: GraphicsReading? = nil) -> Readings {
        var readings = Readings()
        let stat = machine.text("/proc/stat")
        let times = stat.flatMap(ProcessorTimes.init(stat:))
        let disks = machine.text("/proc/diskstats").map(DiskCounters.all(diskstats:)) ?? [:]
        readings.cores = stat.flatMap(ProcessorTimes.cores(stat:))
        if let former {
            if let then = former.times { readings.usage = times?.usage(since: then) }
            readings.rates = DiskRates(
                of: machine.names(in: "/sys/block").filter(DiskCounters.isDisk), since: former.disks, until: disks,
                seconds: (uptime - former.at) / .seconds(1))
        }
        former = Former(at: uptime, times: times, disks: disks)
        readings.frequency = ProcessorReadings.frequency(of: machine)
        readings.load = machine.text("/proc/loadavg").flatMap(ProcessorReadings.load(loadavg:))
        readings.temperature = ProcessorReadings.temperature(of: machine)
        readings.memory = machine.text("/proc/meminfo").map(MemoryReading.init(meminfo:))
        readings.space = Mount.space(of: machine)
        let interfaces = InterfaceList(of: machine)
        readings.interfaces = interfaces.counted.isEmpty ? nil : interfaces
        readings.graphics = graphics
        return readings
    }
}

/// What was measured at one instant; what is nil could not be.
package struct Readings: Hashable, Sendable {
    /// Percent of all processors' time since the last time.
    package var usage: Double?
    package var cores: Int64?
    /// MHz.
    package var frequency: Double?
    package var load: [Double]?
    /// Degrees Celsius.
    package var temperature: Double?
    package var memory: MemoryReading?
    package var space: DiskSpace?
    package var rates: DiskRates?
    package var interfaces: InterfaceList?
    package var graphics: GraphicsReading?

    package init() {}

    /// The values of a report, a place for each leaf of `FieldTable.resourceMetrics`. What that table does not allow
    /// is left out: one odd figure must not cost a whole report.
    package var values: [FieldValue?] {
        let table = FieldTable.resourceMetrics
        var values = [FieldValue?](repeating: nil, count: table.leaves.count)
        for (index, value) in figures { values[index] = value }
        for leaf in table.leaves where values[leaf.index].map({ !leaf.field.type.allows($0) }) ?? false {
            values[leaf.index] = nil
        }
        return values
    }

    private var figures: [(Int, FieldValue?)] {
        let table = FieldTable.resourceMetrics
        let total = interfaces.flatMap { InterfaceCounters.total($0.counted) }
        return [
            (MetricLeaf.cpuUsage, .rounded(usage, 2)),
            (MetricLeaf.cores, .whole(cores)),
            (table.index("cpu.frequency_mhz"), frequency.map { .double($0) }),
            (MetricLeaf.loadAverage, load.map { .list($0.map { .double($0) }) }),
            (table.index("cpu.temperature_celsius"), temperature.map { .double($0) }),
            (MetricLeaf.memoryTotal, .whole(memory?.total)),
            (MetricLeaf.memoryUsed, .whole(memory?.used)),
            (table.index("memory.free_bytes"), .whole(memory?.free)),
            (table.index("memory.cached_bytes"), .whole(memory?.cached)),
            (table.index("memory.swap_total_bytes"), .whole(memory?.swapTotal)),
            (table.index("memory.swap_used_bytes"), .whole(memory?.swapUsed)),
            (MetricLeaf.diskTotal, .whole(space?.total)),
            (MetricLeaf.diskUsed, .whole(space.map { $0.total - $0.free })),
            (table.index("disk.free_bytes"), .whole(space?.available)),
            (table.index("disk.read_iops"), .whole(rates?.reads)),
            (table.index("disk.write_iops"), .whole(rates?.writes)),
            (table.index("disk.read_throughput_mbps"), rates.map { .double($0.megabytesRead) }),
            (table.index("disk.write_throughput_mbps"), rates.map { .double($0.megabytesWritten) }),
            (MetricLeaf.interfaces, interfaces.map(Readings.list)),
            (MetricLeaf.bytesIn, .whole(total?.bytesIn)),
            (MetricLeaf.bytesOut, .whole(total?.bytesOut)),
            (table.index("network.packets_in"), .whole(total?.packetsIn)),
            (table.index("network.packets_out"), .whole(total?.packetsOut)),
            (table.index("network.errors_in"), .whole(total?.errorsIn)),
            (table.index("network.errors_out"), .whole(total?.errorsOut)),
            (MetricLeaf.gpuUsage, graphics?.usage.map { .double($0) }),
            (MetricLeaf.gpuMemoryUsed, .whole(graphics?.memoryUsed)),
            (MetricLeaf.gpuMemoryTotal, .whole(graphics?.memoryTotal)),
            (table.index("gpu.temperature_celsius"), graphics?.temperature.map { .double($0) }),
        ]
    }

    /// As many as a report takes, those with hardware of their own first.
    private static func list(_ interfaces: InterfaceList) -> FieldValue {
        .list(
            (interfaces.hardware + interfaces.others).prefix(64).map { one in
                .record([
                    FieldValue.Member("name", .string(one.name)), FieldValue.Member("bytes_in", .int(one.bytesIn)),
                    FieldValue.Member("bytes_out", .int(one.bytesOut)),
                    FieldValue.Member("packets_in", .int(one.packetsIn)),
                    FieldValue.Member("packets_out", .int(one.packetsOut)),
                    FieldValue.Member("errors_in", .int(one.errorsIn)),
                    FieldValue.Member("errors_out", .int(one.errorsOut)),
                ])
            })
    }
}

extension FieldValue {
    fileprivate static func whole(_ value: Int64?) -> FieldValue? { value.map { .int($0) } }

    fileprivate static func rounded(_ value: Double?, _ places: Int) -> FieldValue? {
        value.map { .double($0.rounded(toPlaces: places)) }
    }
}

extension FieldType {
    /// For the types that a report has.
    fileprivate func allows(_ value: FieldValue) -> Bool {
        switch self {
        case .integer(let range), .bytes(let range): value.int.map(range.contains) ?? false
        case .number(let rule): value.double.map(rule.allows) ?? false
        case .list(of: let element, let count):
            value.list.map { count.contains($0.count) && $0.allSatisfy(element.allows) } ?? false
        case .record(let fields):
            fields.allSatisfy { field in value.member(field.name).map(field.type.allows) ?? !field.required }
        case .string(let rule): value.string.map { rule.length.contains($0.unicodeScalars.count) } ?? false
        default: false
        }
    }
}
