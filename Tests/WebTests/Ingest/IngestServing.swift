import AsyncHTTPClient
import BSON
import Crypto
import Fleet
import FleetStore
import Foundation
import Logging
import MongoDB
import NIOCore
import NIOHTTP1
import TestServer
import Testing

@testable import Web

/// What the ingest says, read.
struct Reply {
    var status: UInt
    var headers: HTTPHeaders
    var body: JSONValue

    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = body else { return nil }
        return members.first { $0.name == name }?.value
    }

    var pointers: [JSONValue] {
        guard case .array(let errors)? = self["errors"] else { return [] }
        return errors.compactMap { error in
            guard case .object(let members) = error else { return nil }
            return members.first { $0.name == "pointer" }?.value
        }
    }
}

/// An ingest on a real MongoDB and a real listener, as `reeve run --listen` puts them together.
struct IngestServing: Sendable {
    let port: Int
    let store: MongoStore
    let ingest: Ingest
    let database: String
    let scheme: String

    static func run(
        _ settings: Ingest.Settings = Ingest.Settings(), security: TransportSecurity? = nil, log: KeptLog = KeptLog(),
        metrics: MetricRegistry = MetricRegistry(), _ body: @Sendable (IngestServing) async throws -> Void
    ) async throws {
        try await Server.withStore { store, database in
            try await run(on: store, database, settings, security: security, log: log, metrics: metrics, body)
        }
    }

    static func run(
        on store: MongoStore, _ database: String, _ settings: Ingest.Settings = Ingest.Settings(),
        security: TransportSecurity? = nil, log: KeptLog = KeptLog(), metrics: MetricRegistry = MetricRegistry(),
        _ body: @Sendable (IngestServing) async throws -> Void
    ) async throws {
        let logger = log.logger
        let start = try await store.serverTime()
        let began = ContinuousClock.now
        let ingest = Ingest(
            Ingest.Parts(
                instance: "test", store: store,
                now: {
                    let passed = began.duration(to: .now).nanoseconds / 1_000_000
                    return Timestamp(milliseconds: start.milliseconds + passed)
                }, synchronise: {}),
            settings: settings, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await ingest.run() }
            try await withServer { onListening in
                WebServer(
                    WebServer.Settings(host: "127.0.0.1", port: 0, security: security),
                    routes: [
                        IngestRoutes(ingest, logger: logger).add(to:), OpenAPI.add(version: "test"),
                        Probes(health: { nil }, readiness: { nil }).add(to:),
                    ], logger: logger, metrics: metrics, onListening: onListening)
            } _: { port in
                try await body(
                    IngestServing(
                        port: port, store: store, ingest: ingest, database: database,
                        scheme: security == nil ? "http" : "https"))
            }
            await ingest.finish()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    // MARK: What stands in MongoDB.

    /// A node's document, and its token.
    func node(_ id: String, status: String = "active") async throws -> String {
        try await command([
            "insert": "nodes", "bypassDocumentValidation": true,
            "documents": .array([.document(["node_id": .string(id), "name": .string(id), "status": .string(status)])]),
        ])
        return try await token(for: id)
    }

    func token(for id: String) async throws -> String {
        let token = "secret-\(UUID().uuidString)"
        _ = try await store.createToken(digest: digest(token), for: id, by: "test")
        return token
    }

    func digest(_ token: String) -> [UInt8] { Array(SHA256.hash(data: Array(token.utf8))) }

    func command(_ document: Document) async throws {
        let client = try await Server.client()
        do {
            try await client.run { [database] in _ = try $0.command(database, document) }
            await client.close()
        } catch {
            await client.close()
            throw error
        }
    }

    /// The newest sample of a node, if it has any.
    func samples(_ id: String) async throws -> [ResourceSample] {
        try await store.latestSamples(since: Timestamp(milliseconds: 0), of: [id])
    }

    // MARK: What an agent does.

    /// A time by the server's clock.
    func time(_ seconds: Int64 = 0) -> String { ingest.parts.now().advanced(seconds: seconds).description }

    func report(cpu: Double = 5, at seconds: Int64 = 0) -> String {
        #"{"timestamp":"\#(time(seconds))","cpu":{"usage_percent":\#(cpu)}}"#
    }

    func post(
        _ node: String, token: String?, _ body: [UInt8], headers: [(String, String)] = [], query: String = "",
        client: HTTPClient = .shared
    ) async throws -> Reply {
        var request = HTTPClientRequest(url: "\(scheme)://127.0.0.1:\(port)/v1/nodes/\(node)/report\(query)")
        request.method = .POST
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if !request.headers.contains(name: "content-type") {
            request.headers.add(name: "content-type", value: "application/json")
        }
        request.body = .bytes(ByteBuffer(bytes: body))
        let response = try await client.execute(request, timeout: .seconds(60))
        let answer = try await response.body.collect(upTo: 1 << 20)
        return Reply(
            status: response.status.code, headers: response.headers,
            body: try JSONReader.read(Array(answer.readableBytesView)))
    }

    func post(_ node: String, token: String?, _ body: String) async throws -> Reply {
        try await post(node, token: token, Array(body.utf8))
    }
}
