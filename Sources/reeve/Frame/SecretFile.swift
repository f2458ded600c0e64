import CFileFacts
import Foundation
import Glibc

/// A file that holds a secret: a token, a private key. Nobody but its owner may read it, or it is refused.
///
/// Two exceptions. A file of root's that another user reads may be open to its group: that is how a host shares a key with
/// its services. What stands in systemd's directory of credentials may show a group: that is how an access list for the
/// service's user looks.
struct SecretFile: Sendable {
    /// One line, and nothing of the secret.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    let path: String
    private let isCredential: Bool
    private static let mostBytes = 1 << 20

    /// - Parameter credentials: systemd's directory of credentials.
    init(
        _ path: String, credentials: String? = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"]
    ) {
        self.path = path
        isCredential = credentials.map { !$0.isEmpty && path.hasPrefix($0 + "/") && !path.contains("/../") } ?? false
    }

    func bytes() throws(Fault) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable }
        defer { close(descriptor) }
        // Of what was opened, not of what stands under its name by then.
        var facts = reeve_file_facts()
        guard reeve_facts_of_descriptor(descriptor, &facts) == 0, facts.mode & S_IFMT != S_IFDIR else {
            throw unreadable
        }
        let strangers = SecretFile.strangers(owner: facts.owner, reader: geteuid(), isCredential)
        guard facts.mode & strangers == 0 else {
            let mode = String(facts.mode & 0o777, radix: 8)
            throw Fault(
                description:
                    "\(path) holds a secret and is open to others than its owner (mode \(mode)): chmod 600 \(path)")
        }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(descriptor, &part, part.count)
            guard count >= 0 else { throw unreadable }
            guard count > 0 else { return bytes }
            bytes += part[..<count]
            guard bytes.count <= SecretFile.mostBytes else {
                throw Fault(description: "\(path) is too large for a secret")
            }
        }
    }

    private var unreadable: Fault { Fault(description: "\(path) can't be read") }

    /// The bits of a file's mode that let in those who may not read it.
    static func strangers(owner: uid_t, reader: uid_t, _ isCredential: Bool) -> mode_t {
        if isCredential { return 0o007 }
        return owner == 0 && reader != 0 ? 0o027 : 0o077
    }
}
