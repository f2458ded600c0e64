import CYAML

/// libyaml's events over bytes that outlive it. Owns every C resource; frees them when it goes.
struct EventStream: ~Copyable {
    private let stream: UnsafeMutablePointer<reeve_yaml_stream>

    /// Nil if there is no memory.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        stream = .allocate(capacity: 1)
        guard reeve_yaml_open(stream, bytes.baseAddress, bytes.count) != 0 else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        reeve_yaml_close(stream)
        stream.deallocate()
    }

    /// The event at hand; its pointers live until the next `advance`.
    var view: reeve_yaml_view {
        @inline(__always) get { stream.pointee.view }
    }

    var type: yaml_event_type_t {
        @inline(__always) get { stream.pointee.view.type }
    }

    var mark: Mark {
        @inline(__always) get {
            Mark(line: Int(stream.pointee.view.line) + 1, column: Int(stream.pointee.view.column) + 1)
        }
    }

    /// How many bytes libyaml has been given.
    var bytesGiven: Int { stream.pointee.position }

    /// Bytes after which libyaml gets no more: reading on is then a reader error.
    func bound(_ bytes: Int) { stream.pointee.bound = bytes }

    /// Steps to the next event; false: see `problem`, and never step again.
    @inline(__always)
    func advance() -> Bool { reeve_yaml_next(stream) != 0 }

    struct Problem {
        var isInputEnd: Bool
        var isMemory: Bool
        var message: String
        var mark: Mark
    }

    /// Why `advance` failed.
    var problem: Problem {
        let problem = reeve_yaml_problem_of(stream)
        var message = problem.problem.map { String(cString: $0) } ?? "cannot be read as YAML"
        if let context = problem.context {
            message += " (\(String(cString: context)), line \(problem.context_line + 1))"
        }
        return Problem(
            isInputEnd: problem.type == YAML_READER_ERROR, isMemory: problem.type == YAML_MEMORY_ERROR,
            message: message, mark: Mark(line: Int(problem.line) + 1, column: Int(problem.column) + 1))
    }
}
