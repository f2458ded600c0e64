import ArgumentParser
import Fleet
import Foundation
import Manifests

/// Which manifests a command reads.
struct InputOptions: ParsableArguments {
    @Option(
        name: [.customShort("f"), .customLong("filename")], parsing: .singleValue,
        help: ArgumentHelp(
            "A manifest, a directory of them (*.yaml, *.yml), or - for standard input; repeatable.", valueName: "path"),
        completion: .file())
    var paths: [String] = []

    @Flag(name: [.customShort("R"), .long], help: "Also the directories below.")
    var recursive = false

    @Option(
        name: [.customShort("l"), .customLong("selector")],
        help: ArgumentHelp(
            "Only resources whose labels match, such as team=render,env!=test; all documents that are read must be "
                + "valid, matching or not.", valueName: "labels"))
    var selector: LabelSelector?

    /// Reads and checks the manifests. Throws when there is nothing to read or nothing in it.
    func load() throws -> LoadedManifests {
        guard !paths.isEmpty else { throw ValidationError("Which manifests? Name them with -f.") }
        var files: [ManifestFile] = []
        for path in paths { files += try ManifestFiles.read(path, recursively: recursive) }
        var loaded = ManifestLoader.load(files)
        if loaded.documents == 0, !loaded.hasErrors {
            throw CommandFailure(.invalid, "there are no manifests in \(paths.joined(separator: ", "))")
        }
        if let selector {
            loaded.declarations.removeAll { !selector.matches($0.labels) }
            if loaded.declarations.isEmpty, !loaded.hasErrors {
                throw CommandFailure(.invalid, "no manifest of the input matches the selector")
            }
        }
        return loaded
    }
}

/// Files of manifests as bytes.
enum ManifestFiles {
    /// One byte more than a file may have, so that the loader sees that it is too large and nobody holds more of it.
    private static let limit = (64 << 20) + 1

    /// A directory's manifests in the order of their names; hidden ones are not looked at.
    static func read(_ path: String, recursively: Bool) throws(CommandFailure) -> [ManifestFile] {
        if path == "-" { return [ManifestFile(path: "stdin", bytes: try bytes(STDIN_FILENO, path))] }
        var isDirectory = ObjCBool(false)
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw CommandFailure(.usage, "there is no file or directory \(path)")
        }
        guard isDirectory.boolValue else { return [try file(path)] }
        return try directory(path, recursively: recursively)
    }

    /// Whether it is a directory with others below that only a recursive reading looks into.
    static func hasFolders(_ path: String) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.contains { !$0.hasPrefix(".") && type(below(path, $0)) == .typeDirectory }
    }

    private static func below(_ path: String, _ name: String) -> String {
        path.hasSuffix("/") ? path + name : "\(path)/\(name)"
    }

    private static func directory(_ path: String, recursively: Bool) throws(CommandFailure) -> [ManifestFile] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
            throw CommandFailure(.usage, "the directory \(path) can't be read")
        }
        var files: [ManifestFile] = []
        for name in names.sorted() where !name.hasPrefix(".") {
            let below = Self.below(path, name)
            // Only what is a file, or a directory of the tree itself, is opened: a pipe would hang, a link may circle.
            let own = type(below)
            let isLink = own == .typeSymbolicLink
            switch isLink ? type(URL(fileURLWithPath: below).resolvingSymlinksInPath().path) : own {
            case .typeRegular? where name.hasSuffix(".yaml") || name.hasSuffix(".yml"): files.append(try file(below))
            case .typeDirectory? where recursively && !isLink: files += try directory(below, recursively: true)
            default: break
            }
        }
        return files
    }

    /// Of the path itself, not of what a link leads to; nil when nothing is there. (Through Foundation: in a program that
    /// imports NIO, which module `struct stat` belongs to depends on the order of its files.)
    private static func type(_ path: String) -> FileAttributeType? {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
    }

    private static func file(_ path: String) throws(CommandFailure) -> ManifestFile {
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
