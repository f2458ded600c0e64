import Foundation
import Glibc
import Testing

@testable import LocalMongo

/// An agent that reports over TLS, and whom it believes.
struct TransportTests {
    @Test func `an agent reports over TLS to whom its authority vouches for, and says why to nobody else`() async throws
    {
        try await Sandbox.run { sandbox in
            let certificates = try Certificates(in: sandbox.folder)
            let reporting = try await Reporting.start(
                sandbox, ["--tls-certificate", certificates.good, "--tls-key", certificates.key])
            let agent = try reporting.agent(["--ca-file", certificates.authority])
            let stranger = try reporting.agent(["--ca-file", certificates.stranger])
            let usual = try reporting.agent()
            try await agent.says("the node's status is")
            try await eventually(within: .seconds(60), "a sample") { try await !reporting.samples().isEmpty }
            for doubter in [stranger, usual] {
                try await doubter.says("can't be sent")
                #expect(doubter.errors.contains("the server's certificate is not trusted"), "\(doubter.errors)")
                #expect(doubter.errors.contains("--ca-file"))
                #expect(!doubter.errors.contains("status is"))
            }
            #expect(!agent.errors.contains("can't be sent"))

            reporting.daemon.signal(SIGKILL)
            await reporting.daemon.ended()
            let expired = try sandbox.daemon(
                "b", "--listen", "127.0.0.1:\(reporting.port)", "--tls-certificate", certificates.expired, "--tls-key",
                certificates.key)
            try await expired.says("listening")
            let late = try reporting.agent(["--ca-file", certificates.authority])
            try await late.says("can't be sent")
            #expect(late.errors.contains("expired"), "\(late.errors)")
            #expect(!late.errors.contains(try reporting.token()))
        }
    }

    @Test func `a key that others may read is not used`() async throws {
        try await Sandbox.run { sandbox in
            let certificates = try Certificates(in: sandbox.folder)
            chmod(certificates.key, 0o644)
            let refused = try await sandbox.reeve(
                "run", "--listen", "127.0.0.1:0", "--tls-certificate", certificates.good, "--tls-key", certificates.key,
                exit: 2)
            #expect(refused.errors.contains("server.key") && refused.errors.contains("chmod 600"))
        }
    }

    @Test(arguments: [("-tls1_1", "FAILURE"), ("-tls1_2", "ESTABLISHED")])
    func `an agent speaks no TLS before 1_2`(version: String, outcome: String) async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            let certificates = try Certificates(in: sandbox.folder)
            let token = try sandbox.write("token", "reeve_0123456789")
            chmod(token, 0o600)
            let port = try ServerProcess.freePort()
            let server = try ChildProcess(
                "openssl",
                [
                    "s_server", version, "-cipher", "ALL:@SECLEVEL=0", "-accept", "127.0.0.1:\(port)", "-cert",
                    certificates.good, "-key", certificates.key, "-rev",
                ],
                environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""], in: sandbox.folder)
            defer { server.signal(SIGKILL) }
            func said(_ text: String) -> Bool { (server.output + server.errors).contains(text) }
            try await eventually(within: .seconds(60), "the server listens") { said("ACCEPT") }
            let agent = try sandbox.start([
                "agent", "--server", "https://127.0.0.1:\(port)", "--node", "x", "--token-file", token, "--ca-file",
                certificates.authority, "--interval", "1s",
            ])
            try await agent.says("can't be sent")
            try await eventually(within: .seconds(60), "the server tells of a connection") { said("CONNECTION ") }
            #expect(said("CONNECTION \(outcome)"), "\(server.output) \(server.errors)")
        }
    }

    @Test(arguments: [("empty.pem", "holds no certificate"), ("missing.pem", "can't be read")])
    func `authorities that are none are refused at the start`(file: String, why: String) async throws {
        try await Sandbox.run(prepared: false) { sandbox in
            _ = try sandbox.write("empty.pem", "nothing\n")
            let token = try sandbox.write("token", "reeve_0123456789")
            chmod(token, 0o600)
            let refused = try await sandbox.reeve(
                "agent", "--server", "https://127.0.0.1:1", "--node", "x", "--token-file", token, "--ca-file", file,
                exit: 2)
            #expect(refused.errors.contains(file) && refused.errors.contains(why))
        }
    }
}

/// A certificate of an authority for 127.0.0.1, the same expired, and an authority that nobody asked.
private struct Certificates {
    private let folder: String

    var authority: String { folder + "/authority.pem" }
    var stranger: String { folder + "/stranger.pem" }
    var good: String { folder + "/good.pem" }
    var expired: String { folder + "/expired.pem" }
    var key: String { folder + "/server.key" }

    private static let script = """
        cat > authority.conf <<END
        [ca]
        default_ca = authority
        [authority]
        database = index
        serial = serial
        new_certs_dir = .
        default_md = sha256
        policy = any
        [any]
        commonName = supplied
        [leaf]
        subjectAltName = IP:127.0.0.1
        END
        key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
        root() {
            key "$1.key"
            openssl req -x509 -new -key "$1.key" -days 30 -subj "/CN=$1" -out "$1.pem"
        }
        root authority
        root stranger
        (umask 077; key server.key)
        openssl req -new -key server.key -subj /CN=127.0.0.1 -out server.csr
        issue() {
            : > index
            echo 01 > serial
            openssl ca -batch -notext -config authority.conf -extensions leaf -cert authority.pem \\
                -keyfile authority.key -in server.csr -startdate 20200101000000Z -enddate "$1" -out "$2"
        }
        issue 20200102000000Z expired.pem
        issue 20490101000000Z good.pem
        """

    init(in folder: String) throws {
        self.folder = folder
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
}
