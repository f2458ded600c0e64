import Fleet
import Foundation
import Glibc
import Logging
import Manifests
import Synchronization
import Testing

@testable import Syncing

/// With the real inotify. No poll comes within these tests, unless they are about it.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct DirectoryWatchTests {
    private let tree: TemporaryTree

    init() throws {
        tree = try TemporaryTree()
    }

    private func watch(
        _ name: String = "fleet", mode: DirectoryWatch.Mode = .events, poll: Duration = .seconds(36_000)
    ) -> DirectoryWatch {
        DirectoryWatch(tree.at(name), mode: mode, poll: poll, logger: Logger(label: "test"))
    }

    /// Reads at each hint until the directory has these pools; nil for as long as it is missing.
    private func until(_ names: [String]?, _ reader: DirectoryReader, _ watch: DirectoryWatch) async {
        for await _ in watch.hints where (try? await reader.read())?.names == names { return }
    }

    @Test func `each kind of change is noticed, in folders that came later as well`() async throws {
        try tree.write("fleet/a.yaml", TemporaryTree.pool("a"))
        let watch = watch()
        let reader = DirectoryReader(tree.at("fleet"), watch: watch)
        #expect(try await reader.read().names == ["a"])
        #expect(watch.seesEvents)
        try tree.write("fleet/a.yaml", TemporaryTree.pool("b"))
        await until(["b"], reader, watch)
        try tree.write("fleet/deep/deeper/c.yaml", TemporaryTree.pool("c"))
        await until(["b", "c"], reader, watch)
        try tree.write("fleet/deep/deeper/c.yaml", TemporaryTree.pool("d"))
        await until(["b", "d"], reader, watch)
        try tree.rename("fleet/deep", to: "fleet/other")
        try tree.rename("fleet/a.yaml", to: "fleet/other/deeper/a.txt")
        await until(["d"], reader, watch)
        try tree.write("fleet/other/deeper/c.yaml", TemporaryTree.pool("e"))
        await until(["e"], reader, watch)
        try tree.remove("fleet/other")
        await until([], reader, watch)
        watch.end()
    }

    @Test func `a swap of the data link is noticed, again and again`() async throws {
        let watch = watch()
        let reader = DirectoryReader(tree.at("fleet"), watch: watch)
        for (version, name) in ["one", "two", "three"].enumerated() {
            try tree.write("fleet/..\(version)/a.yaml", TemporaryTree.pool(name))
            try tree.link("fleet/..tmp", to: "..\(version)")
            try tree.rename("fleet/..tmp", to: "fleet/..data")
            if version == 0 {
                try tree.link("fleet/a.yaml", to: "..data/a.yaml")
                #expect(try await reader.read().names == ["one"])
            } else {
                try tree.remove("fleet/..\(version - 1)")
                await until([name], reader, watch)
            }
        }
        watch.end()
    }

    @Test func `a directory that goes and comes back is noticed, with all above it`() async throws {
        try tree.write("x/fleet/a.yaml", TemporaryTree.pool("a"))
        let watch = watch("x/fleet")
        let reader = DirectoryReader(tree.at("x/fleet"), watch: watch)
        #expect(try await reader.read().names == ["a"])
        try tree.rename("x", to: "y")
        await until(nil, reader, watch)
        try tree.rename("y", to: "x")
        await until(["a"], reader, watch)
        try tree.write("x/fleet/b.yaml", TemporaryTree.pool("b"))
        await until(["a", "b"], reader, watch)
        watch.end()
    }

    @Test func `a directory that is a link is followed when the link is swapped`() async throws {
        try tree.write("v1/a.yaml", TemporaryTree.pool("a"))
        try tree.write("v2/a.yaml", TemporaryTree.pool("b"))
        try tree.link("fleet", to: "v1")
        let watch = watch()
        let reader = DirectoryReader(tree.at("fleet"), watch: watch)
        #expect(try await reader.read().names == ["a"])
        try tree.link("new", to: "v2")
        try tree.rename("new", to: "fleet")
        await until(["b"], reader, watch)
        watch.end()
    }

    @Test func `polling alone says now and then that it is time`() async throws {
        let watch = watch(mode: .polling, poll: .milliseconds(5))
        #expect(!watch.seesEvents)
        let reader = DirectoryReader(tree.at("fleet"), watch: watch)
        try tree.write("fleet/a.yaml", TemporaryTree.pool("a"))
        await until(["a"], reader, watch)
        try tree.write("fleet/a.yaml", TemporaryTree.pool("b"))
        await until(["b"], reader, watch)
    }

    @Test func `where inotify is refused, that is said once and what is left is polling`() async throws {
        let said = Mutex<[String]>([])
        let logger = Logger(label: "test") { _ in Listener { line in said.withLock { $0.append(line) } } }
        let watch = DirectoryWatch(tree.at("fleet"), mode: .events, poll: .milliseconds(5), logger: logger) {
            () throws(Inotify.Refusal) in throw .limit("too many open files")
        }
        #expect(!watch.seesEvents)
        let reader = DirectoryReader(tree.at("fleet"), watch: watch)
        for name in ["a", "b"] {
            try tree.write("fleet/a.yaml", TemporaryTree.pool(name))
            await until([name], reader, watch)
        }
        #expect(said.withLock { $0 } == ["warning too many open files"])
    }

    @Test func `nine thousand files at once are read when they are all there`() async throws {
        try tree.folder("fleet")
        let watch = watch()
        let reader = DirectoryReader(tree.at("fleet"), watch: watch)
        #expect(try await reader.read().files == 0)
        Thread.detachNewThread { [tree] in
            for number in 0..<9000 {
                try? tree.write("fleet/\(number % 90)/\(number).yaml", TemporaryTree.pool("\(number)"))
            }
        }
        for await _ in watch.hints {
            let snapshot = try await reader.read()
            // A file that is caught between its creation and its first byte is empty, which is an error.
            #expect(snapshot.loaded.declarations.count == snapshot.files || !snapshot.isWhole)
            if snapshot.files == 9000, snapshot.isWhole { break }
        }
        #expect(try await reader.read().loaded.declarations.count == 9000)
    }

    @Test func `a watch that ends or that nobody has any more gives its descriptors back`() async throws {
        try tree.folder("fleet")
        do {
            let ended = watch()
            #expect(try inotifyDescriptors().count == 1)
            ended.end()
            for await _ in ended.hints { Issue.record("a hint of an ended watch") }
        }
        #expect(try inotifyDescriptors().isEmpty)
        let hints = watch().hints
        for await _ in hints { Issue.record("a hint of a lost watch") }
        #expect(try inotifyDescriptors().isEmpty)
    }

    @Test func `descriptors are not inherited`() throws {
        try tree.folder("fleet")
        let watch = watch()
        let descriptors = try inotifyDescriptors()
        #expect(descriptors.map { fcntl($0, F_GETFD) & FD_CLOEXEC } == [FD_CLOEXEC])
        watch.end()
    }

    /// Those of this process that watch this test's folder.
    private func inotifyDescriptors() throws -> [Int32] {
        let inode = FileIdentity(try FileAccess().facts(tree.at("fleet"))).inode
        let mark = " ino:\(String(inode, radix: 16)) "
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fdinfo")
        return names.filter { name in
            // Others come and go meanwhile.
            let text = try? String(contentsOfFile: "/proc/self/fdinfo/" + name, encoding: .utf8)
            return text?.split(separator: "\n").contains { $0.hasPrefix("inotify ") && $0.contains(mark) } ?? false
        }.compactMap { Int32($0) }
    }
}

/// A logger's lines with their error.
private struct Listener: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    let hear: @Sendable (String) -> Void

    init(_ hear: @escaping @Sendable (String) -> Void) {
        self.hear = hear
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        hear("\(event.level) \(event.metadata?["error"].map { "\($0)" } ?? "")")
    }
}
