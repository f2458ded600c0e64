import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import Testing
import Web

struct ProbeTests {
    @Test(arguments: [("healthz", 503, "stuck\n"), ("readyz", 200, "ok\n")])
    func `a probe says why not`(path: String, status: UInt, text: String) async throws {
        let probes = Probes(health: { "stuck" }, readiness: { nil })
        try await withServer { onListening in
            WebServer(
                WebServer.Settings(host: "127.0.0.1", port: 0), routes: [probes.add(to:)],
                logger: Logger(label: "test"), onListening: onListening)
        } _: { port in
            let response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: "http://127.0.0.1:\(port)/\(path)"), timeout: .seconds(30))
            #expect(response.status.code == status)
            #expect(String(buffer: try await response.body.collect(upTo: 1000)) == text)
        }
    }
}
