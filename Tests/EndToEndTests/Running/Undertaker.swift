import Foundation
import Glibc
import Synchronization

/// A shell that outlives the test process, if only by a moment: when that ends in whatever way, it kills what tests
/// started and left, and removes their folder.
final class Undertaker: Sendable {
    static let shared = Result { try Undertaker() }

    /// Where tests keep what they write.
    let folder: String

    /// A number stands for a process only together with when it started.
    private static let script = """
        list=$(cat)
        echo "$list" | while read -r pid start; do
            [ "$(cut -d ' ' -f 22 "/proc/$pid/stat" 2>/dev/null)" = "$start" ] && kill -KILL "$pid"
        done
        rm -rf "$1"
        """

    private let pipe: Mutex<Int32>

    private init() throws {
        folder = NSTemporaryDirectory() + "reeve-e2e-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw Spawning.Failure(what: "pipe", code: errno) }
        // No child may hold the writing end, or the shell would never see the end. Nothing is spawned before this.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let (reading, writing) = (ends[0], ends[1])
        defer { close(reading) }
        _ = try Spawning.spawn(["/bin/sh", "-c", Self.script, "sh", folder], environment: [:]) { actions in
            posix_spawn_file_actions_adddup2(&actions, reading, 0)
            for output in [STDOUT_FILENO, STDERR_FILENO] {
                posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0)
            }
        }
        pipe = Mutex(writing)
    }

    func watch(_ pid: pid_t) {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return }
        let fields = stat.split(separator: " ")
        guard fields.count > 21 else { return }
        let line = Array("\(pid) \(fields[21])\n".utf8)
        pipe.withLock { _ = write($0, line, line.count) }
    }
}
