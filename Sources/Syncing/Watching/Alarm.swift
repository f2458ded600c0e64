import Glibc

/// A pair of sockets, one byte through which wakes a thread that waits for something else: unlike a pipe, it can be made
/// without a moment in which a child could inherit it.
final class Alarm: Sendable {
    private let reading: Int32
    private let writing: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        if socketpair(AF_UNIX, Int32(kind), 0, &ends) != 0 { ends = [-1, -1] }
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        guard reading >= 0 else { return }
        close(reading)
        close(writing)
    }

    /// From now on `wait` returns at once.
    func ring() {
        guard writing >= 0 else { return }
        _ = write(writing, [1], 1)
    }

    /// Until the descriptor has something, it rings, or the time is over.
    func wait(with descriptor: Int32, for time: Duration) {
        let milliseconds = max(0, (time / .milliseconds(1)).rounded(.up))
        let most: Double = reading < 0 ? 1000 : 3_600_000
        // Descriptors below zero are passed over.
        var waits = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: reading, events: Int16(POLLIN), revents: 0),
        ]
        poll(&waits, 2, Int32(min(milliseconds, most)))
    }
}
