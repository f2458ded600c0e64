import AsyncHTTPClient
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

@testable import Web

/// An answer, read whole.
struct Answer: Sendable {
    var status: UInt
    var headers: HTTPHeaders
    var text: String
}

/// A server on a free port of loopback for as long as `body` runs.
struct Serving: Sendable {
    let port: Int

    static func run(
        _ routes: [@Sendable (Router<WebServer.Context>) -> Void], log: KeptLog = KeptLog(),
        metrics: MetricRegistry = MetricRegistry(), _ body: @Sendable (Serving) async throws -> Void
    ) async throws {
        try await withServer { onListening in
            WebServer(
                WebServer.Settings(host: "127.0.0.1", port: 0), routes: routes, logger: log.logger, metrics: metrics,
                onListening: onListening)
        } _: { port in
            try await body(Serving(port: port))
        }
    }

    func get(_ path: String, _ headers: [(String, String)] = []) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.headers = HTTPHeaders(headers)
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let body = try await response.body.collect(upTo: 1 << 24)
        return Answer(status: response.status.code, headers: response.headers, text: String(buffer: body))
    }
}
