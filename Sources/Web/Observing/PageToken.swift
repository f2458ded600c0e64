import Crypto
import Synchronization

/// The token that opens the metrics and the page; only its SHA-256 is kept. Another may take its place.
package final class PageToken: Sendable {
    package struct Fault: Error, CustomStringConvertible {
        package let description: String
    }

    private static let leastLength = 16
    private let digest: Mutex<SHA256.Digest>

    /// White space around it is left off. Throws `Fault` for one that could be guessed or could not be sent.
    package init(_ text: String) throws(Fault) { digest = Mutex(try PageToken.digest(text)) }

    /// From now on this one opens them; false when it is the same. On a fault the former goes on.
    package func replace(with text: String) throws(Fault) -> Bool {
        let new = try PageToken.digest(text)
        return digest.withLock { digest in
            defer { digest = new }
            return digest != new
        }
    }

    private static func digest(_ text: String) throws(Fault) -> SHA256.Digest {
        let token = text.split(whereSeparator: \.isWhitespace)
        guard token.count == 1, let token = token.first else {
            throw Fault(description: "must hold one token, in one line without spaces")
        }
        guard token.utf8.count >= leastLength, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Fault(description: "must hold a token of at least \(leastLength) printable ASCII characters")
        }
        return SHA256.hash(data: Array(token.utf8))
    }

    /// Takes as long for a wrong token as for the right one: digests are compared, and those in constant time.
    func matches(_ text: String) -> Bool { SHA256.hash(data: Array(text.utf8)) == digest.withLock(\.self) }
}
