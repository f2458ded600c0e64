import Glibc

/// Where readings come from: the files in which Linux tells about a machine. Nothing that is missing is an error.
package protocol Machine: Sendable {
    /// The whole of a file; nil if it isn't there or can't be read.
    func text(_ path: String) -> String?
    /// What stands in a directory, sorted; empty if it isn't there.
    func names(in directory: String) -> [String]
    /// Where a symbolic link points to; nil if it is none.
    func link(_ path: String) -> String?
    /// How full the file system is that is mounted there.
    func space(at path: String) -> DiskSpace?
}

/// The machine that this process runs on.
package struct LocalMachine: Machine {
    /// No file that is read here comes near it, even with thousands of processors.
    private static let mostBytes = 16 << 20

    package init() {}

    package func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // Files in /proc and /sys state no size.
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count < LocalMachine.mostBytes {
            let count = read(descriptor, &part, part.count)
            if count < 0 {
                if errno == EINTR { continue }
                return nil
            }
            if count == 0 { break }
            bytes += part[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    package func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    package func link(_ path: String) -> String? {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = target.withUnsafeMutableBytes { bytes -> Int in
            guard let start = bytes.bindMemory(to: CChar.self).baseAddress else { return -1 }
            return readlink(path, start, bytes.count)
        }
        return count >= 0 ? String(decoding: target[..<count], as: UTF8.self) : nil
    }

    package func space(at path: String) -> DiskSpace? {
        var figures = statvfs()
        guard statvfs(path, &figures) == 0 else { return nil }
        let unit = figures.f_frsize
        return DiskSpace(
            total: Int64(clamping: figures.f_blocks &* unit), free: Int64(clamping: figures.f_bfree &* unit),
            available: Int64(clamping: figures.f_bavail &* unit))
    }
}

extension StringProtocol {
    /// The words of a line, however far apart.
    var words: [SubSequence] { split { $0 == " " || $0 == "\t" } }

    var trimmed: String {
        var rest = self[...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }

    /// The lines that aren't empty.
    var lines: [SubSequence] { split(whereSeparator: \.isNewline) }
}
