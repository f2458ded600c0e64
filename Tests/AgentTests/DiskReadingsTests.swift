import Agent
import Testing

struct DiskReadingsTests {
    private static func mount(_ device: String, _ point: String, _ type: String, _ source: String) -> Mount {
        Mount(device: device, point: point, type: type, source: source)
    }

    @Test func `mountinfo is read with its escapes and optional fields`() {
        let mounts = Mount.all(
            mountinfo: """
                22 27 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw
                27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw
                30 27 254:1 /a /data\\040of\\134us rw - xfs /dev/vdb rw
                31 27 0:99 / /odd rw
                garbage
                """)
        #expect(
            mounts == [
                Self.mount("0:20", "/sys", "sysfs", "sysfs"), Self.mount("254:0", "/", "ext4", "/dev/vda"),
                Self.mount("254:1", "/data of\\us", "xfs", "/dev/vdb"),
            ])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var mounts: [Mount]
        var counted: [String]
    }

    @Test(arguments: [
        Case(
            testDescription: "each device once, and nothing in memory",
            mounts: [
                mount("0:5", "/dev", "devtmpfs", "udev"), mount("8:1", "/", "ext4", "/dev/sda1"),
                mount("8:1", "/srv", "ext4", "/dev/sda1"), mount("0:30", "/tmp", "tmpfs", "tmpfs"),
                mount("8:2", "/home", "xfs", "/dev/sda2"), mount("7:0", "/snap/x", "squashfs", "/dev/loop0"),
            ], counted: ["/", "/home"]),
        Case(
            testDescription: "subvolumes of one btrfs",
            mounts: [
                mount("0:25", "/", "btrfs", "/dev/sda1"), mount("0:26", "/home", "btrfs", "/dev/sda1"),
            ], counted: ["/"]),
        Case(
            testDescription: "a container's root is an overlay",
            mounts: [
                mount("0:40", "/", "overlay", "overlay"), mount("0:41", "/var/x", "overlay", "overlay"),
                mount("8:1", "/etc/hosts", "ext4", "/dev/sda1"),
            ], counted: ["/", "/etc/hosts"]),
        Case(
            testDescription: "what lies on other machines",
            mounts: [
                mount("8:1", "/", "ext4", "/dev/sda1"), mount("0:50", "/nfs", "nfs4", "server:/export"),
                mount("0:51", "/smb", "cifs", "//server/share"),
            ], counted: ["/"]),
        Case(
            testDescription: "datasets of one pool",
            mounts: [
                mount("0:60", "/", "zfs", "rpool/ROOT"), mount("0:61", "/home", "zfs", "rpool/home"),
                mount("0:62", "/tank", "zfs", "tank"),
            ], counted: ["/", "/tank"]),
        Case(
            testDescription: "a root in memory", mounts: [mount("0:1", "/", "tmpfs", "tmpfs")], counted: []),
        Case(
            testDescription: "the last mount at the root covers the first",
            mounts: [mount("0:1", "/", "rootfs", "rootfs"), mount("8:1", "/", "ext4", "/dev/root")], counted: ["/"]),
    ])
    func `space is counted once`(one: Case) {
        #expect(Mount.counted(one.mounts).map(\.point) == one.counted)
    }

    @Test func `a container's files on the disk below its root are not counted again`() {
        var machine = PretendedMachine()
        machine.files["/proc/self/mountinfo"] = """
            1 0 0:40 / / rw - overlay overlay rw
            2 1 8:1 /x /etc/hosts rw - ext4 /dev/sda1 rw
            3 1 8:2 / /data rw - ext4 /dev/sda2 rw
            4 1 8:3 / /broken rw - ext4 /dev/sda3 rw
            """
        let below = DiskSpace(total: 1000, free: 600, available: 500)
        machine.spaces = [
            "/": below, "/etc/hosts": below, "/data": DiskSpace(total: 50, free: 40, available: 30),
            "/broken": DiskSpace(total: .max, free: .max, available: .max),
        ]
        #expect(Mount.space(of: machine) == DiskSpace(total: 1050, free: 640, available: 530))
        #expect(Mount.space(of: PretendedMachine()) == nil)
    }

    @Test func `/proc/diskstats is read`() {
        let all = DiskCounters.all(
            diskstats: """
                 254       0 vda 100 7 2000 3 50 8 4000 5 0 6 7
                   8       1 sda1 1 2 3 4
                   8       0 sdb a 0 0 0 0 0 0 0 0 0 0

                """)
        #expect(all == ["vda": DiskCounters(reads: 100, sectorsRead: 2000, writes: 50, sectorsWritten: 4000)])
    }

    @Test(arguments: [
        ("sda", true), ("nvme0n1", true), ("vda", true), ("mmcblk0", true), ("xvda", true), ("loop0", false),
        ("ram0", false), ("zram0", false), ("sr0", false), ("dm-0", false), ("md0", false), ("nvme0c1n1", false),
    ])
    func `a disk is told from what lies over disks`(name: String, isDisk: Bool) {
        #expect(DiskCounters.isDisk(name) == isDisk)
    }

    struct Rates: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var now: [String: DiskCounters]
        var rates: (reads: Int64, megabytes: Double)?
        var seconds = 10.0
    }

    @Test(arguments: [
        Rates(
            testDescription: "two disks",
            now: [
                "a": DiskCounters(reads: 200, sectorsRead: 20_100, writes: 0, sectorsWritten: 0),
                "b": DiskCounters(reads: 50, sectorsRead: 0, writes: 0, sectorsWritten: 0),
            ], rates: (15, 1.024)),
        Rates(
            testDescription: "one has come meanwhile",
            now: [
                "a": DiskCounters(reads: 100, sectorsRead: 100, writes: 0, sectorsWritten: 0),
                "c": DiskCounters(reads: 5000, sectorsRead: 0, writes: 0, sectorsWritten: 0),
            ], rates: (0, 0)),
        Rates(
            testDescription: "a counter started anew",
            now: ["a": DiskCounters(reads: 5, sectorsRead: 100, writes: 0, sectorsWritten: 0)], rates: nil),
        Rates(testDescription: "all are gone", now: [:], rates: nil),
        Rates(
            testDescription: "no time passed",
            now: ["a": DiskCounters(reads: 200, sectorsRead: 200, writes: 0, sectorsWritten: 0)], rates: nil,
            seconds: 0),
    ])
    func `rates are what came since`(case: Rates) {
        let former = [
            "a": DiskCounters(reads: 100, sectorsRead: 100, writes: 0, sectorsWritten: 0),
            "b": DiskCounters(reads: 0, sectorsRead: 0, writes: 0, sectorsWritten: 0),
        ]
        let found = DiskRates(of: ["a", "b", "c"], since: former, until: `case`.now, seconds: `case`.seconds)
        #expect(found?.reads == `case`.rates?.reads && found?.megabytesRead == `case`.rates?.megabytes)
    }
}
