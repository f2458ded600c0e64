/// How long the processors have worked and rested since the machine started, in ticks.
package struct ProcessorTimes: Hashable, Sendable {
    package var busy: UInt64
    package var total: UInt64

    package init(busy: UInt64, total: UInt64) {
        self.busy = busy
        self.total = total
    }

    /// The summary line of `/proc/stat`. Waiting for a disk is rest; time that the host gave to others is work, because
    /// nobody here could have had it. Guests' time is in the users' already.
    package init?(stat text: String) {
        guard let line = text.lines.first(where: { $0.hasPrefix("cpu ") }) else { return nil }
        let figures = line.words.dropFirst().prefix(8).map { UInt64($0) }
        guard figures.count >= 4 else { return nil }
        var sum: UInt64 = 0
        for figure in figures {
            guard let figure else { return nil }
            let (next, overflow) = sum.addingReportingOverflow(figure)
            guard !overflow else { return nil }
            sum = next
        }
        let rest = (figures[3] ?? 0) + (figures.count > 4 ? figures[4] ?? 0 : 0)
        self.init(busy: sum - rest, total: sum)
    }

    /// Percent of the time since `former` that was work; nil when the counters went backwards or nothing passed.
    package func usage(since former: ProcessorTimes) -> Double? {
        guard total > former.total, busy >= former.busy else { return nil }
        let share = Double(busy - former.busy) / Double(total - former.total)
        // The kernel's count of waiting may step back a little (proc(5)), so that work seems more than all.
        return share <= 1.05 ? min(share, 1) * 100 : nil
    }

    /// How many processors are online: only those have a line of their own.
    package static func cores(stat text: String) -> Int64? {
        let count = text.lines.count { line in
            guard line.hasPrefix("cpu"), let word = line.words.first else { return false }
            return word.count > 3 && word.dropFirst(3).allSatisfy(\.isNumber)
        }
        return count > 0 ? Int64(count) : nil
    }
}

package enum ProcessorReadings {
    /// Runnable tasks over 1, 5 and 15 minutes, from `/proc/loadavg`.
    package static func load(loadavg text: String) -> [Double]? {
        let figures = text.words.prefix(3).compactMap { Double($0) }.filter { $0.isFinite && $0 >= 0 }
        return figures.count == 3 ? figures : nil
    }

    /// The mean clock in MHz, from the `cpu MHz` lines of `/proc/cpuinfo`.
    package static func frequency(cpuinfo text: String) -> Double? {
        mean(
            text.lines.filter { $0.hasPrefix("cpu MHz") }.compactMap { line in
                line.split(separator: ":").last.flatMap { Double($0.trimmed) }
            })
    }

    /// The mean clock in MHz: what each processor says of itself in kHz, else what `/proc/cpuinfo` says.
    package static func frequency(of machine: some Machine) -> Double? {
        let folder = "/sys/devices/system/cpu"
        let clocks = machine.names(in: folder).filter { $0.hasPrefix("cpu") && $0.dropFirst(3).allSatisfy(\.isNumber) }
            .compactMap { machine.text("\(folder)/\($0)/cpufreq/scaling_cur_freq") }
            .compactMap { Double($0.trimmed).map { $0 / 1000 } }
        return mean(clocks) ?? machine.text("/proc/cpuinfo").flatMap(frequency(cpuinfo:))
    }

    private static func mean(_ figures: [Double]) -> Double? {
        let figures = figures.filter { $0.isFinite && $0 > 0 }
        return figures.isEmpty ? nil : (figures.reduce(0, +) / Double(figures.count)).rounded(toPlaces: 1)
    }

    /// Drivers of the sensors in processors, as they name themselves in `/sys/class/hwmon/*/name`.
    private static let sensors: Set<String> = [
        "coretemp", "k10temp", "k8temp", "zenpower", "cpu_thermal", "cpu-thermal", "scpi_sensors", "via_cputemp",
    ]
    /// Zones of the processor in `/sys/class/thermal`, the best first; `acpitz` is the board's.
    private static let zones = ["x86_pkg_temp", "cpu-thermal", "cpu_thermal", "soc_thermal", "soc-thermal", "acpitz"]

    /// The hottest of the processor's sensors, in degrees Celsius.
    package static func temperature(of machine: some Machine) -> Double? {
        let folder = "/sys/class/hwmon"
        let drivers = machine.names(in: folder).map { "\(folder)/\($0)" }.filter {
            sensors.contains(machine.text("\($0)/name")?.trimmed ?? "")
        }
        let inputs = drivers.flatMap { driver in
            machine.names(in: driver).filter { $0.hasPrefix("temp") && $0.hasSuffix("_input") }.map {
                "\(driver)/\($0)"
            }
        }
        return inputs.compactMap { degrees(machine.text($0)) }.max() ?? zoneTemperature(of: machine)
    }

    private static func zoneTemperature(of machine: some Machine) -> Double? {
        let folder = "/sys/class/thermal"
        let names = machine.names(in: folder).filter { $0.hasPrefix("thermal_zone") }
        let found = names.map { (type: machine.text("\(folder)/\($0)/type")?.trimmed ?? "", name: $0) }
        for zone in zones {
            let hottest = found.filter { $0.type == zone }
                .compactMap { degrees(machine.text("\(folder)/\($0.name)/temp")) }.max()
            if let hottest { return hottest }
        }
        return nil
    }

    /// Sensors speak in thousandths of a degree; one that isn't there says 0 or nonsense.
    package static func degrees(_ text: String?) -> Double? {
        guard let text, let value = Double(text.trimmed), value.isFinite else { return nil }
        let degrees = value / 1000
        return degrees > -100 && degrees < 200 && degrees != 0 ? degrees.rounded(toPlaces: 1) : nil
    }
}

extension Double {
    func rounded(toPlaces places: Int) -> Double {
        var factor = 1.0
        for _ in 0..<places { factor *= 10 }
        return (self * factor).rounded() / factor
    }
}
