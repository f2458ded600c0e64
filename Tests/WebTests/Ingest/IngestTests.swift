import AsyncHTTPClient
import BSON
import Fleet
import FleetStore
import Foundation
import Glibc
import LocalMongo
import Logging
import MongoDB
import NIOHTTP1
import NIOSSL
import TestServer
import Testing

@testable import Web

/// The ingest over real HTTP, on a real MongoDB.
@Suite(.serialized)
struct IngestTests {
    @Test func `a report is a heartbeat, and durable when it is acknowledged`() async throws {
        try await IngestServing.run { serving in
            let token = try await serving.node("node_alpha", status: "maintenance")
            let at = serving.time()
            let reply = try await serving.post(
                "node_alpha", token: token, #"{"timestamp":"\#(at)","cpu":{"usage_percent":12.5,"cores":4}}"#)
            #expect(reply.status == 200)
            #expect(reply["accepted"] == .integer(1))
            #expect(reply["durable_until"] == .string(at))
            #expect(reply["status"] == .string("maintenance"))
            #expect(reply["draining_since"] == .null)
            #expect(reply["ingest"] == .string(serving.ingest.life))
            let samples = try await serving.samples("node_alpha")
            #expect(samples.map(\.timestamp.description) == [at])
            #expect(samples.first?[MetricLeaf.cpuUsage] == .double(12.5))
            let fresh = try await serving.store.nodes(
                [ResourceKey(.node, "node_alpha")], beatingSince: serving.ingest.parts.now().advanced(seconds: -60))
            #expect(fresh.count == 1)
            let facts = try await serving.store.agentFacts(since: nil).facts
            #expect(facts.map(\.hardware.cores) == [4])
        }
    }

    @Test func `a life that the agent does not know takes nothing before it has told of itself`() async throws {
        try await IngestServing.run { serving in
            let token = try await serving.node("node_alpha")
            let body = Array(serving.report().utf8)
            let first = try await serving.post("node_alpha", token: token, body, query: "?ingest=another")
            #expect(first.status == 200 && first["accepted"] == .integer(0) && first["durable_until"] == .null)
            let life = serving.ingest.life
            #expect(first["ingest"] == .string(life))
            let second = try await serving.post("node_alpha", token: token, body, query: "?ingest=\(life)")
            #expect(second["accepted"] == .integer(1))
        }
    }

    @Test func `what was sent before is not taken again, in this life and the next`() async throws {
        try await Server.withStore { store, database in
            try await IngestServing.run(on: store, database, Ingest.Settings(sampleSeconds: 1)) { serving in
                let token = try await serving.node("node_alpha")
                let reports = "[\(serving.report(at: -3)),\(serving.report(at: -2)),\(serving.report(at: -1))]"
                #expect(try await serving.post("node_alpha", token: token, reports)["accepted"] == .integer(3))
                #expect(try await serving.post("node_alpha", token: token, reports)["accepted"] == .integer(0))
                let life = serving.ingest.life
                try await IngestServing.run(on: store, database, Ingest.Settings(sampleSeconds: 1)) { next in
                    #expect(next.ingest.life != life)
                    let reply = try await next.post("node_alpha", token: token, reports)
                    #expect(reply["accepted"] == .integer(0))
                    #expect(reply["durable_until"] != .null)
                }
            }
        }
    }

    @Test func `an acknowledged drain reaches the leader`() async throws {
        try await IngestServing.run { serving in
            let token = try await serving.node("node_alpha")
            let since = serving.time(-30)
            let reply = try await serving.post(
                "node_alpha", token: token, Array(serving.report().utf8), query: "?drained=\(since)")
            #expect(reply.status == 200)
            let facts = try await serving.store.agentFacts(since: nil).facts
            #expect(facts.map(\.drained?.description) == [since])
            let wrong = try await serving.post(
                "node_alpha", token: token, Array(serving.report().utf8), query: "?drained=yesterday")
            #expect(wrong.status == 422)
        }
    }

    // MARK: Who is refused.

    @Test func `wrong, foreign and revoked tokens are refused, and two serve during a rotation`() async throws {
        try await IngestServing.run { serving in
            let (a, b) = (try await serving.node("node_alpha"), try await serving.node("node_bravo"))
            #expect(try await serving.post("node_alpha", token: nil, serving.report()).status == 401)
            #expect(try await serving.post("node_alpha", token: "guess", serving.report()).status == 401)
            #expect(try await serving.post("node_alpha", token: b, serving.report()).status == 403)
            #expect(try await serving.post("node_none", token: b, serving.report()).status == 403)
            let stray = try await serving.token(for: "node_none")
            #expect(try await serving.post("node_none", token: stray, serving.report()).status == 404)
            #expect(try await serving.samples("node_none").isEmpty)

            let next = try await serving.token(for: "node_alpha")
            #expect(try await serving.post("node_alpha", token: a, serving.report()).status == 200)
            #expect(try await serving.post("node_alpha", token: next, serving.report()).status == 200)
            _ = try await serving.store.revokeTokens([serving.digest(a)])
            try await eventually("the revoked token is refused", within: .seconds(60)) {
                try await serving.post("node_alpha", token: a, serving.report()).status == 401
            }
            #expect(try await serving.post("node_alpha", token: next, serving.report()).status == 200)
        }
    }

    @Test func `a report sets nothing but measurements`() async throws {
        try await IngestServing.run { serving in
            let token = try await serving.node("node_alpha")
            for member in [
                #""status":"error""#, #""poot_score":100"#, #""pool_id":"pool_x""#, #""node_id":"node_bravo""#,
                #""last_heartbeat":"2030-01-01T00:00:00Z""#, #""_id":1"#, #""$set":{"status":"error"}"#,
            ] {
                let reply = try await serving.post(
                    "node_alpha", token: token, "{\"timestamp\":\"\(serving.time())\",\(member)}")
                #expect(reply.status == 422, "\(member)")
                #expect(reply.pointers.count == 1)
            }
            #expect(try await serving.samples("node_alpha").isEmpty)
        }
    }

    struct Odd: Sendable, CustomTestStringConvertible {
        var name: String
        var body: [UInt8]
        var headers: [(String, String)] = []
        var status: UInt
        var testDescription: String { name }
    }

    @Test(arguments: [
        Odd(name: "garbage", body: [0, 1, 2, 0xFF], status: 400), Odd(name: "nothing", body: [], status: 400),
        Odd(name: "a form", body: [], headers: [("content-type", "application/x-www-form-urlencoded")], status: 415),
        Odd(name: "an unknown packing", body: [0], headers: [("content-encoding", "br")], status: 415),
        Odd(name: "no gzip", body: Array("{}".utf8), headers: [("content-encoding", "gzip")], status: 400),
        Odd(name: "10 MB", body: [UInt8](repeating: 0x20, count: 10_000_000), status: 413),
    ])
    func `an odd body is refused`(_ odd: Odd) async throws {
        try await IngestServing.run { serving in
            let token = try await serving.node("node_alpha")
            let reply = try await serving.post("node_alpha", token: token, odd.body, headers: odd.headers)
            #expect(reply.status == odd.status)
            #expect(reply.headers.first(name: "content-type") == "application/problem+json")
            #expect(try await serving.post("node_alpha", token: token, serving.report()).status == 200)
        }
    }

    @Test func `gzip is taken, and a bomb is refused`() async throws {
        try await IngestServing.run { serving in
            let token = try await serving.node("node_alpha")
            let packed = try await MachineCommand.output(of: ["gzip", "-c"], input: Array(serving.report().utf8))
            let headers = [("content-encoding", "gzip")]
            #expect(try await serving.post("node_alpha", token: token, packed, headers: headers).status == 200)
            let bomb = try await MachineCommand.output(
                of: ["gzip", "-c"], input: [UInt8](repeating: 0x20, count: 50_000_000))
            #expect(bomb.count < 100_000)
            #expect(try await serving.post("node_alpha", token: token, bomb, headers: headers).status == 413)
            let cut = Array(packed.dropLast(12))
            #expect(try await serving.post("node_alpha", token: token, cut, headers: headers).status == 400)
        }
    }

    @Test func `clocks too far apart are told the time`() async throws {
        try await IngestServing.run { serving in
            let token = try await serving.node("node_alpha")
            let reply = try await serving.post(
                "node_alpha", token: token, "[\(serving.report()),\(serving.report(at: 3_600))]")
            #expect(reply.status == 422)
            #expect(reply.pointers == [.string("/1/timestamp")])
            // For programs, too: the `date` of HTTP is not the clock by which reports are judged.
            guard case .string(let text)? = reply["time"], let time = Timestamp(rfc3339: text) else {
                Issue.record("the time is missing")
                return
            }
            #expect(abs(time.seconds(since: serving.ingest.parts.now())) < 60)
            let invalid = try await serving.post("node_alpha", token: token, "{}")
            #expect(invalid.status == 422 && invalid["time"] != nil)
        }
    }

    @Test func `a node that sends too much is told when to come again`() async throws {
        try await IngestServing.run { serving in
            let token = try await serving.node("node_alpha")
            let reports = (0..<600).map { serving.report(at: Int64($0) - 600) }.joined(separator: ",")
            #expect(try await serving.post("node_alpha", token: token, "[\(reports)]").status == 200)
            let reply = try await serving.post("node_alpha", token: token, "[\(reports)]")
            #expect(reply.status == 429)
            #expect(reply.headers.first(name: "retry-after").flatMap(Int.init) ?? 0 > 0)
        }
    }

    @Test func `garbage is charged like a report`() async throws {
        try await IngestServing.run { serving in
            let token = try await serving.node("node_alpha")
            // An allowance has a report again after 60 ms, which a slow machine may need for a request.
            func isLimited(_ body: String, _ query: String = "") async throws -> Bool {
                while (try? await serving.ingest.admit("node_alpha")) != nil {}
                return try await serving.post("node_alpha", token: token, Array(body.utf8), query: query).status == 429
            }
            try await eventually("garbage is refused before it is read") { try await isLimited("garbage") }
            try await eventually("and so is what another ingest was to take") {
                try await isLimited(serving.report(), "?ingest=another")
            }
        }
    }

    @Test func `who announces much and sends little takes no room from others`() async throws {
        try await IngestServing.run(Ingest.Settings(maximumBytes: 1 << 20)) { serving in
            let (a, b) = (try await serving.node("node_alpha"), try await serving.node("node_bravo"))
            let slow = """
                POST /v1/nodes/node_alpha/report HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                authorization: Bearer \(a)\r\ncontent-length: 1048576\r\n\r\n{
                """
            async let answer = RawConnection.exchange(port: serving.port, slow, trickle: " ")
            try await eventually("its beginning has come") { await serving.ingest.bytesHeld > 0 }
            #expect(await serving.ingest.bytesHeld < 20_000)
            #expect(try await serving.post("node_bravo", token: b, serving.report()).status == 200)
            #expect(try await answer.hasPrefix("HTTP/1.1 408 "))
        }
    }

    // MARK: What the operator is told.

    @Test func `refusals are told once, with the node and without the token, and counted`() async throws {
        let (log, metrics) = (KeptLog(), MetricRegistry())
        try await IngestServing.run(log: log, metrics: metrics) { serving in
            let token = try await serving.node("node_alpha")
            for _ in 0..<3 {
                #expect(try await serving.post("node_alpha", token: "guess-4711", serving.report()).status == 401)
                #expect(try await serving.post("node_bravo", token: token, serving.report()).status == 403)
                #expect(try await serving.post("node_alpha", token: token, "{}").status == 422)
                let noGzip = try await serving.post(
                    "node_alpha", token: token, Array("{}".utf8), headers: [("content-encoding", "gzip")])
                #expect(noGzip.status == 400)
            }
            #expect(
                log.lines.filter { $0.contains("refused") }.sorted() == [
                    "warning a request was refused node=node_alpha source=127.0.0.1 why=foreign",
                    "warning a request was refused node=node_alpha source=127.0.0.1 why=invalid",
                    "warning a request was refused source=127.0.0.1 why=malformed",
                    "warning a request was refused source=127.0.0.1 why=unauthorized",
                ])
            #expect(!log.lines.contains { $0.contains(token) || $0.contains("4711") })
        }
        // The gate's own, which no part of the ingest sees.
        let page = FamilyText.page(metrics.exposition())
        #expect(page.contains("ingest_reports_total{result=\"malformed\"} 3\n"))
    }

    // MARK: Connections.

    @Test func `a stranger's idle connection is closed, and a node's is kept`() async throws {
        try await IngestServing.run { serving in
            let token = try await serving.node("node_alpha")
            let report = serving.report()
            let known = """
                POST /v1/nodes/node_alpha/report HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                authorization: Bearer \(token)\r\ncontent-length: \(report.utf8.count)\r\n\r\n\(report)
                """
            async let isKept = RawConnection.isKept(port: serving.port, known, seconds: 25)
            let isStrangersKept = try await RawConnection.isKept(
                port: serving.port, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n", seconds: 60)
            #expect(!isStrangersKept)
            #expect(try await isKept)
        }
    }

    @Test(arguments: [
        "POST /v1/nodes/node_alpha/report HTTP/1.1\r\nhost: x\r\nauthoriz",
        "POST /v1/nodes/node_alpha/report HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            + "authorization: Bearer TOKEN\r\ncontent-length: 100\r\n\r\n{",
    ])
    func `a slow sender is let go`(_ beginning: String) async throws {
        try await IngestServing.run { serving in
            let token = try await serving.node("node_alpha")
            let answer = try await RawConnection.exchange(
                port: serving.port, beginning.replacing("TOKEN", with: token), trickle: "x")
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func `TLS serves with the certificate's files, and a renewed one without a restart`() async throws {
        let folder = Server.newDirectory()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (certificate, key) = ("\(folder)/certificate.pem", "\(folder)/key.pem")
        try await makeCertificate(certificate, key)
        let security = try TransportSecurity(certificate: certificate, key: key, readKey: Self.readKey)
        try await IngestServing.run(security: security) { serving in
            let token = try await serving.node("node_alpha")
            try await withClient(trusting: certificate) { client in
                let reply = try await serving.post(
                    "node_alpha", token: token, Array(serving.report().utf8), client: client)
                #expect(reply.status == 200)
            }
            let hello = ["openssl", "s_client", "-connect", "127.0.0.1:\(serving.port)", "-cipher", "ALL:@SECLEVEL=0"]
            await #expect(throws: Never.self) { try await MachineCommand.output(of: hello + ["-tls1_2"]) }
            for old in ["-tls1", "-tls1_1"] {
                await #expect(throws: MachineCommand.Fault.self) { try await MachineCommand.output(of: hello + [old]) }
            }
            #expect(try !security.renew())
            try await makeCertificate(certificate, key)
            #expect(try security.renew())
            try await withClient(trusting: certificate) { client in
                let reply = try await serving.post(
                    "node_alpha", token: token, Array(serving.report().utf8), client: client)
                #expect(reply.status == 200)
            }
        }
        // A key that others could read, and whose mode is mended.
        struct Open: Error {}
        let guarded = try TransportSecurity(certificate: certificate, key: key) { path in
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            guard let mode, mode & 0o077 == 0 else { throw Open() }
            return try Self.readKey(path)
        }
        chmod(key, 0o644)
        #expect(throws: TransportSecurity.Fault.self) { try guarded.renew() }
        chmod(key, 0o600)
        #expect(try guarded.renew())
        // Wrong files are told of in one line, and the former go on.
        try "no key".write(toFile: key, atomically: true, encoding: .utf8)
        #expect(throws: TransportSecurity.Fault.self) { try security.renew() }
        for (one, other) in [
            ("\(folder)/none", key), (certificate, "\(folder)/none"), (key, key), (certificate, certificate),
        ] {
            let fault = #expect(throws: TransportSecurity.Fault.self) {
                try TransportSecurity(certificate: one, key: other, readKey: Self.readKey)
            }
            #expect(fault?.description.contains("\n") == false)
        }
    }

    private static let readKey: TransportSecurity.ReadKey = { [UInt8](try Data(contentsOf: URL(filePath: $0))) }

    private func makeCertificate(_ certificate: String, _ key: String) async throws {
        _ = try await MachineCommand.output(of: [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "1",
            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ])
    }

    private func withClient(trusting file: String, _ body: (HTTPClient) async throws -> Void) async throws {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(file)
        let client = HTTPClient(configuration: HTTPClient.Configuration(tlsConfiguration: tls))
        do {
            try await body(client)
            try await client.shutdown()
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    @Test func `while MongoDB is frozen reports are refused, and taken when it wakes`() async throws {
        try await Server.withOwnServer { server in
            let client = try await Server.client(server.uri)
            let database = Server.newDatabase()
            _ = try await Preparation.run(on: client, database: database)
            let store = try Server.store(at: server.uri, database)
            try await IngestServing.run(on: store, database) { serving in
                let insert: Document = [
                    "insert": "nodes", "bypassDocumentValidation": true,
                    "documents": .array([.document(["node_id": "node_alpha", "name": "a"])]),
                ]
                try await client.run { _ = try $0.command(database, insert) }
                let token = try await serving.token(for: "node_alpha")
                #expect(try await serving.post("node_alpha", token: token, serving.report()).status == 200)
                kill(server.pid, SIGSTOP)
                let reply = try? await serving.post("node_alpha", token: token, serving.report())
                let soon = try? await serving.post("node_alpha", token: token, serving.report())
                kill(server.pid, SIGCONT)
                #expect(reply?.status == 503)
                #expect(reply?.headers.first(name: "retry-after") != nil)
                #expect(soon?.status == 503)
                try await eventually("reports are taken again", within: .seconds(60)) {
                    try await serving.post("node_alpha", token: token, serving.report()).status == 200
                }
            }
            await store.close()
            await client.close()
        }
    }
}
