internal import Fleet
import Foundation

/// Where the ingest of a daemon is found.
package struct IngestURL: Hashable, Sendable {
    package enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        case notURL
        case notEncrypted(String)

        package var description: String {
            switch self {
            case .notURL: "is no URL such as https://reeve.example:8095"
            case .notEncrypted(let host):
                "would send the token unencrypted to \(host): only https may leave this machine"
            }
        }
    }

    /// Without a slash at its end.
    private let base: String

    /// Plain http goes to this machine alone.
    package init(_ text: String) throws(Fault) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty, parts.user == nil,
            parts.password == nil, parts.query == nil, parts.fragment == nil
        else { throw .notURL }
        guard scheme == "https" || Loopback.isNamed(host) else { throw .notEncrypted(host) }
        var base = text
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base
    }

    /// A node's id needs no escapes, nor does an instant; an ingest's id that would is left out.
    func report(of nodeID: String, drained: Timestamp?, ingest: String?) -> String {
        let plain = ingest.flatMap { id in
            id.utf8.allSatisfy {
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0
            }
                ? id : nil
        }
        let query = [drained.map { "drained=\($0)" }, plain.map { "ingest=\($0)" }].compactMap(\.self)
        return "\(base)/v1/nodes/\(nodeID)/report" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }
}
