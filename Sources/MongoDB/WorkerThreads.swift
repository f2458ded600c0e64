import CMongoC
import Dispatch
import Glibc
import Synchronization

/// Jobs in the order they came, taken by threads that sleep while there is none.
///
/// open → closed: what was added before still runs, nothing more is taken in.
final class JobQueue<Job: Sendable>: Sendable {
    private struct State {
        var jobs: [Job?] = []
        var next = 0
        var isClosed = false

        /// Keeps taking from the front cheap: the array is only shifted when half of it is spent.
        mutating func take() -> Job? {
            guard next < jobs.count else { return nil }
            let job = jobs[next]
            jobs[next] = nil
            next += 1
            if next > 32, next * 2 > jobs.count {
                jobs.removeFirst(next)
                next = 0
            }
            return job
        }
    }

    private let state = Mutex(State())
    private let ready = DispatchSemaphore(value: 0)
    private let takers: Int

    /// `takers`: how many threads call `take`; a closed queue wakes each of them.
    init(takers: Int) {
        self.takers = takers
    }

    /// False when the queue is closed.
    func add(_ job: Job) -> Bool {
        let added = state.withLock { state in
            guard !state.isClosed else { return false }
            state.jobs.append(job)
            return true
        }
        if added {
            ready.signal()
        }
        return added
    }

    /// Blocks until there is a job; nil once the queue is closed and empty.
    func take() -> Job? {
        ready.wait()
        return state.withLock { $0.take() }
    }

    /// Idempotent.
    func close() {
        let wasOpen = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard wasOpen else { return }
        for _ in 0..<takers {
            ready.signal()
        }
    }
}

/// A thread of the system, for calls that block.
enum SystemThread {
    private final class Body {
        let name: String
        let run: @Sendable () -> Void

        init(_ name: String, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Runs `body` on a new thread that nobody needs to join. The name shows in tools; 15 bytes of it are kept.
    static func start(named name: String, _ body: @escaping @Sendable () -> Void) throws(MongoError) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Body(name, body))
        let result = pthread_create(
            &thread, nil,
            { argument in
                if let argument {
                    let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                    reeve_name_thread(body.name)
                    body.run()
                }
                return nil
            }, box.toOpaque())
        guard result == 0 else {
            box.release()
            throw MongoError(
                .other, code: result, message: "a thread could not be started: \(String(cString: strerror(result)))")
        }
        pthread_detach(thread)
    }
}
