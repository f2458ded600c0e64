import Fleet
import Foundation

/// Another program that compares: `REEVE_EXTERNAL_DIFF`, its words split at blanks, gets two directories.
struct ExternalDiff {
    private let words: [String]

    init(_ program: String) { words = program.split(separator: " ").map(String.init) }

    /// Throws unless the program ends with 0 or 1, as `diff` does.
    func run(_ pairs: [DiffCommand.Pair]) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "reeve-diff-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let (standing, declared) = (folder.appending(path: "standing"), folder.appending(path: "declared"))
        for directory in [standing, declared] {
            try FileManager.default.createDirectory(
                at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        for pair in pairs {
            let name = "\(pair.key.kind.rawValue).\(pair.key.id).yaml"
            if !pair.standing.isEmpty { try Data(pair.standing.utf8).write(to: standing.appending(path: name)) }
            if !pair.declared.isEmpty { try Data(pair.declared.utf8).write(to: declared.appending(path: name)) }
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words + [standing.path, declared.path]
        do {
            try process.run()
        } catch {
            throw CommandFailure(.incomplete, "\(words.joined(separator: " ")) can't be run")
        }
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus <= 1 else {
            throw CommandFailure(
                .incomplete, "\(words.joined(separator: " ")) ended with \(process.terminationStatus)")
        }
    }
}
