import BSON
import Foundation
import Glibc
import LocalMongo
import MongoDB
import Testing

@Suite(.timeLimit(.minutes(1))) struct ReachabilityTests {
    /// What a `ping` throws, and how long it took.
    private func ping(
        _ uri: String, configure: (inout ClientOptions) -> Void = { _ in }
    ) async throws -> (error: MongoError?, duration: Duration) {
        try await TestServer.withClient(of: uri, configure: configure) { client in
            let start = ContinuousClock.now
            let error = await mongoError { _ = try await client.run { try $0.command("admin", ["ping": 1]) } }
            return (error, ContinuousClock.now - start)
        }
    }

    @Test func `a server that is not there is told within five seconds`() async throws {
        let (error, duration) = try await ping("mongodb://someone:hunter2@127.0.0.1:1/")
        #expect(error?.isServerSelection == true)
        #expect(error?.isUnavailable == true)
        #expect(duration < .seconds(5))
        #expect(error.map { !"\($0)".contains("hunter2") } == true)
    }

    @Test func `a frozen server holds a command no longer than the socket's time limit`() async throws {
        let server = try await TestServer.start()
        let (error, duration) = try await TestServer.withClient(of: server.uri) { options in
            options.socketTimeout = .seconds(1)
        } _: { client in
            _ = try await client.run { try $0.command("admin", ["ping": 1]) }
            kill(server.pid, SIGSTOP)
            let start = ContinuousClock.now
            let error = await mongoError { _ = try await client.run { try $0.command("admin", ["ping": 1]) } }
            let duration = ContinuousClock.now - start
            kill(server.pid, SIGCONT)
            _ = try await client.run { try $0.command("admin", ["ping": 1]) }
            return (error, duration)
        }
        #expect(error?.isNetwork == true)
        #expect(duration > .milliseconds(900) && duration < .seconds(4))
        try await LocalServer.reset(directory: server.directory)
    }

    @Test func `a change of the primary is survived by a transaction`() async throws {
        let server = try await TestServer.start()
        let things = TestServer.newNamespace()
        try await TestServer.withClient(of: server.uri) { client in
            try await TestServer.prepare(client, things)
            _ = try await client.run {
                try $0.command("admin", ["replSetStepDown": 1, "secondaryCatchUpPeriodSecs": 0, "force": true])
            }
            try await client.run { connection in
                _ = try connection.transaction { try $0.insert(things, [["_id": 1]]) }
            }
            #expect(try await TestServer.documents(client, things).count == 1)
        }
        try await LocalServer.reset(directory: server.directory)
    }

    @Test func `the right password opens, the wrong one is told as such and not shown`() async throws {
        let server = try await TestServer.secured.value
        #expect(try await ping(server.uri).error == nil)
        let wrong = "mongodb://root:not-the-password@127.0.0.1:\(server.port)/?authSource=admin"
        let (error, duration) = try await ping(wrong)
        #expect(error?.isAuthentication == true)
        #expect(error.map { !"\($0)".contains("not-the-password") } == true)
        #expect(duration < .seconds(5))
        let nobody = "mongodb://127.0.0.1:\(server.port)/"
        let refused = try await TestServer.withClient(of: nobody) { client in
            await mongoError { _ = try await client.run { try $0.command("test", ["find": "things"]) } }
        }
        #expect(refused?.kind == .unauthorized)
    }

    @Test func `TLS holds with a valid authority, and is refused within five seconds with an expired one`() async throws
    {
        let certificates = try Certificates()
        defer { certificates.remove() }
        let server = try await TestServer.start(
            .init(extraArguments: [
                "--tlsMode", "requireTLS", "--tlsCertificateKeyFile", certificates.server, "--tlsCAFile",
                certificates.valid, "--tlsAllowConnectionsWithoutCertificates",
            ]))
        func uri(_ authority: String) -> String {
            "mongodb://someone:hunter2@127.0.0.1:\(server.port)/?directConnection=true&tls=true&tlsCAFile=\(authority)"
        }
        // The certificate is accepted: what is refused is only the user.
        #expect(try await ping(uri(certificates.valid)).error?.isAuthentication == true)
        let (error, duration) = try await ping(uri(certificates.expired))
        #expect(error?.isServerSelection == true)
        #expect(
            error.map { "\($0)".contains("certificate") && !"\($0)".contains("hunter2") } == true, "\(error as Any)")
        #expect(duration < .seconds(5))
        try await LocalServer.reset(directory: server.directory)
    }
}

/// A server's certificate, and its authority twice: valid, and expired in 2020.
private struct Certificates {
    private let folder = TestServer.newDirectory()
    var server: String { folder + "/server.pem" }
    var valid: String { folder + "/valid.pem" }
    var expired: String { folder + "/expired.pem" }

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.currentDirectoryURL = URL(fileURLWithPath: folder)
        shell.arguments = ["-ec", Self.script]
        shell.standardError = FileHandle.nullDevice
        shell.standardOutput = FileHandle.nullDevice
        try shell.run()
        shell.waitUntilExit()
        try #require(shell.terminationStatus == 0, "openssl could not make the certificates")
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static let script = """
        cat > ca.conf <<END
        [ca]
        default_ca = authority
        [authority]
        database = ./index
        new_certs_dir = .
        serial = ./serial
        default_md = sha256
        policy = names
        x509_extensions = extensions
        [names]
        commonName = supplied
        [extensions]
        basicConstraints = critical,CA:true
        [leaf]
        subjectAltName = IP:127.0.0.1
        END
        openssl genrsa -out ca.key 2048
        openssl genrsa -out server.key 2048
        openssl req -new -key ca.key -subj /CN=reeve-test-ca -out ca.csr
        issue() {
            : > index
            echo 01 > serial
            openssl ca -batch -notext -config ca.conf -selfsign -keyfile ca.key -in ca.csr \
                -startdate 20200101000000Z -enddate "$1" -out "$2"
        }
        issue 20200102000000Z expired.pem
        issue 20490101000000Z valid.pem
        openssl req -new -key server.key -subj /CN=127.0.0.1 -out server.csr
        openssl x509 -req -in server.csr -CA valid.pem -CAkey ca.key -set_serial 2 -days 30 \
            -extfile ca.conf -extensions leaf -out server.crt
        cat server.crt server.key > server.pem
        """
}
