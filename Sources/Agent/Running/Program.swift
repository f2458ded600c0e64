import Foundation
import Glibc
import Synchronization

/// Another program, run to its end on a thread of its own, within a time limit; cancelling ends it, too.
///
/// It has a process group of its own, which is ended as a whole: SIGTERM, and SIGKILL two seconds later.
package enum Program {
    package struct Ending: Hashable, Sendable {
        /// Nil if a signal ended it.
        package var status: Int32?
        /// What it wrote, if that was asked for.
        package var output: String
        /// It wrote more than `mostOutput`, which was dropped.
        package var isCut = false
        /// The last line on standard error that says something, if that was asked for; at most a KiB.
        package var complaint = ""
        /// It was ended because its time was over.
        package var isLate = false

        package var isGood: Bool { status == 0 }
    }

    package enum Output: Sendable {
        /// What it says on standard error is dropped.
        case kept
        /// Of standard error the end is kept.
        case keptWithComplaint
        /// Standard output goes where standard error goes: to the log.
        case logged
    }

    /// Bytes of standard output that are kept: a MiB.
    package static let mostOutput = 1 << 20

    /// - Parameters:
    ///   - words: the program, looked for on `PATH`, and its arguments.
    ///   - environment: what is added to this process's own.
    ///   - without: variables of this process that it doesn't get.
    ///   - input: what it reads on standard input; nil for nothing.
    ///   - secret: what it was told and may complain with: "(secret)" stands for it there.
    /// - Returns: nil if there is no such program.
    package static func run(
        _ words: [String], environment: [String: String] = [:], without: Set<String> = [], input: [UInt8]? = nil,
        output: Output, hiding secret: String? = nil, within limit: Duration
    ) async -> Ending? {
        let isCancelled = Flag()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    // Who reads no input must not end this process. What is pending goes with the thread.
                    var broken = sigset_t()
                    sigemptyset(&broken)
                    sigaddset(&broken, SIGPIPE)
                    pthread_sigmask(SIG_BLOCK, &broken, nil)
                    var program = starting.withLock { _ in
                        let own = ProcessInfo.processInfo.environment.filter { !without.contains($0.key) }
                        return RunningProgram(
                            words, environment: own.merging(environment) { _, added in added }, input: input,
                            output: output, hiding: secret)
                    }
                    continuation.resume(returning: program?.end(within: limit, isCancelled: isCancelled))
                }
            }
        } onCancel: {
            isCancelled.value.store(true, ordering: .relaxed)
        }
    }

    /// One at a time, or another program that is started then might hold the pipes of this one open.
    private static let starting = Mutex(())

    fileprivate final class Flag: Sendable { let value = Atomic(false) }
}

/// One that was started, and the ends of its pipes that are this process's. Used on one thread.
private struct RunningProgram {
    private let pid: pid_t
    private var streams = Streams()

    /// How often a running program is looked at.
    private static let glance: Int32 = 20

    /// Nil if it can't be started.
    init?(
        _ words: [String], environment: [String: String], input: [UInt8]?, output: Program.Output,
        hiding secret: String?
    ) {
        streams.secret = secret.map { Array($0.utf8) } ?? []
        // What the child gets: input, output, complaints.
        var given: [Int32] = [-1, -1, -1]
        defer { for end in given where end >= 0 { close(end) } }
        if let input {
            guard let pipe = Pipe() else { return nil }
            (given[0], streams.input, streams.unsent) = (pipe.reading, pipe.writing, input[...])
        }
        if output != .logged {
            guard let pipe = Pipe() else {
                streams.close()
                return nil
            }
            (streams.output, given[1]) = (pipe.reading, pipe.writing)
        }
        if output == .keptWithComplaint {
            guard let pipe = Pipe() else {
                streams.close()
                return nil
            }
            (streams.complaints, given[2]) = (pipe.reading, pipe.writing)
        }
        for end in [streams.input, streams.output, streams.complaints] where end >= 0 {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        guard let pid = Spawn.program(words, environment: environment, given, output) else {
            streams.close()
            return nil
        }
        self.pid = pid
    }

    mutating func end(within limit: Duration, isCancelled: Program.Flag) -> Program.Ending {
        defer { streams.close() }
        var (status, killAt, isLate) = (Int32(0), ContinuousClock.Instant?.none, false)
        let deadline = ContinuousClock.now + limit
        while waitpid(pid, &status, WNOHANG) == 0 {
            streams.pass()
            let now = ContinuousClock.now
            if let at = killAt {
                if now >= at { kill(-pid, SIGKILL) }
            } else if now >= deadline || isCancelled.value.load(ordering: .relaxed) {
                isLate = now >= deadline
                kill(-pid, SIGTERM)
                killAt = now + .seconds(2)
            }
            streams.wait(RunningProgram.glance)
        }
        streams.pass()
        let hasExited = status & 0x7F == 0 && killAt == nil
        return Program.Ending(
            status: hasExited ? (status >> 8) & 0xFF : nil, output: String(decoding: streams.kept, as: UTF8.self),
            isCut: streams.isCut, complaint: streams.complaint, isLate: isLate)
    }
}

/// A pipe that no other child inherits.
private struct Pipe {
    let reading: Int32
    let writing: Int32

    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (reading, writing) = (ends[0], ends[1])
    }
}

/// This process's ends, −1 where there is none, and what went through them.
private struct Streams {
    var input: Int32 = -1
    var output: Int32 = -1
    var complaints: Int32 = -1
    /// What is to be written yet.
    var unsent: ArraySlice<UInt8> = []
    private(set) var kept: [UInt8] = []
    private(set) var isCut = false
    private var complained: [UInt8] = []
    /// Stands in no complaint, nor does a part of it.
    var secret: [UInt8] = []

    private static let mostComplaints = 4 << 10
    private static let longestComplaint = 1 << 10

    /// Takes and gives what can be had without waiting.
    mutating func pass() {
        send()
        Streams.collect(output) { part in
            isCut = isCut || part.count > Program.mostOutput - kept.count
            kept += part.prefix(Program.mostOutput - kept.count)
        }
        Streams.collect(complaints) { part in
            complained += part
            if complained.count > 2 * Streams.mostComplaints {
                complained = hidingSecret(complained)
                complained.removeFirst(max(complained.count - Streams.mostComplaints, 0))
            }
        }
    }

    private mutating func send() {
        while input >= 0 {
            if unsent.isEmpty { return closeInput() }
            let count = unsent.withUnsafeBytes { Glibc.write(input, $0.baseAddress, min($0.count, 4096)) }
            if count > 0 {
                unsent = unsent.dropFirst(count)
            } else if errno != EAGAIN, errno != EINTR {
                // It reads no more of it: what it makes of that is its own affair.
                return closeInput()
            } else {
                return
            }
        }
    }

    private mutating func closeInput() {
        Glibc.close(input)
        input = -1
    }

    private static func collect(_ descriptor: Int32, into body: (ArraySlice<UInt8>) -> Void) {
        guard descriptor >= 0 else { return }
        var part = [UInt8](repeating: 0, count: 16 << 10)
        while case let count = read(descriptor, &part, part.count), count > 0 { body(part[..<count]) }
    }

    /// Wakes early when there is something to read, or room to write.
    func wait(_ milliseconds: Int32) {
        var waiting = [
            pollfd(fd: output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: complaints, events: Int16(POLLIN), revents: 0),
            pollfd(fd: input, events: Int16(POLLOUT), revents: 0),
        ].filter { $0.fd >= 0 }
        poll(&waiting, nfds_t(waiting.count), milliseconds)
        // A pipe whose other end is closed is ready at once, for ever.
        if waiting.contains(where: { $0.revents & Int16(POLLHUP | POLLERR) != 0 }) {
            usleep(useconds_t(milliseconds) * 100)
        }
    }

    var complaint: String {
        let lines = hidingSecret(complained).split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        let last = lines.last { line in line.contains { $0 > UInt8(ascii: " ") } }
        return String(decoding: (last ?? []).prefix(Streams.longestComplaint), as: UTF8.self)
    }

    private func hidingSecret(_ bytes: [UInt8]) -> [UInt8] {
        secret.isEmpty ? bytes : bytes.replacing(secret, with: Array("(secret)".utf8))
    }

    mutating func close() {
        for end in [input, output, complaints] where end >= 0 { Glibc.close(end) }
        (input, output, complaints) = (-1, -1, -1)
    }
}

private enum Spawn {
    private typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32

    /// glibc's `posix_spawn_file_actions_addclosefrom_np` (2.34 and later), which its headers hide from Swift. The child
    /// closes them: marking them here would miss what other threads open meanwhile.
    private static let closeFrom = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np").map {
        unsafeBitCast($0, to: CloseFrom.self)
    }

    /// - Parameter given: the ends of pipes that are to be its first three descriptors; −1 where it gets none.
    static func program(
        _ words: [String], environment: [String: String], _ given: [Int32], _ output: Program.Output
    ) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if given[0] >= 0 {
            posix_spawn_file_actions_adddup2(&actions, given[0], STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, given[1] >= 0 ? given[1] : STDERR_FILENO, STDOUT_FILENO)
        if given[2] >= 0 {
            posix_spawn_file_actions_adddup2(&actions, given[2], STDERR_FILENO)
        } else if output == .kept {
            posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        }
        // What is open in this process is not its children's: a listening socket would keep its port after this process.
        _ = closeFrom?(&actions, STDERR_FILENO + 1)
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
        let arguments = words.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        return posix_spawnp(&pid, words[0], &actions, &attributes, arguments, variables) == 0 ? pid : nil
    }
}
