import Foundation
import Glibc
import Manifests

/// A file, or standard input, as bytes.
enum InputFile {
    /// One byte more than a file may have, so that the loader sees that it is too large and nobody holds more of it.
    private static let limit = (64 << 20) + 1

    static func isDirectory(_ path: String) -> Bool {
        var isDirectory = ObjCBool(false)
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    /// `-` is standard input. Waits for a pipe that is named itself.
    static func read(_ path: String) throws(CommandFailure) -> ManifestFile {
        if path == "-" { return ManifestFile(path: "stdin", bytes: try bytes(STDIN_FILENO, path)) }
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure(.usage, "there is no file or directory \(path)")
        }
        if isDirectory(path) { throw CommandFailure(.usage, "\(path) is a directory; expected a file") }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure(.usage, "\(path) can't be read: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        return ManifestFile(path: path, bytes: try bytes(descriptor, path))
    }

    private static func bytes(_ descriptor: Int32, _ path: String) throws(CommandFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < limit {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw CommandFailure(.usage, "\(path) can't be read: \(String(cString: strerror(errno)))")
            }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }
}
