import Dispatch
import Glibc

/// A connection on which bytes are sent as no client would.
enum RawConnection {
    struct Fault: Error {
        var errno: Int32
    }

    /// Sends `text`, then `trickle` each second, until the other side has answered and closed; at most a minute.
    static func exchange(port: Int, _ text: String, trickle: String) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try run(port, text, trickle) }) }
        }
    }

    /// Sends `text` and nothing after it: whether the other side answers, and still keeps the connection so much later.
    static func isKept(port: Int, _ text: String, seconds: Int) async throws -> Bool {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result {
                        let descriptor = try open(port)
                        defer { close(descriptor) }
                        _ = send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL))
                        var hasAnswered = false
                        var buffer = [UInt8](repeating: 0, count: 4_096)
                        for _ in 0..<seconds {
                            let count = recv(descriptor, &buffer, buffer.count, 0)
                            if count > 0 { hasAnswered = true }
                            if count == 0 || (count < 0 && errno != EAGAIN) { return false }
                        }
                        return hasAnswered
                    })
            }
        }
    }

    private static func run(_ port: Int, _ text: String, _ trickle: String) throws -> String {
        let descriptor = try open(port)
        defer { close(descriptor) }
        _ = send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL))
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        for _ in 0..<60 {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 { answer += buffer[..<count] }
            if count == 0 || (count < 0 && errno != EAGAIN) { break }
            if answer.isEmpty { _ = send(descriptor, trickle, trickle.utf8.count, Int32(MSG_NOSIGNAL)) }
        }
        return String(decoding: answer, as: UTF8.self)
    }

    /// Reading from it waits for at most a second.
    private static func open(_ port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Fault(errno: errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            defer { close(descriptor) }
            throw Fault(errno: errno)
        }
        var wait = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        return descriptor
    }
}
