import Foundation
import Hummingbird
import NIOHTTP1
import Testing

@testable import Web

struct ReadAccessTests {
    /// One route that says "seen", behind the access; the server itself listens on loopback, whatever it is told.
    private func ask(
        _ access: ReadAccess, host: String = "localhost", authorization: String? = nil
    ) async throws -> Answer {
        let route: @Sendable (Router<WebServer.Context>) -> Void = { router in
            router.group().add(middleware: access).get("x") { _, _ in "seen" }
        }
        nonisolated(unsafe) var answer: Answer?
        try await Serving.run([route]) { server in
            let headers = [("host", host)] + (authorization.map { [("authorization", $0)] } ?? [])
            answer = try await server.get("/x", headers)
        }
        return try #require(answer)
    }

    @Test(arguments: [
        ("localhost", 200), ("LOCALHOST:8095", 200), ("127.0.0.1:1", 200), ("[::1]:8095", 200), ("localhost.", 200),
        ("watch.example", 200), ("watch.example:443", 200), ("evil.example", 421), ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example", 421), ("192.0.2.7", 421), ("[::2]", 421), ("evil.example:80:localhost", 421),
    ])
    func `only the daemon's own names are answered`(host: String, status: UInt) async throws {
        let access = ReadAccess(listeningOn: "127.0.0.1", isLoopback: true, allowedHosts: ["watch.example"])
        #expect(try await ask(access, host: host).status == status)
    }

    @Test func `off loopback nothing is shown without a token`() async throws {
        let answer = try await ask(ReadAccess(listeningOn: "192.0.2.7", isLoopback: false), host: "192.0.2.7:8095")
        #expect(answer.status == 403)
        #expect(answer.text.contains("--page-token-file"))
    }

    @Test(arguments: [
        (nil, 401), ("Bearer 0123456789abcdef", 200), ("bearer  0123456789abcdef", 200),
        ("Bearer 0123456789abcde", 401),
        ("Bearer 0123456789abcdef0", 401), ("0123456789abcdef", 401), ("Bearer", 401), ("Basic !!", 401),
        ("Basic " + Data("me:0123456789abcdef".utf8).base64EncodedString(), 200),
        ("Basic " + Data("0123456789abcdef:x".utf8).base64EncodedString(), 401),
    ])
    func `off loopback the token is asked for`(authorization: String?, status: UInt) async throws {
        let access = ReadAccess(listeningOn: "0.0.0.0", isLoopback: false, token: try PageToken(" 0123456789abcdef\n"))
        let answer = try await ask(access, authorization: authorization)
        #expect(answer.status == status)
        if status == 401 { #expect(answer.headers.first(name: "www-authenticate")?.hasPrefix("Bearer ") == true) }
    }

    @Test func `wrong tokens are told of once and counted, and the browser's first question is not`() async throws {
        let access = ReadAccess(listeningOn: "127.0.0.1", isLoopback: true, token: try PageToken("0123456789abcdef"))
        let (log, metrics) = (KeptLog(), MetricRegistry())
        let route: @Sendable (Router<WebServer.Context>) -> Void = { router in
            router.group().add(middleware: access).get("x") { _, _ in "seen" }
        }
        try await Serving.run([route], log: log, metrics: metrics) { server in
            for _ in 0..<3 {
                let wrong = try await server.get("/x", [("authorization", "Bearer 4711-4711-4711-4711")])
                #expect(wrong.status == 401)
                #expect(try await server.get("/x").status == 401)
            }
        }
        #expect(
            log.lines.filter { $0.contains("refused") } == [
                "warning a request was refused source=127.0.0.1 why=page_token"
            ])
        let page = FamilyText.page(metrics.exposition())
        #expect(page.contains("page_requests_refused_total{reason=\"token\"} 3\n"))
    }

    @Test func `a token that was set is asked for on loopback too`() async throws {
        let access = ReadAccess(listeningOn: "127.0.0.1", isLoopback: true, token: try PageToken("0123456789abcdef"))
        #expect(try await ask(access).status == 401)
    }

    @Test(arguments: ["", "short", "two words that are long enough", "0123456789abcdeé0123"])
    func `a token that is none is refused`(text: String) {
        #expect(throws: PageToken.Fault.self) { try PageToken(text) }
    }

    @Test(arguments: [
        ("watch.example", true), ("10.0.0.7", true), ("[fe80::1]", true), ("a_b-c", true), ("", false),
        ("https://watch.example", false), ("watch.example/x", false), ("two words", false), ("*.example", false),
    ])
    func `a name is told from what is none`(text: String, isName: Bool) {
        #expect(ReadAccess.isHostName(text) == isName)
    }
}
