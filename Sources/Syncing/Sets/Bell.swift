import Synchronization

/// Wakes one who waits: because a directory may have changed, or because it is time. Several rings are one.
final class Bell: Sendable {
    let rings: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let isHinted = Atomic(false)

    init() {
        (rings, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    func ring() { continuation.yield() }

    func hint() {
        isHinted.store(true, ordering: .sequentiallyConsistent)
        ring()
    }

    /// Whether there was a hint since the last time.
    func takeHint() -> Bool { isHinted.exchange(false, ordering: .sequentiallyConsistent) }
}
