package import Fleet
import Glibc

/// What a machine is, for its manifest: from the same readings as its reports, so that the two agree.
package struct MachineDiscovery: Sendable {
    /// The kernel's name for the instruction set: `x86_64`.
    package var architecture: String?
    package var graphics: GraphicsFacts?

    package init(architecture: String?, graphics: GraphicsFacts?) {
        self.architecture = architecture
        self.graphics = graphics
    }

    /// A node's spec. What isn't known is left out, also where a manifest needs it.
    package func spec(of machine: some Machine, type: String, pool: String?) -> Spec {
        let table = FieldTable.node
        var spec = Spec(.node)
        spec[NodeLeaf.type] = .string(type)
        spec[NodeLeaf.poolID] = pool.map { .string($0) }
        spec[NodeLeaf.cores] = machine.text("/proc/stat").flatMap(ProcessorTimes.cores(stat:)).map { .int($0) }
        spec[table.index("hardware_info.cpu.frequency_mhz")] = MachineDiscovery.frequency(of: machine).map {
            .double($0)
        }
        spec[table.index("hardware_info.cpu.architecture")] = architecture.map { .string($0) }
        spec[NodeLeaf.memory] = machine.text("/proc/meminfo").flatMap { MemoryReading(meminfo: $0).total }
            .map { .int($0) }
        let disk = DiskFacts(of: machine)
        spec[NodeLeaf.storage] = Mount.space(of: machine).map { .int($0.total) }
        spec[table.index("hardware_info.storage.type")] = disk?.type.map { .string($0) }
        spec[table.index("hardware_info.storage.interface")] = disk?.interface.map { .string($0) }
        spec[table.index("hardware_info.gpu.model")] = graphics.map { .string($0.model) }
        spec[table.index("hardware_info.gpu.memory_bytes")] = graphics?.memory.map { .int($0) }
        spec[table.index("hardware_info.gpu.compute_capability")] = graphics?.capability.map { .string($0) }
        let interfaces = InterfaceFacts.all(of: machine)
        if !interfaces.isEmpty { spec[NodeLeaf.network] = .list(interfaces.map(\.value)) }
        spec[NodeLeaf.timezone] = MachineDiscovery.timeZone(of: machine).map { .string($0) }
        return spec
    }

    /// The most that the processors do, in MHz; else what they do now.
    private static func frequency(of machine: some Machine) -> Double? {
        let most = machine.text("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq").flatMap { Double($0.trimmed) }
        if let most, most.isFinite, most > 0 { return (most / 1000).rounded(toPlaces: 1) }
        return ProcessorReadings.frequency(of: machine)
    }

    /// The IANA name that the machine's local time goes by.
    static func timeZone(of machine: some Machine) -> String? {
        let folder = "zoneinfo/"
        if let target = machine.link("/etc/localtime"), let place = target.firstRange(of: folder) {
            var name = target[place.upperBound...]
            for prefix in ["posix/", "right/"] where name.hasPrefix(prefix) { name = name.dropFirst(prefix.count) }
            if !name.isEmpty { return String(name) }
        }
        let name = machine.text("/etc/timezone")?.trimmed
        return name?.isEmpty == false ? name : nil
    }

    /// A node's name from the machine's: dots and the like become dashes. With `node_` before it it must be an id of at
    /// least 8 characters.
    package static func name(host: String) -> String {
        let name = String(
            host.unicodeScalars.prefix(59).map { scalar -> Character in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "_", "-": Character(scalar)
                default: "-"
                }
            })
        return name.count < 3 ? "machine-" + name : name
    }
}

/// The largest disk.
struct DiskFacts: Hashable {
    var type: String?
    var interface: String?

    init?(of machine: some Machine) {
        let folder = "/sys/block"
        let disks = machine.names(in: folder).filter(DiskCounters.isDisk).compactMap { name in
            machine.text("\(folder)/\(name)/size").flatMap { Int64($0.trimmed) }.map { (name: name, sectors: $0) }
        }
        guard let largest = disks.filter({ $0.sectors > 0 }).max(by: { $0.sectors < $1.sectors })?.name else {
            return nil
        }
        let rotates = machine.text("\(folder)/\(largest)/queue/rotational")?.trimmed
        let isVirtual = largest.hasPrefix("vd") || largest.hasPrefix("xvd")
        if largest.hasPrefix("nvme") {
            (type, interface) = ("NVMe", "NVMe")
        } else if rotates == "0" {
            type = "SSD"
        } else if rotates == "1" && !isVirtual {
            // A virtual disk says that it turns when nobody told it otherwise.
            type = "HDD"
        }
        if isVirtual { interface = largest.hasPrefix("vd") ? "virtio" : "Xen" }
    }
}

/// A network interface as a manifest declares it.
struct InterfaceFacts: Hashable {
    var name: String
    /// Mbit/s.
    var speed: Double?
    var address: String?

    /// Those with hardware of their own, or where there are none, as in a container, the others.
    static func all(of machine: some Machine) -> [InterfaceFacts] {
        InterfaceList(of: machine).counted.prefix(64).map { one in
            let folder = "/sys/class/net/\(one.name)"
            // An interface that is down, or a virtual one, says -1.
            let speed = machine.text("\(folder)/speed").flatMap { Double($0.trimmed) }.flatMap { $0 > 0 ? $0 : nil }
            let address = machine.text("\(folder)/address")?.trimmed.lowercased()
            return InterfaceFacts(name: one.name, speed: speed, address: address.flatMap { isAddress($0) ? $0 : nil })
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        let pairs = text.split(separator: ":", omittingEmptySubsequences: false)
        return pairs.count == 6 && pairs.allSatisfy { $0.utf8.count == 2 && UInt8($0, radix: 16) != nil }
            && text != "00:00:00:00:00:00"
    }

    var value: FieldValue {
        var members = [FieldValue.Member("interface", .string(name))]
        if let speed { members.append(FieldValue.Member("speed_mbps", .double(speed))) }
        if let address { members.append(FieldValue.Member("mac_address", .string(address))) }
        return .record(members)
    }
}

/// Graphics processors as a manifest declares them: the model of the first, the memory of all.
package struct GraphicsFacts: Hashable, Sendable {
    package var model: String
    /// Bytes.
    package var memory: Int64?
    package var capability: String?

    /// What `init` reads, in this order.
    static let query = ["--query-gpu=name,memory.total,compute_cap", "--format=csv,noheader,nounits"]

    /// Nil when there is no line of three values.
    package init?(csv text: String) {
        let rows = text.lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed) }
            .filter { $0.count == 3 && !$0[0].isEmpty && !$0[0].hasPrefix("[") }
        guard let first = rows.first else { return nil }
        model = String(first[0].prefix(100))
        let figures = rows.compactMap { Int64($0[1]) }.filter { (1..<(1 << 40)).contains($0) }
        // In MiB.
        memory = figures.count == rows.count ? figures.reduce(0, +) * 1_048_576 : nil
        capability = first[2].isEmpty || first[2].hasPrefix("[") ? nil : first[2]
    }
}

extension LocalMachine {
    /// The kernel's name for the instruction set.
    package static var architecture: String? {
        var names = utsname()
        guard uname(&names) == 0 else { return nil }
        let text = withUnsafeBytes(of: &names.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return text.isEmpty ? nil : text
    }

    /// What `nvidia-smi` tells about this machine's graphics processors; nil without it.
    package static func graphics() async -> GraphicsFacts? {
        let ending = await Program.run(
            ["nvidia-smi"] + GraphicsFacts.query, output: .kept, within: .seconds(10))
        return ending.flatMap { $0.isGood ? GraphicsFacts(csv: $0.output) : nil }
    }
}
