import Agent
import Fleet
import Testing

struct DiscoveryTests {
    private static var machine: PretendedMachine {
        var machine = PretendedMachine()
        machine.files = [
            "/proc/stat": "cpu 1 1 1 1\ncpu0 1 1 1 1\ncpu1 1 1 1 1",
            "/proc/cpuinfo": "cpu MHz : 1200\n", "/proc/meminfo": "MemTotal: 8388608 kB",
            "/proc/self/mountinfo": "1 0 8:1 / / rw - ext4 /dev/sda1 rw",
            "/sys/block/sda/size": "1000\n", "/sys/block/sda/queue/rotational": "1\n",
            "/proc/net/dev": "eth0: 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\nveth9: 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
            "/sys/class/net/eth0/speed": "10000\n", "/sys/class/net/eth0/address": "02:00:5E:10:00:01\n",
        ]
        machine.links = [
            "/sys/class/net/eth0/device": "../../../0000:00:03.0",
            "/etc/localtime": "/usr/share/zoneinfo/Europe/Berlin",
        ]
        machine.spaces["/"] = DiskSpace(total: 500_000_000_000, free: 1, available: 1)
        return machine
    }

    private static func spec(_ machine: PretendedMachine, graphics: GraphicsFacts? = nil) -> Spec {
        MachineDiscovery(architecture: "x86_64", graphics: graphics).spec(
            of: machine, type: "compute", pool: "pool_one")
    }

    @Test func `a machine is declared as it reports itself`() {
        let spec = Self.spec(
            Self.machine, graphics: GraphicsFacts(csv: "NVIDIA A100, 40960, 8.0\nNVIDIA A100, 40960, 8.0"))
        let expected: [(String, FieldValue)] = [
            ("node_type", .string("compute")), ("pool_id", .string("pool_one")),
            ("hardware_info.cpu.cores", .int(2)), ("hardware_info.cpu.frequency_mhz", .double(1200)),
            ("hardware_info.cpu.architecture", .string("x86_64")),
            ("hardware_info.memory.total_bytes", .int(8 << 30)),
            ("hardware_info.storage.total_bytes", .int(500_000_000_000)),
            ("hardware_info.storage.type", .string("HDD")),
            ("hardware_info.gpu.model", .string("NVIDIA A100")),
            ("hardware_info.gpu.memory_bytes", .int(80 << 30)),
            ("hardware_info.gpu.compute_capability", .string("8.0")),
            ("location.timezone", .string("Europe/Berlin")),
        ]
        for (path, value) in expected { #expect(spec[path] == value, "\(path)") }
        #expect(
            spec["hardware_info.network"]
                == .list([
                    .record([
                        FieldValue.Member("interface", .string("eth0")),
                        FieldValue.Member("speed_mbps", .double(10_000)),
                        FieldValue.Member("mac_address", .string("02:00:5e:10:00:01")),
                    ])
                ]))
    }

    @Test func `what isn't known is left out`() {
        let spec = Self.spec(PretendedMachine())
        #expect(spec.leaves.count == 3)
        var machine = Self.machine
        machine.files["/sys/class/net/eth0/speed"] = "-1\n"
        machine.files["/sys/class/net/eth0/address"] = "00:00:00:00:00:00\n"
        #expect(
            Self.spec(machine)["hardware_info.network"]
                == .list([.record([FieldValue.Member("interface", .string("eth0"))])]))
    }

    struct Disk: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var files: [String: String]
        var type: String?
        var interface: String?
    }

    @Test(arguments: [
        Disk(
            testDescription: "NVMe", files: ["nvme0n1/size": "10", "nvme0n1/queue/rotational": "0"], type: "NVMe",
            interface: "NVMe"),
        Disk(testDescription: "SSD", files: ["sda/size": "10", "sda/queue/rotational": "0"], type: "SSD"),
        Disk(
            testDescription: "the larger of two",
            files: ["sda/size": "10", "sda/queue/rotational": "0", "sdb/size": "99", "sdb/queue/rotational": "1"],
            type: "HDD"),
        Disk(
            testDescription: "a virtual disk doesn't know", files: ["vda/size": "10", "vda/queue/rotational": "1"],
            interface: "virtio"),
        Disk(testDescription: "a loop device is none", files: ["loop0/size": "10", "loop0/queue/rotational": "0"]),
        Disk(testDescription: "an empty drive is none", files: ["sda/size": "0", "sda/queue/rotational": "0"]),
    ])
    func `the kind of storage is the largest disk's`(disk: Disk) {
        var machine = PretendedMachine()
        for (name, text) in disk.files { machine.files["/sys/block/" + name] = text }
        let spec = Self.spec(machine)
        #expect(spec["hardware_info.storage.type"] == disk.type.map { .string($0) })
        #expect(spec["hardware_info.storage.interface"] == disk.interface.map { .string($0) })
    }

    @Test(arguments: [
        ("/usr/share/zoneinfo/Etc/UTC", nil as String?, "Etc/UTC" as String?),
        ("../usr/share/zoneinfo/posix/Asia/Tokyo", nil, "Asia/Tokyo"),
        ("/somewhere/else", "America/Lima\n", "America/Lima"),
        ("", "\n", nil),
    ])
    func `the time zone is the machine's`(link: String, file: String?, zone: String?) {
        var machine = PretendedMachine()
        machine.links["/etc/localtime"] = link
        machine.files["/etc/timezone"] = file
        #expect(Self.spec(machine)["location.timezone"] == zone.map { .string($0) })
    }

    @Test(arguments: [
        ("fra-01", "fra-01"), ("fra-01.example.com", "fra-01-example-com"), ("vm", "machine-vm"), ("", "machine-"),
        ("häuschen", "h-uschen"), (String(repeating: "a", count: 90), String(repeating: "a", count: 59)),
    ])
    func `a host's name becomes a node's`(host: String, name: String) {
        #expect(MachineDiscovery.name(host: host) == name)
    }

    @Test(arguments: ["", "No devices were found", "[N/A], 1, 2", "a, b"])
    func `no graphics processor is none`(csv: String) {
        #expect(GraphicsFacts(csv: csv) == nil)
    }

    @Test func `a graphics processor that doesn't know all says what it knows`() throws {
        let facts = try #require(GraphicsFacts(csv: "Tesla K80, [N/A], [N/A]"))
        #expect(facts.model == "Tesla K80" && facts.memory == nil && facts.capability == nil)
    }
}
