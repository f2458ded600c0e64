import BSON
import Foundation
import Glibc
import LocalMongo
import MongoDB
import Testing

@Suite(.timeLimit(.minutes(1))) struct LocalServerTests {
    @Test func `a server is started once, found again, stopped, moved to another port and removed`() async throws {
        let directory = TestServer.newDirectory()
        #expect(LocalServer.status(directory: directory) == nil)
        let options = LocalServer.Options(lifetime: .thisProcess)
        let first = try await LocalServer.start(directory: directory, options: options)
        let again = try await LocalServer.start(directory: directory, options: options)
        #expect(again.pid == first.pid && again.port == first.port)
        #expect(LocalServer.status(directory: directory)?.pid == first.pid)
        try await write(first, 1)

        try await first.stop()
        try await first.stop()
        #expect(kill(first.pid, 0) == -1)
        #expect(LocalServer.status(directory: directory) == nil)

        let second = try await LocalServer.start(directory: directory, options: options)
        #expect(second.port == first.port)
        try await write(second, 2)
        #expect(try await LocalServer.stop(directory: directory))
        #expect(try await !LocalServer.stop(directory: directory))

        var elsewhere = options
        elsewhere.port = try await freePort()
        let third = try await LocalServer.start(directory: directory, options: elsewhere)
        #expect(third.port == elsewhere.port)
        try await write(third, 3)
        #expect(try await count(third) == 3)
        try await LocalServer.reset(directory: directory)
        #expect(access(directory, F_OK) == -1)
        #expect(kill(third.pid, 0) == -1)
    }

    /// The port of a server that has just ended.
    private func freePort() async throws -> Int {
        let server = try await TestServer.start()
        try await LocalServer.reset(directory: server.directory)
        return server.port
    }

    private let things = Namespace("kept", "things")

    private func write(_ server: LocalServer, _ id: Int32) async throws {
        try await TestServer.withClient(of: server.uri) { client in
            _ = try await client.run { try $0.insert(things, [["_id": .int32(id)]]) }
        }
    }

    private func count(_ server: LocalServer) async throws -> Int {
        try await TestServer.withClient(of: server.uri) { try await TestServer.documents($0, things).count }
    }

    @Test func `a process that is not the one recorded is left alone`() async throws {
        let directory = TestServer.newDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let sleeper = Process()
        sleeper.executableURL = URL(fileURLWithPath: "/bin/sleep")
        sleeper.arguments = ["60"]
        try sleeper.run()
        defer {
            kill(sleeper.processIdentifier, SIGKILL)
            sleeper.waitUntilExit()
        }
        let record = #"{"pid":\#(sleeper.processIdentifier),"port":1,"startTime":1,"boot":"another"}"#
        try record.write(toFile: directory + "/reeve-server.json", atomically: true, encoding: .utf8)
        #expect(LocalServer.status(directory: directory) == nil)
        #expect(try await !LocalServer.stop(directory: directory))
        try await LocalServer.reset(directory: directory)
        #expect(sleeper.isRunning)
    }

    @Test func `a server that ends by itself is told with its last words`() async throws {
        let directory = TestServer.newDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let options = LocalServer.Options(extraArguments: ["--noSuchOption"], lifetime: .thisProcess)
        let error = await #expect(throws: LocalServerError.self) {
            try await LocalServer.start(directory: directory, options: options)
        }
        #expect(error.map { "\($0)".contains("noSuchOption") } == true, "\(error as Any)")
    }

    @Test func `a port that somebody else has is refused, and nobody else is spoken to`() async throws {
        let other = try await TestServer.shared.value
        let directory = TestServer.newDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let error = await #expect(throws: LocalServerError.self) {
            try await LocalServer.start(directory: directory, options: .init(port: other.port, lifetime: .thisProcess))
        }
        guard case .portTaken(other.port)? = error else {
            Issue.record("\(error as Any)")
            return
        }
    }

    @Test func `mongod is looked for where the user says, then on the path, then in the cache`() throws {
        let folder = TestServer.newDirectory()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for name in ["said", "path/mongod", "cache/reeve/mongod"] {
            let file = "\(folder)/\(name)"
            try FileManager.default.createDirectory(
                atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            _ = FileManager.default.createFile(atPath: file, contents: Data(), attributes: [.posixPermissions: 0o755])
        }
        var environment = [
            "REEVE_MONGOD": folder + "/said", "PATH": folder + "/path", "XDG_CACHE_HOME": folder + "/cache",
        ]
        #expect(try LocalServer.find(environment: environment) == folder + "/said")
        environment["REEVE_MONGOD"] = nil
        #expect(try LocalServer.find(environment: environment) == folder + "/path/mongod")
        environment["PATH"] = "/nowhere"
        #expect(try LocalServer.find(environment: environment) == folder + "/cache/reeve/mongod")
        environment["XDG_CACHE_HOME"] = "/nowhere"
        #expect(throws: LocalServerError.self) { try LocalServer.find(environment: environment) }
        environment["REEVE_MONGOD"] = "/nowhere/mongod"
        #expect(throws: LocalServerError.self) { try LocalServer.find(environment: environment) }
    }
}
