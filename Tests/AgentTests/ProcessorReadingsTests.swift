import Agent
import Testing

struct ProcessorReadingsTests {
    struct Stat: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var text: String
        var times: ProcessorTimes?
        var cores: Int64?
    }

    @Test(arguments: [
        Stat(
            testDescription: "two processors",
            text: "cpu  10 1 5 100 4 1 2 3 7 0\ncpu0 5 1 2 50\ncpu1 5 0 3 50\nintr 1",
            times: ProcessorTimes(busy: 22, total: 126), cores: 2),
        Stat(
            testDescription: "an old kernel has four figures", text: "cpu 10 0 10 80\ncpu0 10 0 10 80",
            times: ProcessorTimes(busy: 20, total: 100), cores: 1),
        Stat(
            testDescription: "processor 1 is offline", text: "cpu 1 1 1 1\ncpu0 1 1 1 1\ncpu2 1 1 1 1",
            times: ProcessorTimes(busy: 3, total: 4), cores: 2),
        Stat(testDescription: "no summary line", text: "cpu0 1 1 1 1", times: nil, cores: 1),
        Stat(testDescription: "letters for figures", text: "cpu a b c d", times: nil, cores: nil),
        Stat(testDescription: "a negative figure", text: "cpu 1 1 -1 1", times: nil, cores: nil),
        Stat(
            testDescription: "figures whose sum overflows", text: "cpu 18446744073709551615 1 1 1", times: nil,
            cores: nil),
        Stat(testDescription: "too few figures", text: "cpu 1 2 3", times: nil, cores: nil),
        Stat(testDescription: "nothing", text: "", times: nil, cores: nil),
    ])
    func `/proc/stat is read`(stat: Stat) {
        #expect(ProcessorTimes(stat: stat.text) == stat.times)
        #expect(ProcessorTimes.cores(stat: stat.text) == stat.cores)
    }

    @Test(arguments: [
        (ProcessorTimes(busy: 200, total: 300), 50.0 as Double?),
        (ProcessorTimes(busy: 100, total: 300), 0),
        (ProcessorTimes(busy: 300, total: 300), 100),
        // The count of waiting stepped back by 4 of 100 ticks.
        (ProcessorTimes(busy: 304, total: 300), 100),
        // It wrapped or started anew.
        (ProcessorTimes(busy: 10, total: 20), nil),
        (ProcessorTimes(busy: 90, total: 300), nil),
        (ProcessorTimes(busy: 600, total: 300), nil),
        // No time passed.
        (ProcessorTimes(busy: 100, total: 100), nil),
    ])
    func `usage is what came since`(now: ProcessorTimes, usage: Double?) {
        #expect(now.usage(since: ProcessorTimes(busy: 100, total: 100)) == usage)
    }

    @Test(arguments: [
        ("0.52 1.5 2.25 3/99 1234\n", [0.52, 1.5, 2.25] as [Double]?),
        ("0.52 1.5", nil), ("nan 1 1", nil), ("-1 1 1 1/1 1", nil), ("", nil), ("1 x 1", nil),
    ])
    func `/proc/loadavg is read`(text: String, load: [Double]?) {
        #expect(ProcessorReadings.load(loadavg: text) == load)
    }

    @Test func `the clock is the mean of what each processor says`() {
        var machine = PretendedMachine()
        machine.files["/proc/cpuinfo"] = "processor\t: 0\ncpu MHz\t\t: 1000.5\n\nprocessor : 1\ncpu MHz : 2000.5\n"
        #expect(ProcessorReadings.frequency(of: machine) == 1500.5)
        machine.files["/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq"] = "2400000\n"
        machine.files["/sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq"] = "3400000\n"
        // Not a processor's.
        machine.files["/sys/devices/system/cpu/cpufreq/scaling_cur_freq"] = "1\n"
        #expect(ProcessorReadings.frequency(of: machine) == 2900)
        #expect(ProcessorReadings.frequency(cpuinfo: "model name : ARM\n") == nil)
        #expect(ProcessorReadings.frequency(cpuinfo: "cpu MHz : -1\ncpu MHz : inf\ncpu MHz") == nil)
    }

    @Test func `the temperature is the processor's, not the disk's`() {
        var machine = PretendedMachine()
        #expect(ProcessorReadings.temperature(of: machine) == nil)
        machine.files["/sys/class/thermal/thermal_zone0/type"] = "acpitz\n"
        machine.files["/sys/class/thermal/thermal_zone0/temp"] = "27800\n"
        #expect(ProcessorReadings.temperature(of: machine) == 27.8)
        machine.files["/sys/class/thermal/thermal_zone1/type"] = "x86_pkg_temp\n"
        machine.files["/sys/class/thermal/thermal_zone1/temp"] = "55000\n"
        #expect(ProcessorReadings.temperature(of: machine) == 55)
        machine.files["/sys/class/hwmon/hwmon0/name"] = "nvme\n"
        machine.files["/sys/class/hwmon/hwmon0/temp1_input"] = "90000\n"
        machine.files["/sys/class/hwmon/hwmon1/name"] = "coretemp\n"
        machine.files["/sys/class/hwmon/hwmon1/temp1_input"] = "61000\n"
        machine.files["/sys/class/hwmon/hwmon1/temp2_input"] = "63500\n"
        machine.files["/sys/class/hwmon/hwmon1/temp2_max"] = "100000\n"
        #expect(ProcessorReadings.temperature(of: machine) == 63.5)
    }

    @Test(arguments: [
        ("42000\n", 42.0 as Double?), ("-5500", -5.5), ("0", nil), ("-274000", nil), ("9999999", nil), ("x", nil),
        ("", nil), ("nan", nil),
    ])
    func `a sensor that isn't there has no temperature`(text: String, degrees: Double?) {
        #expect(ProcessorReadings.degrees(text) == degrees)
    }
}
