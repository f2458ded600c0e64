import Fleet
import FleetStore
import Testing

@testable import reeve

/// What `top` shows, drawn without a terminal.
struct TopTests {
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)

    private static func node(
        _ name: String, cpu: Double?, memory: Double? = nil, status: String = "active", trend: [Double?] = []
    ) -> NodeUsage {
        NodeUsage(
            id: "node_\(name)", name: name, poolID: "pool_render", status: status, cpu: cpu, load: cpu.map { $0 / 10 },
            memory: memory, disk: cpu, sampledAt: cpu == nil ? nil : now.advanced(seconds: -7), trend: trend)
    }

    private static func reading(_ nodes: [NodeUsage]) -> TopReading { TopReading(rows: .nodes(nodes), now: now) }

    @Test(arguments: [
        (0, "░░░░"), (100, "████"), (50, "██░░"), (12.5, "▌░░░"), (3.2, "▏░░░"), (99.9, "████"), (-5, "░░░░"),
        (400, "████"),
    ])
    func `a bar is filled to an eighth of a character`(percent: Double, bar: String) {
        #expect(Blocks.bar(percent, width: 4) == bar)
    }

    @Test func `a sparkline has a character a value, and a dot where nothing was measured`() {
        #expect(Blocks.sparkline([0, 12.5, 50, nil, 99, 100, 250, -1]) == "▁▂▅·███▁")
        #expect(Blocks.sparkline([nil, nil]).isEmpty)
        #expect(Blocks.sparkline([]).isEmpty)
    }

    @Test(arguments: [
        (0, "0"), (812, "812"), (999.4, "999"), (999.6, "1.0k"), (1_234, "1.2k"), (34_000_000, "34M"),
        (2_500_000_000, "2.5G"), (9e12, "9.0T"),
    ])
    func `bytes are said in few digits`(bytes: Double, text: String) {
        #expect(TopLayout.size(bytes) == text)
    }

    @Test func `in a pipe figures stand alone, and what was not measured is a dash`() {
        var busy = Self.node("fra-01", cpu: 42.4, memory: 91, trend: [10, nil, 90])
        busy.traffic = TrafficRate(bytesIn: 1_200, bytesOut: 80)
        let table = TopLayout.plain.table(Self.reading([busy, Self.node("fra-02", cpu: nil, status: "")]), limit: .max)
        let lines = table.text(headers: true) { text, _ in text }.split(separator: "\n").map {
            $0.split(separator: " ").map(String.init)
        }
        #expect(
            lines == [
                ["NAME", "POOL", "STATUS", "CPU", "LOAD", "MEM", "DISK", "IN/OUT", "AGE", "TREND"],
                ["fra-01", "pool_render", "active", "42%", "4.24", "91%", "42%", "1.2k/80", "7s", "▁·█"],
                ["fra-02", "pool_render", "-", "-", "-", "-", "-", "-", "-", "-"],
            ])
    }

    @Test(arguments: [20, 60, 75, 90, 110, 200])
    func `no line is wider than the terminal, and no picture higher`(width: Int) {
        let nodes = (1...40).map {
            Self.node("node-\($0)", cpu: Double($0), memory: 50, trend: Array(repeating: 50, count: 15))
        }
        let frame = TopFrame(reading: Self.reading(nodes), interval: TimeSpan(seconds: 2))
        let plain = frame.text((width, 12)) { text, _ in text }
        #expect(plain.count == 12)
        #expect(plain.allSatisfy { $0.count <= width })
        #expect(plain.last == String("… and 31 more".prefix(width)))
        #expect(plain[1].hasPrefix("NAME"))
        // Colours take no room, and each ends where it began.
        let colored = frame.text((width, 12)) { text, style in style == nil ? text : "\u{1B}[32m\(text)\u{1B}[0m" }
        for (line, bare) in zip(colored, plain) {
            #expect(line.replacing("\u{1B}[32m", with: "").replacing("\u{1B}[0m", with: "") == bare)
            #expect(line.ranges(of: "\u{1B}[32m").count == line.ranges(of: "\u{1B}[0m").count)
        }
        #expect(plain[2].contains("█") == (width >= 110))
    }

    @Test func `the busiest come first, and what was not measured last`() {
        let nodes = [
            Self.node("b", cpu: 10, memory: 80), Self.node("c", cpu: nil), Self.node("a", cpu: 10, memory: 20),
            Self.node("d", cpu: 0, memory: nil),
        ]
        #expect(TopOrder.cpu.sorted(nodes).map(\.name) == ["a", "b", "d", "c"])
        #expect(TopOrder.memory.sorted(nodes).map(\.name) == ["b", "a", "c", "d"])
        #expect(TopOrder.name.sorted(nodes).map(\.name) == ["a", "b", "c", "d"])
    }

    @Test func `a pool is the mean of the nodes that measured`() {
        let pool = PoolUsage(
            id: "pool_render", name: "render",
            nodes: [
                Self.node("a", cpu: 20, memory: 40, trend: [10, nil, nil]),
                Self.node("b", cpu: 60, status: "maintenance", trend: [30, 50, nil]),
                Self.node("c", cpu: nil),
            ])
        #expect((pool.active, pool.total) == (2, 3))
        #expect((pool.cpu, pool.memory) == (40, 40))
        #expect(pool.trend == [20, 50, nil])
        #expect(PoolUsage(id: "pool_x", name: "x", nodes: []).cpu == nil)
    }

    @Test func `a rate comes of two samples, stays until the next, and a restart has none`() {
        var meter = TrafficMeter()
        func rate(_ seconds: Int64, _ bytesIn: Int64, _ bytesOut: Int64) -> TrafficRate? {
            var sample = ResourceSample(nodeID: "node_a", timestamp: Self.now.advanced(seconds: seconds))
            sample[MetricLeaf.bytesIn] = .int(bytesIn)
            sample[MetricLeaf.bytesOut] = .int(bytesOut)
            return meter.rate(sample)
        }
        #expect(rate(0, 1_000, 500) == nil)
        #expect(rate(10, 3_000, 500) == TrafficRate(bytesIn: 200, bytesOut: 0))
        #expect(rate(10, 3_000, 500) == TrafficRate(bytesIn: 200, bytesOut: 0))
        #expect(rate(20, 100, 50) == nil)
        #expect(rate(30, 200, 250) == TrafficRate(bytesIn: 10, bytesOut: 20))
    }

    @Test func `a trend has fifteen whole minutes, the present one last`() {
        let steps = TrendSteps(until: Self.now)
        #expect(steps.start.milliseconds % 60_000 == 0)
        #expect(steps.index(of: steps.start) == 0)
        #expect(steps.index(of: Self.now) == 14)
        #expect(steps.index(of: steps.start.advanced(seconds: -1)) == nil)
        #expect(steps.index(of: steps.start.advanced(seconds: 900)) == nil)
    }
}
