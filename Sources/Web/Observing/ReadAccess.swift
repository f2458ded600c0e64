import Foundation
import HTTPTypes
package import Hummingbird

/// Who may look at the daemon: the metrics and the status page.
///
/// A listener on loopback shows them to everybody on the machine, unless a token was set; any other asks for the token,
/// and shows nothing when there is none. The name in `Host` must be one of the listener's own: a page of somebody else's
/// that has its name point here (DNS rebinding) learns nothing.
package struct ReadAccess: RouterMiddleware {
    package typealias Context = WebServer.Context

    private let names: Set<String>
    private let isOpen: Bool
    private let token: PageToken?

    /// - Parameters:
    ///   - host: what the server listens on, as it was named.
    ///   - isLoopback: whether only this machine reaches it.
    ///   - allowedHosts: further names under which it is reached.
    package init(listeningOn host: String, isLoopback: Bool, allowedHosts: [String] = [], token: PageToken? = nil) {
        names = Set((["localhost", "127.0.0.1", "::1", host] + allowedHosts).compactMap(Self.name))
        isOpen = isLoopback && token == nil
        self.token = token
    }

    /// Whether a text can be a name that the daemon is reached under: no scheme, no path, no pattern. A port is left off.
    package static func isHostName(_ text: String) -> Bool {
        let marks: Set<Unicode.Scalar> = [".", "-", "_", ":", "[", "]"]
        return !text.isEmpty && text.utf8.count <= 260
            && text.unicodeScalars.allSatisfy { scalar in
                ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                    || marks.contains(scalar)
            }
    }

    package func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let name = request.head.authority.flatMap(Self.name), names.contains(name) else {
            throw LookRefusal.host
        }
        if !isOpen {
            guard let token else { throw LookRefusal.closed }
            guard let given = Self.credential(request.headers[.authorization]) else { return LookRefusal.challenge }
            guard token.matches(given) else { throw LookRefusal.token }
        }
        context.keepConnection()
        return try await next(request, context)
    }

    /// A host without its port, as it is compared: lower case, no dot at its end, IPv6 in brackets.
    private static func name(_ authority: String) -> String? {
        var text = authority.lowercased()[...]
        if text.filter({ $0 == ":" }).count > 1, !text.hasPrefix("[") {
            return "[\(text)]"
        }
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            text = text[...end]
        } else if let colon = text.firstIndex(of: ":") {
            text = text[..<colon]
        }
        if text.hasSuffix(".") { text.removeLast() }
        return text.isEmpty ? nil : String(text)
    }

    /// A bearer token; or the password of a browser, which has no other way to send one. Whose name goes with it is
    /// nobody's concern.
    private static func credential(_ header: String?) -> String? {
        guard let header, let space = header.firstIndex(of: " ") else { return nil }
        let rest = header[space...].drop { $0 == " " }
        switch header[..<space].lowercased() {
        case "bearer": return String(rest)
        case "basic":
            guard let data = Data(base64Encoded: String(rest)), let colon = data.firstIndex(of: 0x3A) else {
                return nil
            }
            return String(decoding: data[data.index(after: colon)...], as: UTF8.self)
        default: return nil
        }
    }
}
