import Foundation

/// A command of this machine, for what no library here does.
enum MachineCommand {
    struct Fault: Error {
        var output: String
    }

    /// What it prints on standard output; throws that when it fails.
    static func output(
        of arguments: [String], input: [UInt8] = [], in directory: String? = nil
    ) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: it blocks.
            Thread.detachNewThread {
                continuation.resume(with: Result { try run(arguments, input, directory) })
            }
        }
    }

    private static func run(_ arguments: [String], _ input: [UInt8], _ directory: String?) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        let (give, take) = (Pipe(), Pipe())
        process.standardInput = give
        process.standardOutput = take
        process.standardError = FileHandle.nullDevice
        try process.run()
        Thread.detachNewThread {
            try? give.fileHandleForWriting.write(contentsOf: Data(input))
            try? give.fileHandleForWriting.close()
        }
        let data = try take.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Fault(output: String(decoding: data, as: UTF8.self)) }
        return [UInt8](data)
    }
}
