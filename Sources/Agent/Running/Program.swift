import Foundation
import Glibc
import Synchronization

/// Another program, run to its end on a thread of its own, within a time limit; cancelling ends it, too.
///
/// It has a process group of its own, which is ended as a whole: SIGTERM, and SIGKILL two seconds later.
enum Program {
    struct Ending: Hashable, Sendable {
        /// Nil if a signal ended it.
        var status: Int32?
        /// What it wrote, if that was asked for; at most a MiB.
        var output: String

        var isGood: Bool { status == 0 }
    }

    enum Output: Sendable {
        case kept
        /// Standard output goes where standard error goes: to the log.
        case logged
    }

    /// - Parameters:
    ///   - words: the program, looked for on `PATH`, and its arguments.
    ///   - environment: what is added to this process's own.
    /// - Returns: nil if there is no such program.
    static func run(
        _ words: [String], environment: [String: String] = [:], output: Output, within limit: Duration
    ) async -> Ending? {
        let isCancelled = Flag()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(
                        returning: run(
                            words, environment: environment, output: output, within: limit, isCancelled: isCancelled))
                }
            }
        } onCancel: {
            isCancelled.value.store(true, ordering: .relaxed)
        }
    }

    private final class Flag: Sendable { let value = Atomic(false) }

    /// How often a running program is looked at.
    private static let glance: Int32 = 20
    private static let mostOutput = 1 << 20

    private static func run(
        _ words: [String], environment: [String: String], output: Output, within limit: Duration, isCancelled: Flag
    ) -> Ending? {
        var pipes: [Int32] = [-1, -1]
        if output == .kept, !open(&pipes) { return nil }
        defer { if pipes[0] >= 0 { close(pipes[0]) } }
        let pid = start(words, environment: environment, output: pipes[1])
        if pipes[1] >= 0 { close(pipes[1]) }
        guard let pid else { return nil }
        var (kept, status) = ([UInt8](), Int32(0))
        var killAt: ContinuousClock.Instant?
        let deadline = ContinuousClock.now + limit
        while waitpid(pid, &status, WNOHANG) == 0 {
            collect(pipes[0], &kept)
            let now = ContinuousClock.now
            if let at = killAt {
                if now >= at { kill(-pid, SIGKILL) }
            } else if now >= deadline || isCancelled.value.load(ordering: .relaxed) {
                kill(-pid, SIGTERM)
                killAt = now + .seconds(2)
            }
            // Wakes early when there is something to read.
            var waiting = pollfd(fd: pipes[0], events: Int16(POLLIN), revents: 0)
            poll(&waiting, pipes[0] >= 0 ? 1 : 0, glance)
        }
        collect(pipes[0], &kept)
        let hasExited = status & 0x7F == 0 && killAt == nil
        return Ending(
            status: hasExited ? (status >> 8) & 0xFF : nil, output: String(decoding: kept, as: UTF8.self))
    }

    /// A pipe that no other child inherits. Its writing end blocks, as a program expects.
    private static func open(_ pipes: inout [Int32]) -> Bool {
        guard pipe(&pipes) == 0 else { return false }
        for end in pipes { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(pipes[0], F_SETFL, O_NONBLOCK)
        return true
    }

    private static func collect(_ descriptor: Int32, _ kept: inout [UInt8]) {
        guard descriptor >= 0 else { return }
        var part = [UInt8](repeating: 0, count: 16 << 10)
        while case let count = read(descriptor, &part, part.count), count > 0 {
            kept += part[..<min(count, mostOutput - kept.count)]
        }
    }

    private static func start(_ words: [String], environment: [String: String], output: Int32) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output >= 0 ? output : STDERR_FILENO, STDOUT_FILENO)
        if output >= 0 { posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The threads of this process block signals or handle them; a child starts with the system's ways.
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        let merged = ProcessInfo.processInfo.environment.merging(environment) { _, added in added }
        let arguments = words.map { strdup($0) } + [nil]
        let variables = merged.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        return posix_spawnp(&pid, words[0], &actions, &attributes, arguments, variables) == 0 ? pid : nil
    }
}
