import Foundation
import Testing

@testable import reeve

struct SecretFileTests {
    private static func bytes(_ text: String, mode: Int, credentials: String? = nil) throws -> [UInt8] {
        let path = NSTemporaryDirectory() + "reeve-secret-\(UUID().uuidString)"
        try #require(
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode]))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try SecretFile(path, credentials: credentials).bytes()
    }

    @Test(arguments: [0o600, 0o400, 0o700]) func `its owner's secret is read`(mode: Int) throws {
        #expect(try Self.bytes("rv_abc\n", mode: mode) == Array("rv_abc\n".utf8))
    }

    @Test(arguments: [0o640, 0o604, 0o644, 0o660, 0o601])
    func `a file that others may read is refused`(mode: Int) throws {
        let fault = #expect(throws: SecretFile.Fault.self) { try Self.bytes("rv_secret", mode: mode) }
        let text = "\(try #require(fault))"
        #expect(text.contains("chmod 600") && text.contains(String(mode, radix: 8)) && !text.contains("rv_secret"))
    }

    @Test(arguments: [
        // Its own file.
        (owner: 1000, reader: 1000, isCredential: false, mode: 0o640, isRefused: true),
        (owner: 0, reader: 0, isCredential: false, mode: 0o640, isRefused: true),
        // As a host shares a key with its services.
        (owner: 0, reader: 1000, isCredential: false, mode: 0o640, isRefused: false),
        (owner: 0, reader: 1000, isCredential: false, mode: 0o660, isRefused: true),
        (owner: 0, reader: 1000, isCredential: false, mode: 0o644, isRefused: true),
        // Somebody else's.
        (owner: 1001, reader: 1000, isCredential: false, mode: 0o640, isRefused: true),
        // An access list of systemd's.
        (owner: 1000, reader: 1000, isCredential: true, mode: 0o440, isRefused: false),
        (owner: 1000, reader: 1000, isCredential: true, mode: 0o444, isRefused: true),
    ])
    func `who may read a secret`(owner: UInt32, reader: UInt32, isCredential: Bool, mode: UInt32, isRefused: Bool) {
        let strangers = SecretFile.strangers(owner: owner, reader: reader, isCredential)
        #expect((mode & strangers != 0) == isRefused)
    }

    @Test func `systemd's credentials are those below its directory`() throws {
        let folder = String(NSTemporaryDirectory().dropLast(NSTemporaryDirectory().hasSuffix("/") ? 1 : 0))
        #expect(try Self.bytes("rv_abc", mode: 0o440, credentials: folder) == Array("rv_abc".utf8))
        #expect(throws: SecretFile.Fault.self) { try Self.bytes("rv_abc", mode: 0o440, credentials: "/nowhere") }
        #expect(throws: SecretFile.Fault.self) { try Self.bytes("rv_abc", mode: 0o440, credentials: "") }
    }

    @Test func `a link is judged by the file that it leads to`() throws {
        let path = NSTemporaryDirectory() + "reeve-secret-\(UUID().uuidString)"
        defer { for name in [path, path + ".link"] { try? FileManager.default.removeItem(atPath: name) } }
        try FileManager.default.createSymbolicLink(atPath: path + ".link", withDestinationPath: path)
        for (mode, isRead) in [(0o600, true), (0o644, false)] {
            let attributes: [FileAttributeKey: Any] = [.posixPermissions: mode]
            try #require(FileManager.default.createFile(atPath: path, contents: Data("x".utf8), attributes: attributes))
            #expect(((try? SecretFile(path + ".link").bytes()) != nil) == isRead)
        }
    }

    @Test(arguments: ["/nowhere/token", "/"]) func `what can't be read is named`(path: String) throws {
        let fault = #expect(throws: SecretFile.Fault.self) { try SecretFile(path, credentials: nil).bytes() }
        #expect(fault?.description == "\(path) can't be read")
    }
}
