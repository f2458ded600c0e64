/// Which names and addresses stand for this machine alone, so that nothing on the way can read along.
package enum Loopback {
    /// - Parameter host: without its port; an IPv6 address with or without its brackets.
    package static func isNamed(_ host: String) -> Bool {
        let name = host.lowercased()
        if name == "localhost" || name == "::1" || name == "[::1]" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in part.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8(part) != nil }
    }
}
