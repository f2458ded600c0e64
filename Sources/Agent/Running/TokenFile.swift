import Glibc

/// A file that holds a node's token and nothing else. Read anew when the token in hand is refused, so that a token is
/// rotated without a gap.
package struct TokenFile: Sendable {
    package enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        case unreadable(String)
        case open(String, mode: String)
        case noToken(String)

        /// Never holds the token.
        package var description: String {
            switch self {
            case .unreadable(let path): "the token file \(path) can't be read"
            case .open(let path, let mode):
                "the token file \(path) may be read by others than its owner (mode \(mode)): chmod 600 \(path)"
            case .noToken(let path): "the token file \(path) holds no token: one line of letters, digits and signs"
            }
        }
    }

    private let path: String
    private let credentials: String?

    /// - Parameter credentials: systemd's directory of credentials: what stands there may show a group that can read
    ///   it, which is how an access list for the service's user looks.
    package init(path: String, credentials: String?) {
        self.path = path
        self.credentials = credentials
    }

    package func token() throws(Fault) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path) }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw .unreadable(path) }
        let others: mode_t = isCredential ? 0o007 : 0o077
        guard facts.st_mode & others == 0 else {
            throw .open(path, mode: String(facts.st_mode & 0o777, radix: 8))
        }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw .unreadable(path) }
        let token = String(decoding: bytes[..<count], as: UTF8.self).trimmed
        // It becomes part of a header.
        guard !token.isEmpty, count < bytes.count, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .noToken(path)
        }
        return token
    }

    private var isCredential: Bool {
        guard let credentials, !credentials.isEmpty else { return false }
        return path.hasPrefix(credentials + "/") && !path.contains("/../")
    }
}
