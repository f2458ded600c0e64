import ArgumentParser
import Fleet

/// Where the daemon listens: `127.0.0.1:8095`, `[::1]:8095`, `localhost:8095`; port 0 takes a free one.
struct ListenAddress: ExpressibleByArgument {
    var host: String
    var port: Int

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = UInt16(argument[argument.index(after: colon)...])
        else { return nil }
        var host = argument[..<colon]
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, host.allSatisfy({ $0.isASCII && !$0.isWhitespace && $0 != "/" }) else { return nil }
        self.host = String(host)
        self.port = Int(port)
    }

    /// Whether only this machine reaches it, so that nothing on the way can read along.
    var isLoopback: Bool { Loopback.isNamed(host) }

    var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
