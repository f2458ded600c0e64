import Foundation
import Glibc

/// A port of loopback that nobody had a moment ago.
enum FreePort {
    struct None: Error {}

    static func find() throws -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw None() }
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(socket, pointer, size) == 0, getsockname(socket, pointer, &size) == 0 else { throw None() }
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
    }
}

/// What `Tests/look_at_page.py` saw.
struct PageVisit: Decodable, Sendable {
    struct Focus: Decodable, Sendable {
        var tag: String
        var text: String
        var outline: Bool
        var y: Double
        var seen: Bool
    }

    /// Whether it is still the page that was loaded first.
    var kept: Bool
    var focus: [Focus]
    var headings: [String]
    var nameless: [String]
    var unscoped: Int
    var overflow: Double
    var complaints: [String]

    struct Failed: Error { var text: String }

    /// Opens the page in a browser; once `expected` stands in it, `change` is made and `appearing` waited for.
    static func make(
        _ url: String, expecting expected: String, appearing: String, screenshots: String? = nil,
        change: @Sendable () async throws -> Void
    ) async throws -> PageVisit {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../look_at_page.py")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script.standardized.path, url, expected] + (screenshots.map { [$0] } ?? [])
        let (input, output, errors) = (Pipe(), Pipe(), Pipe())
        (process.standardInput, process.standardOutput, process.standardError) = (input, output, errors)
        try process.run()
        let lines = Lines(output.fileHandleForReading)
        guard await lines.next() == "loaded" else {
            throw Failed(text: String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self))
        }
        do {
            try await change()
        } catch {
            process.terminate()
            throw error
        }
        try input.fileHandleForWriting.write(contentsOf: Data("\(appearing)\n".utf8))
        try input.fileHandleForWriting.close()
        guard let result = await lines.next() else {
            throw Failed(text: String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self))
        }
        return try JSONDecoder().decode(PageVisit.self, from: Data(result.utf8))
    }
}

/// What a process writes, line by line, without holding up a thread that tests run on.
private struct Lines: Sendable {
    private let handle: FileHandle

    init(_ handle: FileHandle) { self.handle = handle }

    /// Nil at the end.
    func next() async -> String? {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var line = Data()
                while let byte = try? handle.read(upToCount: 1), !byte.isEmpty {
                    if byte.first == UInt8(ascii: "\n") {
                        return continuation.resume(returning: String(decoding: line, as: UTF8.self))
                    }
                    line += byte
                }
                continuation.resume(returning: nil)
            }
        }
    }
}
