/// How full a file system is, in bytes.
package struct DiskSpace: Hashable, Sendable {
    package var total: Int64
    /// What nothing holds, some of which may be kept for the superuser.
    package var free: Int64
    /// What anybody may still use.
    package var available: Int64

    package init(total: Int64, free: Int64, available: Int64) {
        self.total = total
        self.free = free
        self.available = available
    }
}

/// A line of `/proc/self/mountinfo`.
package struct Mount: Hashable, Sendable {
    /// Major and minor number, `254:0`.
    package var device: String
    package var point: String
    package var type: String
    package var source: String

    package init(device: String, point: String, type: String, source: String) {
        self.device = device
        self.point = point
        self.type = type
        self.source = source
    }

    /// Lines that are none are passed over.
    package static func all(mountinfo text: String) -> [Mount] {
        text.lines.compactMap { line in
            let words = line.words
            // The optional fields end at a dash (proc(5)).
            guard words.count > 6, let dash = words[6...].firstIndex(of: "-"), words.count > dash + 2 else {
                return nil
            }
            return Mount(
                device: String(words[2]), point: unescaped(words[4]), type: String(words[dash + 1]),
                source: unescaped(words[dash + 2]))
        }
    }

    /// Blanks and the like stand as `\040`.
    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Images that are full by their nature.
    private static let images: Set<String> = ["squashfs", "iso9660", "erofs", "cramfs", "udf", "romfs"]
    private static let inMemory: Set<String> = ["tmpfs", "ramfs", "rootfs"]

    /// The mounts whose space is this machine's own, each device once: file systems on devices, ZFS pools, and what
    /// the root lies on, whatever that is. Not what lies in memory, on other machines, or over another file system.
    package static func counted(_ mounts: [Mount]) -> [Mount] {
        var seen: Set<String> = []
        // Of several mounts at one point the last covers the others.
        let root = mounts.last { $0.point == "/" && !inMemory.contains($0.type) }
        let others = mounts.filter { mount in
            (mount.source.hasPrefix("/dev/") && !images.contains(mount.type)) || mount.type == "zfs"
        }
        return ((root.map { [$0] } ?? []) + others).filter { mount in
            var names = [mount.device]
            if mount.source.hasPrefix("/dev/") { names.append(mount.source) }
            // Each dataset states the whole pool's free space.
            if mount.type == "zfs" { names = ["zfs:" + mount.source.prefix { $0 != "/" }] }
            defer { seen.formUnion(names) }
            return seen.isDisjoint(with: names)
        }
    }

    /// No sum of such sizes overflows.
    private static let plausible: Range<Int64> = 1..<(1 << 56)

    /// The space of all counted mounts together; nil if none is known.
    package static func space(of machine: some Machine) -> DiskSpace? {
        guard let text = machine.text("/proc/self/mountinfo") else { return nil }
        let mounts = counted(all(mountinfo: text))
        var sum: DiskSpace?
        var below: DiskSpace?
        for mount in mounts {
            guard let space = machine.space(at: mount.point), plausible.contains(space.total) else { continue }
            // A container's root says how full the file system below it is, parts of which may be mounted as well.
            if let below, below.total == space.total { continue }
            if mount.point == "/" && !mount.source.hasPrefix("/dev/") { below = space }
            sum = DiskSpace(
                total: (sum?.total ?? 0) + space.total, free: (sum?.free ?? 0) + space.free,
                available: (sum?.available ?? 0) + space.available)
        }
        return sum
    }
}

/// What a disk has done since the machine started.
package struct DiskCounters: Hashable, Sendable {
    package var reads: UInt64
    package var sectorsRead: UInt64
    package var writes: UInt64
    package var sectorsWritten: UInt64

    package init(reads: UInt64, sectorsRead: UInt64, writes: UInt64, sectorsWritten: UInt64) {
        self.reads = reads
        self.sectorsRead = sectorsRead
        self.writes = writes
        self.sectorsWritten = sectorsWritten
    }

    /// Every device of `/proc/diskstats` by its name, partitions too.
    package static func all(diskstats text: String) -> [String: DiskCounters] {
        var found: [String: DiskCounters] = [:]
        for line in text.lines {
            let words = line.words
            guard words.count >= 11, let reads = UInt64(words[3]), let sectorsRead = UInt64(words[5]),
                let writes = UInt64(words[7]), let sectorsWritten = UInt64(words[9])
            else { continue }
            found[String(words[2])] = DiskCounters(
                reads: reads, sectorsRead: sectorsRead, writes: writes, sectorsWritten: sectorsWritten)
        }
        return found
    }

    /// Whether a device of `/sys/block` is a disk: not a file, memory, a drive with a lid, or what lies over disks
    /// that are counted themselves.
    package static func isDisk(_ name: String) -> Bool {
        let others = ["loop", "ram", "zram", "sr", "fd", "dm-", "md", "zd", "drbd"]
        // One path of several to an NVMe disk: `nvme0c1n1`.
        let isPath = name.hasPrefix("nvme") && name.dropFirst(4).contains("c")
        return !isPath && !others.contains { name.hasPrefix($0) }
    }
}

/// What disks do in a second.
package struct DiskRates: Hashable, Sendable {
    package var reads: Int64
    package var writes: Int64
    /// In millions of bytes.
    package var megabytesRead: Double
    package var megabytesWritten: Double

    /// What `disks` did between the two readings; nil when a counter went backwards, or none was there both times.
    package init?(
        of disks: [String], since former: [String: DiskCounters], until now: [String: DiskCounters], seconds: Double
    ) {
        guard seconds > 0 else { return nil }
        var (reads, sectorsRead, writes, sectorsWritten) = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
        var known = false
        for disk in disks {
            guard let then = former[disk], let now = now[disk] else { continue }
            guard now.reads >= then.reads, now.sectorsRead >= then.sectorsRead, now.writes >= then.writes,
                now.sectorsWritten >= then.sectorsWritten
            else { return nil }
            known = true
            reads &+= now.reads - then.reads
            sectorsRead &+= now.sectorsRead - then.sectorsRead
            writes &+= now.writes - then.writes
            sectorsWritten &+= now.sectorsWritten - then.sectorsWritten
        }
        guard known, let readRate = Int64(exactly: (Double(reads) / seconds).rounded()),
            let writeRate = Int64(exactly: (Double(writes) / seconds).rounded())
        else { return nil }
        self.reads = readRate
        self.writes = writeRate
        // A sector is 512 bytes here, whatever the disk's own are.
        megabytesRead = (Double(sectorsRead) * 512 / 1e6 / seconds).rounded(toPlaces: 3)
        megabytesWritten = (Double(sectorsWritten) * 512 / 1e6 / seconds).rounded(toPlaces: 3)
    }
}
