import Foundation
import Glibc
import Synchronization

/// A process that a test started, with its output in files; killed when the test process ends in whatever way.
final class ChildProcess: Sendable {
    enum Ending: Equatable, Sendable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    private struct State {
        var ending: Ending?
        var waiters: [CheckedContinuation<Ending, Never>] = []
    }

    let pid: pid_t
    private let outputPath: String
    private let errorPath: String
    private let state = Mutex(State())

    /// Starts `program`; `input` is what it reads, and `directory` where it stands and where its output is kept.
    init(
        _ program: String, _ arguments: [String], environment: [String: String], in directory: String,
        input: String? = nil
    ) throws {
        let stem = "\(directory)/.process-\(UUID().uuidString)"
        (outputPath, errorPath) = ("\(stem).out", "\(stem).err")
        var inputPath = "/dev/null"
        if let input {
            inputPath = "\(stem).in"
            try input.write(toFile: inputPath, atomically: false, encoding: .utf8)
        }
        let streams = [(inputPath, O_RDONLY), (outputPath, O_WRONLY | O_CREAT), (errorPath, O_WRONLY | O_CREAT)]
        // `env -C` because the working directory of this process is everybody's.
        pid = try Spawning.spawn(
            ["/usr/bin/env", "-C", directory, program] + arguments, environment: environment, streams: streams)
        try Undertaker.shared.get().watch(pid)
        Thread.detachNewThread { [self] in collect() }
    }

    /// Everything it has written so far.
    var output: String { ChildProcess.text(outputPath) }
    var errors: String { ChildProcess.text(errorPath) }

    var ending: Ending? { state.withLock(\.ending) }

    /// Returns when it has ended.
    @discardableResult
    func ended() async -> Ending {
        await withCheckedContinuation { continuation in
            let ending = state.withLock { state -> Ending? in
                if state.ending == nil { state.waiters.append(continuation) }
                return state.ending
            }
            if let ending { continuation.resume(returning: ending) }
        }
    }

    /// Does nothing once it has ended: its number may be another's then.
    func signal(_ number: Int32) {
        state.withLock { state in
            if state.ending == nil { kill(pid, number) }
        }
    }

    /// Waits on a thread of its own; the number is given back only under the lock that `signal` takes.
    private func collect() {
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
        let (ending, waiters) = state.withLock { state in
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            let signal = status & 0x7F
            let ending: Ending = signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
            state.ending = ending
            defer { state.waiters = [] }
            return (ending, state.waiters)
        }
        for waiter in waiters { waiter.resume(returning: ending) }
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}

/// `posix_spawn` with nothing inherited but what is named.
enum Spawning {
    struct Failure: Error { var what: String, code: Int32 }

    static func spawn(
        _ words: [String], environment: [String: String], streams: [(path: String, flags: Int32)]
    ) throws -> pid_t {
        try spawn(words, environment: environment) { actions in
            for (number, stream) in streams.enumerated() {
                posix_spawn_file_actions_addopen(&actions, Int32(number), stream.path, stream.flags, 0o600)
            }
        }
    }

    static func spawn(
        _ words: [String], environment: [String: String],
        streams: (inout posix_spawn_file_actions_t) -> Void
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        streams(&actions)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The threads that tests run on block signals, and a child would inherit that.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // A group of its own: whoever ends the tests' group must not end the undertaker before its work.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        let arguments = words.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, words[0], &actions, &attributes, arguments, variables)
        guard code == 0 else { throw Failure(what: words.joined(separator: " "), code: code) }
        return pid
    }
}
