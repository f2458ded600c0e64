import Foundation
import Glibc
import Synchronization

/// Starting and ending processes of this machine.
enum ServerProcess {
    /// Held while descriptors are made that a new process must not inherit, and while one is started.
    fileprivate static let descriptors = Mutex(())

    /// glibc's `POSIX_SPAWN_SETSID`, which it shows to GNU programs only.
    private static let newSession: Int16 = 0x80

    /// Starts a program in a session of its own, so that the terminal's signals don't reach it, with no descriptor of
    /// ours but `input`, and what it prints in `log`.
    static func spawn(
        _ path: String, _ arguments: [String], log: String, input: Int32? = nil
    ) throws(LocalServerError) -> pid_t {
        var pid = pid_t()
        let result = descriptors.withLock { _ in
            start(path, arguments, log: log, input: input, pid: &pid)
        }
        guard result == 0 else { throw .system(what: "starting \(path)", reason: String(cString: strerror(result))) }
        return pid
    }

    private static func start(
        _ path: String, _ arguments: [String], log: String, input: Int32?, pid: inout pid_t
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // One that was closed meanwhile does no harm.
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for descriptor in open.compactMap({ Int32($0) }) where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, newSession)

        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        argv.append(nil)
        defer {
            for argument in argv {
                free(argument)
            }
        }
        return posix_spawn(&pid, path, &actions, &attributes, argv, environ)
    }

    /// The exit status as the shell has it if `pid` is a child of ours that has ended; it is then gone for good.
    static func reap(_ pid: pid_t) -> Int32? {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// A port of the loopback that is free now; somebody else may still be faster.
    static func freePort() throws(LocalServerError) -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 ? getsockname(descriptor, pointer, &length) : -1
            }
        }
        guard result == 0 else { throw .system(what: "finding a free port", reason: String(cString: strerror(errno))) }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// A shell that waits for the end of this process, however it ends, then kills one server and removes its directory.
///
/// It notices by the pipe that only this process holds open: neither a crash nor SIGKILL gets past it.
final class Watchdog: Sendable {
    /// The entry of a process that has ended may stay for ever where nobody collects it: it is not waited for.
    private static let script = """
        is_there() { [ "$(cut -d ' ' -f 22 "/proc/$1/stat" 2>/dev/null)" = "$2" ]; }
        read -r _
        is_there "$1" "$2" && kill -KILL "$1"
        while is_there "$1" "$2" && grep -qs '^State:.[^ZX]' "/proc/$1/status"; do sleep 0.05; done
        rm -rf "$3"
        """

    private let shell: pid_t
    private let pipe: Int32
    private let isDismissed = Atomic<Bool>(false)

    /// `startTime`: that of the server's process, so that no other one is ever taken for it.
    init(over server: pid_t, startTime: UInt64, directory: String) throws(LocalServerError) {
        var ends: [Int32] = [0, 0]
        let failure = ServerProcess.descriptors.withLock { _ in
            guard Glibc.pipe(&ends) == 0 else { return errno }
            for end in ends {
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            }
            return 0
        }
        guard failure == 0 else { throw .system(what: "making a pipe", reason: String(cString: strerror(failure))) }
        defer { close(ends[0]) }
        pipe = ends[1]
        do {
            shell = try ServerProcess.spawn(
                "/bin/sh",
                [
                    "-c", Self.script, "sh", "\(server)", "\(startTime)", directory,
                ], log: "/dev/null", input: ends[0])
        } catch {
            close(ends[1])
            throw error
        }
    }

    /// Ends the watch without touching the server. Idempotent.
    func dismiss() {
        guard !isDismissed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        kill(shell, SIGKILL)
        waitpid(shell, nil, 0)
        close(pipe)
    }
}
