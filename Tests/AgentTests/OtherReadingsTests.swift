import Agent
import Testing

struct OtherReadingsTests {
    @Test func `used memory is what isn't available`() {
        let reading = MemoryReading(
            meminfo: """
                MemTotal:       1000 kB
                MemFree:         200 kB
                MemAvailable:    600 kB
                Buffers:          50 kB
                Cached:          300 kB
                SwapCached:        1 kB
                SwapTotal:       100 kB
                SwapFree:         40 kB
                HugePages_Total:   0
                """)
        #expect(reading.total == 1_024_000 && reading.used == 409_600 && reading.free == 204_800)
        #expect(reading.cached == 307_200 && reading.swapTotal == 102_400 && reading.swapUsed == 61_440)
    }

    struct Odd: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var text: String
        var used: Int64?
        var swapUsed: Int64?
    }

    @Test(arguments: [
        Odd(
            testDescription: "an old kernel doesn't say what is available",
            text: "MemTotal: 1000 kB\nMemFree: 200 kB\nBuffers: 100 kB\nCached: 200 kB", used: 512_000, swapUsed: nil),
        Odd(testDescription: "more available than there is", text: "MemTotal: 1 kB\nMemAvailable: 2 kB"),
        Odd(testDescription: "no figures", text: "MemTotal: kB\nMemFree:\n:\n"),
        Odd(testDescription: "a figure too large", text: "MemTotal: 9223372036854775807 kB\nMemAvailable: 1 kB"),
        Odd(testDescription: "more swap free than there is", text: "SwapTotal: 1 kB\nSwapFree: 2 kB"),
        Odd(testDescription: "nothing", text: ""),
    ])
    func `odd memory figures give none`(odd: Odd) {
        let reading = MemoryReading(meminfo: odd.text)
        #expect(reading.used == odd.used && reading.swapUsed == odd.swapUsed)
    }

    @Test func `/proc/net/dev is read but for the loopback`() {
        let all = InterfaceCounters.all(
            netdev: """
                Inter-|   Receive                                                |  Transmit
                 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                    lo: 9 9 9 0 0 0 0 0 9 9 9 0 0 0 0 0
                  eth0:1000 10 1 0 0 0 0 0 2000 20 2 0 0 0 0 0
                eth0:1: 5 1 0 0 0 0 0 0 6 2 0 0 0 0 0 0
                  huge: 18446744073709551615 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0
                 short: 1 2 3
                  text: a b c d e f g h i j k l m n o p
                """)
        #expect(all.map(\.name) == ["eth0", "eth0:1", "huge"])
        #expect(
            all[0]
                == InterfaceCounters(
                    name: "eth0", bytesIn: 1000, bytesOut: 2000, packetsIn: 10, packetsOut: 20, errorsIn: 1,
                    errorsOut: 2))
        #expect(InterfaceCounters.total(all)?.bytesIn == .max)
        #expect(InterfaceCounters.total(all)?.bytesOut == 2007)
        #expect(InterfaceCounters.total([]) == nil)
    }

    @Test func `what passes a bridge is not counted twice`() {
        var machine = PretendedMachine()
        machine.files["/proc/net/dev"] = """
            eth0: 100 1 0 0 0 0 0 0 100 1 0 0 0 0 0 0
            br0: 90 1 0 0 0 0 0 0 90 1 0 0 0 0 0 0
            """
        #expect(InterfaceList(of: machine).counted.map(\.name) == ["eth0", "br0"])
        machine.links["/sys/class/net/eth0/device"] = "../../../0000:00:03.0"
        #expect(InterfaceList(of: machine).counted.map(\.name) == ["eth0"])
        #expect(InterfaceList(of: machine).others.map(\.name) == ["br0"])
    }

    struct Graphics: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var csv: String
        var reading: (usage: Double?, used: Int64?, total: Int64?, temperature: Double?)?
    }

    @Test(arguments: [
        Graphics(testDescription: "one", csv: "35, 1024, 24576, 61\n", reading: (35, 1 << 30, 24 << 30, 61)),
        Graphics(
            testDescription: "of two the highest and the sum", csv: "35, 1024, 24576, 61\n80, 1024, 24576, 55\n",
            reading: (80, 2 << 30, 48 << 30, 61)),
        Graphics(
            testDescription: "one does not know its usage", csv: "[N/A], 1, 2, 61\n10, 1, 2, 50",
            reading: (10, 2 << 20, 4 << 20, 61)),
        Graphics(
            testDescription: "one does not know its memory", csv: "5, [Not Supported], 2, 61\n10, 1, 2, 50",
            reading: (10, nil, 4 << 20, 61)),
        Graphics(testDescription: "the driver complains", csv: "Unable to determine the device handle, GPU is lost\n"),
        Graphics(testDescription: "no devices", csv: "No devices were found\n"),
        Graphics(testDescription: "nothing known", csv: "[N/A], [N/A], [N/A], [N/A]"),
        Graphics(testDescription: "nothing", csv: ""),
    ])
    func `graphics processors are read`(graphics: Graphics) {
        let found = GraphicsReading(csv: graphics.csv)
        #expect((found == nil) == (graphics.reading == nil))
        #expect(found?.usage == graphics.reading?.usage && found?.memoryUsed == graphics.reading?.used)
        #expect(found?.memoryTotal == graphics.reading?.total && found?.temperature == graphics.reading?.temperature)
    }
}
