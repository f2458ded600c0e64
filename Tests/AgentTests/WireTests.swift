import Agent
import Fleet
import Foundation
import Testing

struct WireTests {
    @Test func `an answer is read`() {
        let text = """
            {"accepted":1,"durable_until":"2026-11-22T10:00:00.5Z","time":"2026-11-22T10:00:07Z","ingest":"a-1",
             "status":"maintenance","draining_since":"2026-11-22T09:00:00Z","interval_seconds":15,"later":[1]}
            """
        #expect(
            Receipt(json: Array(text.utf8))
                == Receipt(
                    accepted: 1, time: Timestamp(milliseconds: 1_795_341_607_000),
                    durableUntil: Timestamp(milliseconds: 1_795_341_600_500), ingest: "a-1", status: .maintenance,
                    drainingSince: Timestamp(milliseconds: 1_795_338_000_000)))
        let bare =
            "{\"accepted\":0,\"time\":\"2026-11-22T10:00:07Z\",\"ingest\":\"a\",\"status\":null,\"durable_until\":null}"
        #expect(Receipt(json: Array(bare.utf8))?.status == nil)
    }

    @Test(arguments: [
        "", "<html>", "{}", "[]", "{\"accepted\":1,\"time\":\"soon\",\"ingest\":\"a\"}",
        "{\"accepted\":1,\"time\":\"2026-11-22T10:00:07Z\"}", "{\"time\":\"2026-11-22T10:00:07Z\",\"ingest\":\"a\"}",
    ])
    func `what is no answer of an ingest is none`(text: String) {
        #expect(Receipt(json: Array(text.utf8)) == nil)
    }

    @Test func `a refusal is short and of one line`() {
        let problem = """
            {"type":"about:blank","title":"Unprocessable","status":422,"detail":"wrong\\n\\u001b[31mred",
             "time":"2026-11-22T10:00:07.250Z",
             "errors":[{"pointer":"/cpu/cores","detail":"1 to 9"}]}
            """
        let refusal = Refusal(status: 422, retryAfter: "7", body: Array(problem.utf8))
        #expect(refusal.reason == "wrong  [31mred; /cpu/cores: 1 to 9")
        #expect(refusal.retryAfter == .seconds(7))
        #expect(refusal.time == Timestamp(milliseconds: 1_795_341_607_250))
        let page = Refusal(status: 502, retryAfter: "soon", body: Array("<html>".utf8))
        #expect(page == Refusal(status: 502, reason: ""))
        #expect(Refusal(status: 429, retryAfter: "99999999999", body: []).retryAfter == .seconds(3600))
    }

    @Test(arguments: [
        "127.0.0.1:8095", "localhost:1", "[::1]:8095", "LOCALHOST", "127.8.9.1", "10.0.0.7:8095/", "a.b/c/",
    ])
    func `these servers are taken`(host: String) {
        #expect(throws: Never.self) { try IngestURL("HTTPS://\(host)") }
    }

    @Test(arguments: [
        ("127.0.0.1:8095", true), ("localhost", true), ("LOCALHOST:80/x", true), ("[::1]:8095", true),
        ("127.8.9.1", true), ("reeve.example:8095", false), ("10.0.0.7", false), ("127.0.0.1.evil.example", false),
        ("localhost.example", false), ("[::2]", false), ("0.0.0.0", false), ("127.0.0", false),
    ])
    func `a token doesn't leave the machine unencrypted`(host: String, isLoopback: Bool) throws {
        do throws(IngestURL.Fault) {
            _ = try IngestURL("http://\(host)")
            #expect(isLoopback)
        } catch {
            #expect(!isLoopback && error.description.contains("only https"))
        }
    }

    @Test(arguments: [
        "", "reeve.example", "ftp://host", "https://", "https://user:secret@host", "https://host?x=1",
        "https://host/#a", "http://127.0.0.1@evil.example",
    ])
    func `these are no servers`(text: String) throws {
        let fault = #expect(throws: IngestURL.Fault.self) { try IngestURL(text) }
        #expect(!"\(try #require(fault))".contains("secret"))
    }
}

struct TokenSourceTests {
    private struct Unreadable: Error, CustomStringConvertible { let description = "the file is gone" }

    private static func token(_ text: String) throws -> String {
        try TokenSource(name: "its file") { Array(text.utf8) }.token()
    }

    @Test func `a token is what stands there`() throws {
        #expect(try Self.token("  rv_abc-123\n") == "rv_abc-123")
    }

    @Test(arguments: ["", "\n\n", "a b", "a\nb", "a\u{7F}", "é", String(repeating: "a", count: 5000)])
    func `what can't be a token is refused`(text: String) throws {
        let fault = #expect(throws: TokenSource.Fault.self) { try Self.token(text) }
        #expect("\(try #require(fault))".contains("its file holds no token"))
    }

    @Test func `what can't be read is told as it is`() throws {
        let fault = #expect(throws: TokenSource.Fault.self) {
            try TokenSource(name: "its file") { throw Unreadable() }.token()
        }
        #expect(fault?.description == "the file is gone")
    }
}
