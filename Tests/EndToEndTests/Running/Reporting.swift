import BSON
import Foundation
import FoundationNetworking
import Glibc
import MongoDB

@testable import LocalMongo

/// A listening daemon, a declared node, and its token in a file.
struct Reporting {
    let sandbox: Sandbox
    let port: Int
    let daemon: ChildProcess
    private let options: [String]

    private static let node = """
        apiVersion: reeve/v1
        kind: Node
        metadata: {name: machine}
        spec:
          node_type: compute
          hardware_info:
            cpu: {cores: 2}
            memory: {total_bytes: 8GiB}
            storage: {total_bytes: 100GB}
            network: [{interface: eth0}]
        """

    var tokenFile: String { "\(sandbox.folder)/token" }
    private var scheme: String { options.contains("--tls-key") ? "https" : "http" }

    /// - Parameters:
    ///   - options: the daemon's; by default every report that comes a second after the last is stored.
    ///   - environment: the daemon's.
    static func start(
        _ sandbox: Sandbox, _ options: [String] = ["--sample-interval", "1s"], environment: [String: String] = [:]
    ) async throws -> Reporting {
        let port = try ServerProcess.freePort()
        let reporting = Reporting(
            sandbox: sandbox, port: port, daemon: try daemon(sandbox, port, options, environment), options: options)
        try await sandbox.apply(node)
        try reporting.write(token: try await reporting.newToken())
        try await sandbox.settled()
        return reporting
    }

    private static func daemon(
        _ sandbox: Sandbox, _ port: Int, _ options: [String], _ environment: [String: String]
    ) throws -> ChildProcess {
        try sandbox.start(
            ["run", "--instance", "a", "--listen", "127.0.0.1:\(port)"] + options, environment: environment)
    }

    /// Another one on the same port, when the first has ended.
    func startDaemon() throws -> ChildProcess { try Reporting.daemon(sandbox, port, options, [:]) }

    func agent(_ options: [String] = [], environment: [String: String] = [:]) throws -> ChildProcess {
        let interval = options.contains("--interval") ? [] : ["--interval", "1s"]
        return try sandbox.start(
            [
                "agent", "--server", "\(scheme)://127.0.0.1:\(port)", "--node", "node_machine", "--token-file",
                tokenFile,
            ] + interval + options, environment: environment)
    }

    // MARK: Its token

    func newToken() async throws -> String { try await sandbox.reeve("token", "create", "machine").output }

    /// Replaced as a whole, as an operator should.
    func write(token: String) throws {
        let fresh = tokenFile + ".new"
        let made = FileManager.default.createFile(
            atPath: fresh, contents: Data(token.utf8), attributes: [.posixPermissions: 0o600])
        guard made, rename(fresh, tokenFile) == 0 else { throw Missing(what: "the token's file", text: tokenFile) }
    }

    func token() throws -> String {
        try String(contentsOfFile: tokenFile, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    // MARK: What is sent without an agent

    /// Posts reports, by the node's token unless another is given; throws when there is no answer.
    func post(
        _ reports: String, to node: String = "node_machine", token: String? = nil
    ) async throws -> (status: Int, body: Value) {
        try await Reporting.post(reports, to: node, token: try token ?? self.token(), port: port)
    }

    /// - Parameter query: from its question mark on.
    static func post(
        _ reports: String, to node: String, _ query: String = "", token: String, port: Int
    ) async throws -> (status: Int, body: Value) {
        guard let url = URL(string: "http://127.0.0.1:\(port)/v1/nodes/\(node)/report\(query)") else {
            throw Missing(what: "a URL", text: node)
        }
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.setValue("Bearer \(token)", forHTTPHeaderField: "authorization")
        request.setValue("application/json", forHTTPHeaderField: "content-type")
        request.httpBody = Data(reports.utf8)
        let (body, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        return (status, .document(try ExtendedJSON.decode(String(decoding: body, as: UTF8.self))))
    }

    /// A report of that instant, in milliseconds since 1970.
    static func report(at milliseconds: Int64, usage: Int) -> String {
        let second = Date(timeIntervalSince1970: Double(milliseconds / 1000)).formatted(.iso8601).dropLast()
        let fraction = String(1000 + milliseconds % 1000).dropFirst()
        return "{\"timestamp\":\"\(second).\(fraction)Z\",\"cpu\":{\"usage_percent\":\(usage)}}"
    }

    // MARK: What is stored

    func samples() async throws -> [Value] {
        try await sandbox.documents("resource_metrics", ["node_id": "node_machine"])
    }

    /// When the stored samples were measured.
    func instants() async throws -> [Date] {
        try await samples().compactMap(\.measured).sorted().map { Date(timeIntervalSince1970: Double($0) / 1000) }
    }
}

extension Value {
    /// A sample's instant, in milliseconds.
    var measured: Int64? {
        guard case .dateTime(let milliseconds)? = self["timestamp"] else { return nil }
        return milliseconds
    }

    var number: Double? {
        switch self {
        case .double(let value): value
        case .int32(let value): Double(value)
        case .int64(let value): Double(value)
        default: nil
        }
    }
}
