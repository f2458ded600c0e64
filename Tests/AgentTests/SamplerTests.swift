import Agent
import Fleet
import Foundation
import Testing

struct SamplerTests {
    private static func machine(busy: Int, rest: Int, reads: Int) -> PretendedMachine {
        var machine = PretendedMachine()
        machine.files["/proc/stat"] = "cpu \(busy) 0 0 \(rest)\ncpu0 1 1 1 1\n"
        machine.files["/proc/diskstats"] = "8 0 sda \(reads) 0 0 0 0 0 0 0 0 0 0\n8 1 sda1 9999 0 0 0 0 0 0 0 0 0 0\n"
        machine.files["/sys/block/sda/size"] = "1"
        machine.files["/proc/loadavg"] = "1 2 3.5 1/1 1"
        machine.files["/proc/meminfo"] = "MemTotal: 1000 kB\nMemAvailable: 250 kB"
        machine.files["/proc/net/dev"] = "eth\"0: 1 2 3 0 0 0 0 0 4 5 6 0 0 0 0 0"
        return machine
    }

    /// A sampler's machine that is another each time.
    private final class Changing: Machine {
        nonisolated(unsafe) var now = PretendedMachine()  // one test, one thread
        func text(_ path: String) -> String? { now.text(path) }
        func names(in directory: String) -> [String] { now.names(in: directory) }
        func link(_ path: String) -> String? { now.link(path) }
        func space(at path: String) -> DiskSpace? { now.space(at: path) }
    }

    @Test func `usage and rates are of the interval, and absent the first time`() throws {
        let machine = Changing()
        machine.now = Self.machine(busy: 1000, rest: 1000, reads: 100)
        var sampler = Sampler(machine)
        let first = sampler.measure(at: .zero)
        #expect(first.usage == nil && first.rates == nil && first.cores == 1 && first.load == [1, 2, 3.5])
        machine.now = Self.machine(busy: 1025, rest: 1075, reads: 150)
        let second = sampler.measure(at: .seconds(10))
        #expect(second.usage == 25 && second.rates?.reads == 5)
        machine.now = Self.machine(busy: 10, rest: 10, reads: 1)
        let third = sampler.measure(at: .seconds(20))
        #expect(third.usage == nil && third.rates == nil)
        machine.now = Self.machine(busy: 20, rest: 10, reads: 11)
        #expect(sampler.measure(at: .seconds(30)).usage == 100)
    }

    @Test func `a machine without any of its files measures nothing`() {
        var sampler = Sampler(PretendedMachine())
        _ = sampler.measure(at: .zero)
        let values = sampler.measure(at: .seconds(1)).values
        #expect(values.compactMap(\.self).isEmpty)
    }

    @Test func `this very machine measures plausibly`() throws {
        var sampler = Sampler(LocalMachine())
        _ = sampler.measure(at: .zero)
        let values = sampler.measure(at: .seconds(1)).values
        let cores = try #require(values[MetricLeaf.cores]?.int)
        #expect(cores >= 1 && cores <= 4096)
        let (memory, used) = (values[MetricLeaf.memoryTotal]?.int ?? 0, values[MetricLeaf.memoryUsed]?.int ?? -1)
        #expect(memory > 1 << 20 && used > 0 && used < memory)
        #expect(values[MetricLeaf.loadAverage]?.list?.count == 3)
        let (disk, full) = (values[MetricLeaf.diskTotal]?.int ?? 0, values[MetricLeaf.diskUsed]?.int ?? -1)
        #expect(disk > 1 << 20 && full > 0 && full <= disk)
    }

    @Test func `what the field table does not allow is left out`() {
        var readings = Readings()
        readings.cores = 0
        readings.temperature = 5000
        readings.load = [1, 2, .infinity]
        readings.frequency = -1
        readings.usage = 50
        #expect(readings.values.compactMap(\.self) == [.double(50)])
    }

    @Test func `a report is JSON by the names of the field table`() throws {
        let machine = Changing()
        machine.now = Self.machine(busy: 0, rest: 0, reads: 0)
        var sampler = Sampler(machine)
        _ = sampler.measure(at: .zero)
        machine.now = Self.machine(busy: 1, rest: 3, reads: 20)
        let values = sampler.measure(at: .seconds(10), graphics: GraphicsReading(csv: "7, 1, 2, 50")).values
        let text = ReportText.report(ReportText.members(values), at: Timestamp(milliseconds: 1_500))
        #expect(
            text == """
                {"timestamp":"1970-01-01T00:00:01.500Z",\
                "cpu":{"usage_percent":25,"cores":1,"load_average":[1,2,3.5]},\
                "memory":{"total_bytes":1024000,"used_bytes":768000},\
                "disk":{"read_iops":2,"write_iops":0,"read_throughput_mbps":0,"write_throughput_mbps":0},\
                "network":{"interfaces":[{"name":"eth\\"0","bytes_in":1,"bytes_out":4,"packets_in":2,"packets_out":5,\
                "errors_in":3,"errors_out":6}],"total_bytes_in":1,"total_bytes_out":4,"packets_in":2,"packets_out":5,\
                "errors_in":3,"errors_out":6},\
                "gpu":{"usage_percent":7,"memory_used_bytes":1048576,"memory_total_bytes":2097152,\
                "temperature_celsius":50}}
                """)
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(text.utf8)) }
        #expect(ReportText.report("", at: Timestamp(milliseconds: 0)) == "{\"timestamp\":\"1970-01-01T00:00:00Z\"}")
    }
}
