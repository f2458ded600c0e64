import Dispatch
import Synchronization

/// Work on many things at once, on threads that may block.
enum SideBySide {
    /// In the order of the input. `size` things are worked on by one thread together; blocks until all are done.
    static func map<Input: Sendable, Output: Sendable>(
        _ inputs: [Input], inPartsOf size: Int, _ body: @Sendable (ArraySlice<Input>) -> [Output]
    ) -> [Output] {
        let parts = stride(from: 0, to: inputs.count, by: size).map { inputs[$0..<min($0 + size, inputs.count)] }
        guard parts.count > 1 else { return parts.flatMap(body) }
        let done = Mutex([[Output]](repeating: [], count: parts.count))
        DispatchQueue.concurrentPerform(iterations: parts.count) { index in
            let outputs = body(parts[index])
            done.withLock { $0[index] = outputs }
        }
        return done.withLock { $0 }.flatMap { $0 }
    }
}
