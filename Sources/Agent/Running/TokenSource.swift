internal import Fleet

/// Where a node's token stands. It is read anew when the token in hand is refused, so that a token is rotated without a
/// gap.
package struct TokenSource: Sendable {
    /// Never holds the token.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    private let name: String
    private let read: @Sendable () throws -> [UInt8]

    /// - Parameters:
    ///   - name: for messages.
    ///   - read: what stands there: a token and nothing else. What it throws is told as it describes itself.
    package init(name: String, read: @escaping @Sendable () throws -> [UInt8]) {
        self.name = name
        self.read = read
    }

    package func token() throws(Fault) -> String {
        let bytes: [UInt8]
        do { bytes = try read() } catch { throw Fault(description: "\(error)") }
        let token = String(decoding: bytes, as: UTF8.self).trimmed
        // It becomes part of a header.
        guard !token.isEmpty, bytes.count < 4096, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Fault(description: "\(name) holds no token: one line of letters, digits and signs")
        }
        return token
    }
}
