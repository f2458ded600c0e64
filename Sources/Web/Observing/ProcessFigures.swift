import Foundation

/// What the kernel says of this process, under the names that Prometheus' own clients use.
struct ProcessFigures: Sendable {
    /// The machine's last start, in seconds since 1970; the process' own start counts from it.
    private let bootTime: Double?
    private let version: String
    /// The kernel's unit of processor time, which is the same on every Linux that Swift runs on.
    private static let ticksPerSecond = 100.0

    init(version: String) {
        self.version = version
        bootTime = Self.lines("/proc/stat").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
    }

    /// What can't be read is left out.
    func exposition() -> [FamilyText] {
        // Counting the open files opens one; it is closed again before anybody looks.
        let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count).map { $0 - 1 }
        // The name in parentheses may hold anything; what counts stands behind it and begins with the third field.
        let stat = Self.text("/proc/self/stat")
        let fields =
            stat.lastIndex(of: ")").map { stat[$0...].split(separator: " ").dropFirst().map(String.init) } ?? []
        func field(_ number: Int) -> Double? { fields.count > number - 3 ? Double(fields[number - 3]) : nil }
        let ticks = field(14).flatMap { user in field(15).map { user + $0 } }
        let start = field(22).flatMap { start in bootTime.map { $0 + start / Self.ticksPerSecond } }
        var build = FamilyText(name: "reeve_build_info", kind: .gauge, help: "Which Reeve this is; always 1.")
        build.add([("version", version)], 1)
        return [
            family(
                "process_resident_memory_bytes", .gauge, "Memory that the process holds.",
                Self.kilobytes("VmRSS:").map { $0 * 1024 }),
            family(
                "process_cpu_seconds_total", .counter, "Processor time, the kernel's for it included.",
                ticks.map { $0 / Self.ticksPerSecond }),
            family("process_open_fds", .gauge, "Open files and sockets.", files.map(Double.init)),
            family("process_max_fds", .gauge, "Open files and sockets that it may have.", Self.fileLimit()),
            family("process_threads", .gauge, "Threads.", field(20)),
            family("process_start_time_seconds", .gauge, "When the process began, in seconds since 1970.", start),
            build,
        ]
    }

    private func family(
        _ name: String, _ kind: MetricDeclaration.Kind, _ help: String, _ value: Double?
    ) -> FamilyText {
        var family = FamilyText(name: name, kind: kind, help: help)
        if let value { family.add(value) }
        return family
    }

    private static func kilobytes(_ name: String) -> Double? {
        let line = lines("/proc/self/status").first { $0.hasPrefix(name) }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }
    }

    private static func fileLimit() -> Double? {
        let name = "Max open files"
        let line = lines("/proc/self/limits").first { $0.hasPrefix(name) }
        let soft = line?.dropFirst(name.count).split(separator: " ").first
        return soft.flatMap { $0 == "unlimited" ? .infinity : Double($0) }
    }

    private static func lines(_ path: String) -> [Substring] { text(path).split(separator: "\n") }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}
