import Fleet
import Foundation
import Glibc
import Manifests
import Synchronization
import Testing

@testable import Syncing

/// A folder that is removed with this value.
final class TemporaryTree: Sendable {
    let path: String

    init() throws {
        var template = Array((NSTemporaryDirectory() + "/reeve-tree-XXXXXX").utf8CString)
        let made = mkdtemp(&template).map { String(cString: $0) }
        path = try #require(made.flatMap { realpath($0, nil) }.map { String(cString: $0) })
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func at(_ name: String) -> String { path + "/" + name }

    /// Folders on the way are made.
    func write(_ name: String, _ text: String) throws {
        let above = LinkResolver.parent(of: "/" + name)
        if access(at(above), F_OK) != 0 { try folder(above) }
        // Foundation's way to write waits for the disk.
        let file = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        try #require(file >= 0)
        defer { close(file) }
        let bytes = Array(text.utf8)
        try #require(Glibc.write(file, bytes, bytes.count) == bytes.count)
    }

    func folder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: at(name), withIntermediateDirectories: true)
    }

    func link(_ name: String, to target: String) throws {
        try #require(symlink(target, at(name)) == 0)
    }

    func rename(_ name: String, to other: String) throws {
        try #require(Glibc.rename(at(name), at(other)) == 0)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: at(name))
    }

    /// A pool's manifest; `pool-` stands before its name.
    static func pool(_ name: String, most: Int = 9) -> String {
        "apiVersion: reeve/v1\nkind: NodePool\nmetadata: {name: pool-\(name)}\nspec: {max_nodes: \(most)}\n"
    }

    /// A reader that never waits: `sleeping` is what happens instead.
    func reader(
        _ name: String = "", access: FileAccess = FileAccess(),
        sleeping: @escaping @Sendable (Duration) -> Void = { _ in }
    ) -> DirectoryReader {
        var patience = DirectoryReader.Patience()
        patience.sleep = { sleeping($0) }
        return DirectoryReader(name.isEmpty ? path : at(name), watch: nil, patience: patience, access: access)
    }
}

extension FileAccess {
    /// In ten seconds, when nothing has just changed.
    static let later = FileAccess(now: { FileAccess().now() + 10_000_000_000 })

    /// Does something just before the path is opened for the first time.
    static func doing(when path: String, _ deed: @escaping @Sendable () -> Void) -> FileAccess {
        let isDone = Flag()
        return FileAccess(refusal: { opened in
            if opened == path, !isDone.value.exchange(true, ordering: .relaxed) { deed() }
            return nil
        })
    }

    /// Counts how often manifests are opened.
    func counting(_ counter: Counter) -> FileAccess {
        var access = self
        access.refusal = { [refusal] path in
            if path.hasSuffix(".yaml") { counter.add() }
            return refusal(path)
        }
        return access
    }

    private final class Flag: Sendable { let value = Atomic(false) }
}

final class Counter: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }
    func add() { count.wrappingAdd(1, ordering: .relaxed) }
}

extension DirectorySnapshot {
    /// `RULE PATH` of each problem.
    var rules: [String] { problems.map { "\($0.rule) \($0.source?.file ?? "-")" } }
    /// Without `pool-`.
    var names: [String] { loaded.declarations.map { String($0.name.dropFirst("pool-".count)) } }
}
