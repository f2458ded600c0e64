import Foundation
import Glibc

/// What a data directory remembers of its server: enough to know that very process again, and, once it has ended, on
/// which port to start the next.
struct ServerRecord: Codable, Equatable {
    var pid: Int32
    var port: Int
    /// Field 22 of `/proc/<pid>/stat`: clock ticks since the machine booted.
    var startTime: UInt64
    /// Start times begin anew with each boot.
    var boot: String
    var authentication: LocalServer.Credentials?

    static func read(from directory: String) -> ServerRecord? {
        guard let data = FileManager.default.contents(atPath: path(in: directory)) else { return nil }
        return try? JSONDecoder().decode(ServerRecord.self, from: data)
    }

    /// Written beside and renamed, so that a reader sees all or nothing; for the owner's eyes only.
    func write(to directory: String) throws(LocalServerError) {
        do {
            let data = try JSONEncoder().encode(self)
            try data.write(to: URL(fileURLWithPath: Self.path(in: directory)), options: .atomic)
            chmod(Self.path(in: directory), 0o600)
        } catch {
            throw .system(what: "writing \(Self.path(in: directory))", reason: error.localizedDescription)
        }
    }

    static let fileName = "reeve-server.json"

    private static func path(in directory: String) -> String { "\(directory)/\(fileName)" }

    /// Whether the process is still the one that was started: same boot, same start time, serving this directory.
    func isRunning(in directory: String) -> Bool {
        guard exists,
            let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline")
        else { return false }
        return line.split(separator: 0).contains { $0.elementsEqual(Self.dataPath(in: directory).utf8) }
    }

    /// Whether the process is not gone yet. One that is about to end has no command line any more.
    var exists: Bool { boot == Self.currentBoot && Self.startTime(of: pid) == startTime }

    static func dataPath(in directory: String) -> String { directory + "/data" }

    static var currentBoot: String {
        let bytes = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id") ?? Data()
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Nil when there is no such process, or only the entry of one that has ended with all its threads.
    static func startTime(of pid: Int32) -> UInt64? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
        // The name in parentheses may hold anything; the fields are counted from behind it.
        let text = String(decoding: data, as: UTF8.self)
        guard let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 19 else { return nil }
        let threads = Int(fields[17]) ?? 1
        return fields[0] == "X" || fields[0] == "Z" && threads <= 1 ? nil : UInt64(fields[19])
    }
}
