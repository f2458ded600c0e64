import Foundation

/// Prometheus' own judge of what is written for it.
package enum Promtool {
    package struct Verdict {
        package var status: Int32
        package var text: String
    }

    /// On PATH, or where `Tests/setup` keeps it.
    package static func run(_ arguments: [String], input: String? = nil) throws -> Verdict {
        let environment = ProcessInfo.processInfo.environment
        let cache = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "") + "/.cache"
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["PATH=\(environment["PATH"] ?? ""):\(cache)/reeve", "promtool"] + arguments
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, output)
        let folder = FileManager.default.temporaryDirectory.appending(path: "reeve-promtool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        if let input {
            let file = folder.appending(path: "input")
            try Data(input.utf8).write(to: file)
            process.standardInput = try FileHandle(forReadingFrom: file)
        }
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Verdict(status: process.terminationStatus, text: String(decoding: data, as: UTF8.self))
    }

    /// A file of `examples/monitoring`.
    package static func example(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../examples/monitoring/\(name)")
            .standardized.path
    }
}
